using System.Text;
using CsCheck;

namespace MtaSts.Tests;

public sealed class StsPolicyTests
{
    private static readonly Gen<string> Label =
        Gen.Char["abcxyzABC019"].Array[1, 12].Select(characters => new string(characters))
            .Select(Gen.Bool, (label, hyphen) => hyphen ? $"{label}-{label}" : label);

    private static readonly Gen<MxPattern> Pattern =
        Gen.Select(Gen.Bool, Label.Array[1, 5], (wildcard, labels) => PolicyReadTests.Patterns((wildcard ? "*." : "") + string.Join('.', labels))[0]);

    private static readonly Gen<StsPolicy> Policy =
        Gen.Select(Gen.Enum<StsMode>(), Pattern.Array[0, 20], Gen.Int[0, StsLimits.MaxMaxAge])
            .Where((mode, mx, _) => mode == StsMode.None || mx.Length > 0)
            .Select((mode, mx, maxAge) => new StsPolicy(mode, mx, maxAge));

    [Fact]
    [Trait("Rule", "P-1"), Trait("Rule", "P-8")]
    public void The_text_is_exactly_this()
    {
        var policy = new StsPolicy(StsMode.Enforce, PolicyReadTests.Patterns("mail.example.com", "*.example.net"), 604_800);
        Assert.Equal("version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n", policy.ToText());
        Assert.Equal(Encoding.ASCII.GetBytes(policy.ToText()), policy.ToUtf8());
    }

    [Fact]
    public void Mode_none_needs_no_mx() =>
        Assert.Equal("version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n", new StsPolicy(StsMode.None, [], 86_400).ToText());

    [Fact]
    public void What_is_written_is_read_back_equal() => Policy.Sample(policy =>
    {
        var reading = StsPolicyParser.Read(policy.ToUtf8());
        Assert.Empty(reading.Errors);
        Assert.Equal(policy, reading.Policy);
        Assert.Equal(policy.ToText(), reading.Policy!.ToText());
        Assert.Equal(policy.GetHashCode(), reading.Policy.GetHashCode());
    });

    [Fact]
    public void What_is_read_does_not_depend_on_line_ends_white_space_and_extensions() =>
        Gen.Select(Policy, Gen.OneOf("\n", "\r\n"), Gen.OneOf("", " ", "\t \t"), Gen.OneOf("", "note: x:y")).Sample((policy, end, space, extension) =>
        {
            var lines = policy.ToText().Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Append(extension).Where(line => line.Length > 0);
            var text = string.Concat(lines.Select(line => line.Replace(": ", ":" + space) + space + end));
            Assert.Equal(policy, PolicyReadTests.Read(text).Policy);
        });

    [Theory]
    [InlineData(StsMode.Enforce)]
    [InlineData(StsMode.Testing)]
    [Trait("Rule", "P-8")]
    public void A_policy_without_mx_is_refused_unless_mode_is_none(StsMode mode) =>
        Assert.Throws<ArgumentException>(() => new StsPolicy(mode, [], 86_400));

    [Theory]
    [InlineData(-1)]
    [InlineData(StsLimits.MaxMaxAge + 1)]
    [Trait("Rule", "P-7")]
    public void A_max_age_out_of_range_is_refused(int maxAge) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StsPolicy(StsMode.None, [], maxAge));

    [Fact]
    public void A_mode_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StsPolicy((StsMode)3, [], 0));

    [Fact]
    public void A_null_pattern_is_refused() =>
        Assert.Throws<ArgumentException>(() => new StsPolicy(StsMode.None, [null!], 0));

    [Fact]
    public void The_patterns_cannot_be_changed_from_outside()
    {
        var patterns = PolicyReadTests.Patterns("a.example");
        var policy = new StsPolicy(StsMode.Enforce, patterns, 86_400);
        patterns[0] = PolicyReadTests.Patterns("b.example")[0];
        Assert.Equal("a.example", Assert.Single(policy.Mx).Text);
        Assert.True(Assert.IsAssignableFrom<IList<MxPattern>>(policy.Mx).IsReadOnly);
    }

    [Fact]
    public void Equality_is_by_value()
    {
        var policy = new StsPolicy(StsMode.Enforce, PolicyReadTests.Patterns("a.example", "b.example"), 86_400);
        Assert.True(policy == new StsPolicy(StsMode.Enforce, PolicyReadTests.Patterns("A.EXAMPLE", "b.example"), 86_400));
        Assert.True(policy != new StsPolicy(StsMode.Enforce, PolicyReadTests.Patterns("b.example", "a.example"), 86_400));
        Assert.True(policy != new StsPolicy(StsMode.Testing, PolicyReadTests.Patterns("a.example", "b.example"), 86_400));
        Assert.True(policy != new StsPolicy(StsMode.Enforce, PolicyReadTests.Patterns("a.example", "b.example"), 86_401));
        Assert.True(policy != null);
    }

    [Theory]
    [InlineData("none", StsMode.None)]
    [InlineData("testing", StsMode.Testing)]
    [InlineData("enforce", StsMode.Enforce)]
    [Trait("Rule", "P-6")]
    public void The_words_of_the_modes_go_both_ways(string word, StsMode mode)
    {
        Assert.Equal(word, mode.ToWord());
        Assert.True(StsModeWords.TryParse(word, out var read));
        Assert.Equal(mode, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("Enforce")]
    [InlineData(" none")]
    [InlineData("report")]
    [Trait("Rule", "P-3"), Trait("Rule", "P-6")]
    public void No_other_word_is_a_mode(string? word) => Assert.False(StsModeWords.TryParse(word, out _));

    [Fact]
    public void A_mode_that_does_not_exist_has_no_word() => Assert.Throws<ArgumentOutOfRangeException>(() => ((StsMode)7).ToWord());
}
