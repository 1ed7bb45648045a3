namespace MtaSts.Tests;

/// <summary>What the grammar allows although known senders stumble over it.</summary>
public sealed class PolicyWarningTests
{
    private const string Good = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmax_age: 604800\r\n";

    public static TheoryData<string, string, int?, string> Cases => new()
    {
        { Good.Replace("max_age: 604800", "max_age: 0"), SyntaxCodes.MaxAgeZero, 4, "chasquid" },
        { Good.Replace("604800", "86399"), SyntaxCodes.MaxAgeShort, 4, "P-15" },
        { Good.Replace("604800", "31557600"), SyntaxCodes.MaxAgeMaximum, 4, "Stalwart" },
        { Good.Replace("604800", "0604800"), SyntaxCodes.MaxAgeLeadingZeros, 4, "octal" },
        { Good.Replace("mail.example.com", "192.0.2.1"), SyntaxCodes.MxNumeric, 3, "O-5" },
        { Good + "mx: MAIL.example.com\r\n", SyntaxCodes.MxRepeated, 5, "case makes no other pattern" },
        { "version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n", SyntaxCodes.MxNone, null, "Stalwart, chasquid" },
        { Good + "version: STSv1\r\n", SyntaxCodes.VersionDuplicate, 5, "O-3" },
        { Good + "mode: testing\r\n", SyntaxCodes.ModeDuplicate, 5, "O-3: the last wins in one sender" },
        { Good + "max_age: not a number\r\n", SyntaxCodes.MaxAgeDuplicate, 5, "O-3: malformed and ignored" },
        { Good + "x: y\r\n", SyntaxCodes.FieldUnknown, 5, "checkdmarc" },
        { Good.Replace("\r\nmx", "\nmx"), SyntaxCodes.LineMixedEnds, null, "checkdmarc" },
        { Good[..^2], SyntaxCodes.LineNoFinalEnd, 4, "cut short?" },
        { Good[..^2].Replace("\r\n", "\n"), SyntaxCodes.LineNoFinalEnd, 4, "with LF as well" },
    };

    [Theory, MemberData(nameof(Cases))]
    [Trait("Rule", "P-12"), Trait("Rule", "P-15")]
    public void Valid_with_one_warning(string text, string code, int? line, string reason)
    {
        var reading = PolicyReadTests.Read(text);
        Assert.True(reading.IsValid, reason);
        var warning = Assert.Single(reading.Warnings);
        Assert.Equal((code, line), (warning.Code, warning.Line));
    }

    [Theory]
    [InlineData("enforce", "86400")]
    [InlineData("testing", "31557599")]
    [InlineData("none", "60")]
    [Trait("Rule", "P-15")]
    public void A_policy_that_every_sender_reads_has_no_warning(string mode, string maxAge) =>
        Assert.Empty(PolicyReadTests.Read(Good.Replace("enforce", mode).Replace("604800", maxAge)).Warnings);

    [Fact]
    public void LF_throughout_has_no_warning() => Assert.Empty(PolicyReadTests.Read(Good.Replace("\r\n", "\n")).Warnings);

    [Theory]
    [InlineData("x: a:b", "field.unknown field.colon")]
    [InlineData("x: é", "field.unknown field.non_ascii")]
    [InlineData("x: 1\r\nx: 2", "field.unknown field.duplicate")]
    [Trait("Rule", "P-11"), Trait("Rule", "P-12")]
    public void An_extension_is_valid_with_what_senders_make_of_it(string lines, string codes)
    {
        var reading = PolicyReadTests.Read(Good + lines + "\r\n");
        Assert.True(reading.IsValid);
        Assert.Equal(codes.Split(' '), PolicyReadTests.Codes(reading.Warnings));
    }

    [Theory]
    [InlineData(10 * 1024, 0)]
    [InlineData(10 * 1024 + 1, 1)]
    [InlineData(StsLimits.MaxBodyBytes, 1)]
    [InlineData(StsLimits.MaxBodyBytes + 1, 1)]
    [InlineData(1024 * 1024, 1)]
    [Trait("Rule", "P-14")]
    public void A_long_text_is_valid_with_a_warning(int length, int warnings)
    {
        // Warnings about size only: white space after a value may have any length.
        var reading = PolicyReadTests.Read(Good.Replace("enforce", "enforce" + new string(' ', length - Good.Length)));
        Assert.True(reading.IsValid);
        Assert.Equal(Enumerable.Repeat(SyntaxCodes.BodySize, warnings), PolicyReadTests.Codes(reading.Warnings));
    }
}
