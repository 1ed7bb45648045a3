namespace MtaSts.Tests;

public sealed class MxPatternTests
{
    private static readonly string Label63 = new('a', 63);

    // 4 × 63 letters and dots would be 255; this is exactly 253.
    private static readonly string Name253 = string.Join('.', Label63, Label63, Label63, new string('b', 61));

    public static TheoryData<string> Good =>
        ["mail.example.com", "*.example.com", "*.com", "a", "a-b.c--d.e", "1.example", "MAIL.Example", "xn--mnchen-3ya.de", "192.0.2.1", Label63 + ".example", Name253, "*." + Name253[2..]];

    public static TheoryData<string, string> Bad => new()
    {
        { "", SyntaxCodes.MxSyntax },
        { " mail.example", SyntaxCodes.MxSyntax },
        { "mail.example ", SyntaxCodes.MxSyntax },
        { "a b.example", SyntaxCodes.MxSyntax },
        { "10 mail.example", SyntaxCodes.MxSyntax },
        { ".", SyntaxCodes.MxSyntax },
        { ".example", SyntaxCodes.MxSyntax },
        { "a..example", SyntaxCodes.MxSyntax },
        { "-a.example", SyntaxCodes.MxSyntax },
        { "a-.example", SyntaxCodes.MxSyntax },
        { "a_b.example", SyntaxCodes.MxSyntax },
        { "a/b.example", SyntaxCodes.MxSyntax },
        { "a\0.example", SyntaxCodes.MxSyntax },
        { "mail.example.", SyntaxCodes.MxFinalDot },
        { "*.", SyntaxCodes.MxFinalDot },
        { "*.example.", SyntaxCodes.MxFinalDot },
        { "*", SyntaxCodes.MxWildcard },
        { "m*.example", SyntaxCodes.MxWildcard },
        { "*m.example", SyntaxCodes.MxWildcard },
        { "a.*.example", SyntaxCodes.MxWildcard },
        { "*.*.example", SyntaxCodes.MxWildcard },
        { "[192.0.2.1]", SyntaxCodes.MxAddress },
        { "[IPv6:2001:db8::1]", SyntaxCodes.MxAddress },
        { "2001:db8::1", SyntaxCodes.MxAddress },
        { "mail.example:25", SyntaxCodes.MxAddress },
        { "münchen.de", SyntaxCodes.MxULabel },
        { "mail。example", SyntaxCodes.MxULabel },
        { Label63 + "a.example", SyntaxCodes.MxLength },
        { Name253 + "b", SyntaxCodes.MxLength },
        { "*." + Name253, SyntaxCodes.MxLength },
    };

    [Theory, MemberData(nameof(Good))]
    [Trait("Rule", "P-9"), Trait("Rule", "P-10")]
    public void The_form_of_the_wire_is_kept_as_written(string text)
    {
        Assert.True(MxPattern.TryParse(text, out var pattern, out var error), error?.Message);
        Assert.Equal(text, pattern.Text);
        Assert.Equal(text[0] == '*', pattern.IsWildcard);
    }

    [Theory, MemberData(nameof(Bad))]
    [Trait("Rule", "P-9"), Trait("Rule", "P-10"), Trait("Rule", "M-3")]
    public void What_is_no_pattern_is_refused_with_the_reason(string text, string code)
    {
        Assert.False(MxPattern.TryParse(text, out var pattern, out var error));
        Assert.Null(pattern);
        Assert.Equal((code, "mx"), (error.Code, error.Field));
    }

    [Theory]
    [InlineData("MAIL.Example.COM", "mail.example.com")]
    [InlineData("*.Example.COM", "*.example.com")]
    [InlineData("MÜNCHEN.de", "xn--mnchen-3ya.de")]
    [InlineData("*.mu\u0308nchen.de", "*.xn--mnchen-3ya.de")]
    [InlineData("XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de")]
    [InlineData("mail。例え.jp", "mail.xn--r8jz45g.jp")]
    [InlineData("r3---sn-ab.example", "r3---sn-ab.example")]
    [Trait("Rule", "P-10")]
    public void What_people_write_becomes_lower_case_A_labels(string text, string expected)
    {
        Assert.True(MxPattern.TryNormalize(text, out var pattern, out var error), error?.Message);
        Assert.Equal(expected, pattern.Text);
    }

