namespace MtaSts.Tests;

public sealed class MailDomainTests
{
    private static readonly string Label63 = new('a', 63);
    private static readonly string Name242 = string.Join('.', Label63, Label63, Label63, new string('b', 50));

    public static TheoryData<string, string> Good => new()
    {
        { "example.com", "example.com" },
        { "EXAMPLE.Com", "example.com" },
        { "example.com.", "example.com" },
        { "münchen.de", "xn--mnchen-3ya.de" },
        { "MU\u0308NCHEN.DE.", "xn--mnchen-3ya.de" },
        { "XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de" },
        { "straße.example", "xn--strae-oqa.example" },
        { "例え。jp", "xn--r8jz45g.jp" },
        { "ab--cd.example", "ab--cd.example" },
        { "1.2.3.example", "1.2.3.example" },
        { "ai", "ai" },
        { Label63 + ".example", Label63 + ".example" },
        { Name242, Name242 },
        { Name242 + ".", Name242 },
    };

    public static TheoryData<string?, string> Bad => new()
    {
        { null, SyntaxCodes.DomainSyntax },
        { "", SyntaxCodes.DomainSyntax },
        { ".", SyntaxCodes.DomainSyntax },
        { "example.com..", SyntaxCodes.DomainSyntax },
        { ".example.com", SyntaxCodes.DomainSyntax },
        { "a..example", SyntaxCodes.DomainSyntax },
        { "a..münchen.de", SyntaxCodes.DomainSyntax },
        { " example.com", SyntaxCodes.DomainSyntax },
        { "user@example.com", SyntaxCodes.DomainSyntax },
        { "*.example.com", SyntaxCodes.DomainSyntax },
        { "_dmarc.example.com", SyntaxCodes.DomainSyntax },
        { "a_b.münchen.de", SyntaxCodes.DomainSyntax },
        { "-a.example", SyntaxCodes.DomainSyntax },
        { "a-.example", SyntaxCodes.DomainSyntax },
        { "ü-.example", SyntaxCodes.DomainSyntax },
        { "xn--a.de", SyntaxCodes.DomainSyntax },
        { "\ud800.example", SyntaxCodes.DomainSyntax },
        { "a\0.example", SyntaxCodes.DomainSyntax },
        { "192.0.2.1", SyntaxCodes.DomainAddress },
        { "192.0.2.1.", SyntaxCodes.DomainAddress },
        { "１９２.0.2.1", SyntaxCodes.DomainAddress },
        { "example.123", SyntaxCodes.DomainAddress },
        { "[192.0.2.1]", SyntaxCodes.DomainAddress },
        { "2001:db8::1", SyntaxCodes.DomainAddress },
        { "https://example.com", SyntaxCodes.DomainAddress },
        { Label63 + "a.example", SyntaxCodes.DomainLength },
        { Name242 + "b", SyntaxCodes.DomainLength },
        { new string('a', 100_000), SyntaxCodes.DomainLength },
    };

    [Theory, MemberData(nameof(Good))]
    [Trait("Rule", "P-10")]
    public void A_domain_becomes_lower_case_A_labels_without_final_dot(string text, string name)
    {
        Assert.True(MailDomain.TryParse(text, out var domain, out var error), error?.Message);
        Assert.Equal(name, domain.Name);
    }

    [Theory, MemberData(nameof(Bad))]
    [Trait("Rule", "P-10")]
    public void What_is_no_mail_domain_is_refused_with_the_reason(string? text, string code)
    {
        Assert.False(MailDomain.TryParse(text, out var domain, out var error));
        Assert.Null(domain);
        Assert.Equal((code, "domain"), (error.Code, error.Field));
        Assert.InRange(error.Message.Length, 1, 400);
    }

    [Fact]
    [Trait("Rule", "T-1"), Trait("Rule", "R-1"), Trait("Rule", "P-10")]
    public void The_names_of_the_records_and_of_the_policy_host_follow_from_the_domain()
    {
        Assert.True(MailDomain.TryParse("Mail.München.DE.", out var domain, out _));
        Assert.Equal("_mta-sts.mail.xn--mnchen-3ya.de", domain.RecordName);
        Assert.Equal("_smtp._tls.mail.xn--mnchen-3ya.de", domain.TlsRptRecordName);
        Assert.Equal("mta-sts.mail.xn--mnchen-3ya.de", domain.PolicyHost);
    }

    [Fact]
    public void The_longest_domain_still_has_a_record_name()
    {
        Assert.True(MailDomain.TryParse(Name242, out var domain, out _));
        Assert.Equal(StsLimits.MaxNameLength, domain.TlsRptRecordName.Length);
    }

    [Fact]
    public void Two_spellings_of_one_domain_are_equal()
    {
        Assert.True(MailDomain.TryParse("München.de", out var first, out _));
        Assert.True(MailDomain.TryParse("XN--mnchen-3ya.DE.", out var second, out _));
        Assert.True(first == second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
        Assert.True(MailDomain.TryParse("muenchen.de", out var other, out _));
        Assert.True(first != other);
    }
}