    [Theory]
    [InlineData(null, SyntaxCodes.MxSyntax)]
    [InlineData("", SyntaxCodes.MxSyntax)]
    [InlineData("*", SyntaxCodes.MxWildcard)]
    [InlineData("*.", SyntaxCodes.MxFinalDot)]
    [InlineData("mail.example.", SyntaxCodes.MxFinalDot)]
    [InlineData("mail.münchen.", SyntaxCodes.MxFinalDot)]
    [InlineData("192.0.2.1", SyntaxCodes.MxAddress)]
    [InlineData("127.1", SyntaxCodes.MxAddress)]
    [InlineData("１９２.0.2.1", SyntaxCodes.MxAddress)]
    [InlineData("*.192.0.2.1", SyntaxCodes.MxAddress)]
    [InlineData("::1", SyntaxCodes.MxAddress)]
    [InlineData("[192.0.2.1]", SyntaxCodes.MxAddress)]
    [InlineData("xn--a.de", SyntaxCodes.MxULabel)]
    [InlineData("\ud800.de", SyntaxCodes.MxULabel)]
    [InlineData("*.*.ü", SyntaxCodes.MxULabel)]
    [InlineData("a_b.example", SyntaxCodes.MxSyntax)]
    [Trait("Rule", "P-9"), Trait("Rule", "P-10")]
    public void What_people_write_wrongly_is_refused(string? text, string code)
    {
        Assert.False(MxPattern.TryNormalize(text, out _, out var error));
        Assert.Equal(code, error.Code);
    }

    [Fact]
    public void The_message_about_a_final_dot_says_so()
    {
        Assert.False(MxPattern.TryNormalize("mail.example.", out _, out var error));
        Assert.Contains("final dot", error.Message);
    }

    [Theory]
    [InlineData("mail.example.com", "mail.example.com", true)]
    [InlineData("MAIL.example.com", "mail.EXAMPLE.com", true)]
    [InlineData("mail.example.com", "mail.example.com.", true)]
    [InlineData("mail.example.com", "mail.example.com..", false)]
    [InlineData("mail.example.com", "a.mail.example.com", false)]
    [InlineData("mail.example.com", "example.com", false)]
    [InlineData("mail.example.com", "xmail.example.com", false)]
    [InlineData("mail.example.com", "mail.example.comx", false)]
    [InlineData("mail.example.com", "", false)]
    [InlineData("mail.example.com", ".", false)]
    [InlineData("*.example.com", "mail.example.com", true)]
    [InlineData("*.EXAMPLE.com", "Mail.example.COM.", true)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "foo.bar.example.com", false)]
    [InlineData("*.example.com", ".example.com", false)]
    [InlineData("*.example.com", "mail.xexample.com", false)]
    [InlineData("*.example.com", "mailexample.com", false)]
    [InlineData("*.mx.microsoft", "x.h-v1.mx.microsoft", false)]
    [InlineData("*.sk", "a.\u017Fk", false)]
    [InlineData("sk", "s\u212A", false)]
    [Trait("Rule", "M-1"), Trait("Rule", "M-2"), Trait("Rule", "M-3"), Trait("Rule", "M-4")]
    public void A_pattern_covers_exactly_these_names(string pattern, string host, bool covered) =>
        Assert.Equal(covered, PolicyReadTests.Patterns(pattern)[0].Matches(host));

    [Fact]
    [Trait("Rule", "M-1")]
    public void One_match_among_several_patterns_is_enough()
    {
        var patterns = PolicyReadTests.Patterns("a.example", "*.b.example");
        Assert.Contains(patterns, pattern => pattern.Matches("mx.b.example"));
        Assert.DoesNotContain(patterns, pattern => pattern.Matches("mx.c.example"));
    }

    [Fact]
    public void A_null_host_is_a_mistake_of_the_program() =>
        Assert.Throws<ArgumentNullException>(() => PolicyReadTests.Patterns("a.example")[0].Matches(null!));

    [Fact]
    [Trait("Rule", "M-2")]
    public void Equality_takes_no_notice_of_case()
    {
        var (upper, lower) = (PolicyReadTests.Patterns("*.EXAMPLE.com")[0], PolicyReadTests.Patterns("*.example.com")[0]);
        Assert.True(upper == lower);
        Assert.Equal(upper.GetHashCode(), lower.GetHashCode());
        Assert.True(upper != PolicyReadTests.Patterns("example.com")[0]);
    }
}
