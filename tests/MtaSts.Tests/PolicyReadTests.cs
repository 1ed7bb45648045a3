using System.Text;

namespace MtaSts.Tests;

public sealed class PolicyReadTests
{
    private const string Good = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n";

    public static TheoryData<string, string> Valid => new()
    {
        { Good, "the RFC's form" },
        { Good.Replace("\r\n", "\n"), "LF throughout" },
        { Good.Replace("mode: enforce\r\n", "mode: enforce\n"), "mixed line ends" },
        { Good[..^2], "no end of the last line" },
        { Good.Replace(": ", ":"), "no white space after the colon" },
        { Good.Replace(": ", ":\t  \t"), "any white space after the colon" },
        { Good.Replace("\r\n", " \t\r\n"), "white space after the value" },
        { "max_age: 604800\nmx: a.example\nmode: testing\nversion: STSv1\n", "any order" },
        { "version: STSv1\nmode: none\nmax_age: 86400\n", "mode none without mx" },
        { "version: STSv1\nmode: none\nmx: a.example\nmax_age: 86400\n", "mode none with mx" },
        { Good + "x: y\r\n", "an extension" },
        { Good + "9._-: some text, with: colons = and é\r\n", "an extension with all that a name and value may hold" },
        { Good + new string('k', 32) + ": v\r\n", "the longest name of an extension" },
        { Good + "mode: bogus\r\nmax_age: x y\r\nversion: 2\r\n", "later copies are ignored, also malformed ones" },
        { Good.Replace("604800", "0"), "the least max_age" },
        { Good.Replace("604800", "31557600"), "the greatest max_age" },
        { Good.Replace("604800", "0000604800"), "ten digits with leading zeros" },
        { Good.Replace("mail.example.com", "192.0.2.1"), "an IPv4 address fits the grammar of Domain" },
        { Good.Replace("mail.example.com", "MAIL.Example.com"), "names have no case" },
        { Good.Replace("mail.example.com", "localhost"), "one label" },
        { Good.Replace("mail.example.com", "xn--mnchen-3ya.de"), "an A-label" },
        { Good + "mx: mail.example.com\r\n", "a repeated mx" },
    };

    public static TheoryData<string, string, int, string> Invalid => new()
    {
        { "\uFEFF" + Good, SyntaxCodes.BodyBom, 1, "P-13: a byte order mark" },
        { "\r\n" + Good, SyntaxCodes.LineBlank, 1, "P-2: a blank line first" },
        { Good + "\r\n", SyntaxCodes.LineBlank, 6, "P-2: a blank line last" },
        { Good + " ", SyntaxCodes.LineBlank, 6, "P-2: white space after the last line" },
        { Good + "# comment\r\n", SyntaxCodes.LineNoColon, 6, "P-2: no comments" },
        { Good + "# a: comment\r\n", SyntaxCodes.FieldName, 6, "P-2: no comments, also with a colon" },
        { Good + " folded: x\r\n", SyntaxCodes.LineLeadingSpace, 6, "P-1: white space before a line" },
        { Good.Replace("mode:", "mode :"), SyntaxCodes.FieldSpace, 2, "P-1: white space before the colon" },
        { Good.Replace("STSv1\r\n", "STSv1\r"), SyntaxCodes.LineBareCr, 1, "P-1: a bare CR ends no line" },
        { Good.Replace("STSv1", "stsv1"), SyntaxCodes.VersionValue, 1, "P-3, P-5: case of the version" },
        { Good.Replace("STSv1", "STSv2"), SyntaxCodes.VersionValue, 1, "P-5: another version" },
        { Good.Replace("STSv1", ""), SyntaxCodes.VersionValue, 1, "P-5: an empty version" },
        { Good.Replace("enforce", "Enforce"), SyntaxCodes.ModeValue, 2, "P-3: case of the mode" },
        { Good.Replace("enforce", "report"), SyntaxCodes.ModeValue, 2, "P-6: a mode of old drafts" },
        { Good.Replace("mode: enforce", "mode: bogus\r\nmode: enforce"), SyntaxCodes.ModeValue, 2, "P-12: the first counts" },
        { Good.Replace("604800", "31557601"), SyntaxCodes.MaxAgeRange, 5, "P-7: over the maximum" },
        { Good.Replace("604800", "9999999999"), SyntaxCodes.MaxAgeRange, 5, "P-7: ten nines" },
        { Good.Replace("604800", new string('9', 60_000)), SyntaxCodes.MaxAgeRange, 5, "P-7: more digits than any number type" },
        { Good.Replace("604800", "00000604800"), SyntaxCodes.MaxAgeSyntax, 5, "P-7: eleven digits" },
        { Good.Replace("604800", "-1"), SyntaxCodes.MaxAgeSyntax, 5, "P-7: a sign" },
        { Good.Replace("604800", "+1"), SyntaxCodes.MaxAgeSyntax, 5, "P-7: a sign" },
        { Good.Replace("604800", "1.5"), SyntaxCodes.MaxAgeSyntax, 5, "P-7: a fraction" },
        { Good.Replace("604800", "1e6"), SyntaxCodes.MaxAgeSyntax, 5, "P-7: an exponent" },
        { Good.Replace("604800", "7d"), SyntaxCodes.MaxAgeSyntax, 5, "P-7: a unit" },
        { Good.Replace("604800", "604 800"), SyntaxCodes.MaxAgeSyntax, 5, "P-7: a space" },
        { Good.Replace("604800", "٦٠٤"), SyntaxCodes.MaxAgeSyntax, 5, "P-7: digits of another script" },
        { Good.Replace("604800", ""), SyntaxCodes.MaxAgeSyntax, 5, "P-7: nothing" },
        { Good.Replace("*.example.net", "*"), SyntaxCodes.MxWildcard, 4, "P-9: a bare star beside a good mx" },
        { Good.Replace("*.example.net", "münchen.de"), SyntaxCodes.MxULabel, 4, "P-10: a U-label" },
        { Good.Replace("*.example.net", "a.example, b.example"), SyntaxCodes.MxSyntax, 4, "P-9: two names in one line" },
        { Good.Replace("*.example.net", "10 a.example"), SyntaxCodes.MxSyntax, 4, "P-9: a preference" },
        { Good.Replace("*.example.net", ""), SyntaxCodes.MxSyntax, 4, "P-9: nothing" },
        { Good + "x:\r\n", SyntaxCodes.FieldValue, 6, "P-11: an empty value" },
        { Good + "x: \r\n", SyntaxCodes.FieldValue, 6, "P-11: only white space" },
        { Good + "x: a\tb\r\n", SyntaxCodes.FieldValue, 6, "P-11: a TAB inside" },
        { Good + "x: a\0b\r\n", SyntaxCodes.FieldValue, 6, "P-11: a control character" },
        { Good + "x: a\u007fb\r\n", SyntaxCodes.FieldValue, 6, "P-11: DEL" },
        { Good + "mode: a\tb\r\n", SyntaxCodes.FieldValue, 6, "P-12: what is ignored must still be a field" },
        { Good + ": x\r\n", SyntaxCodes.FieldName, 6, "P-11: an empty name" },
        { Good + "-x: y\r\n", SyntaxCodes.FieldName, 6, "P-11: a hyphen first" },
        { Good + "a b: y\r\n", SyntaxCodes.FieldName, 6, "P-11: a space in the name" },
        { Good + "é: y\r\n", SyntaxCodes.FieldName, 6, "P-11: a name beyond ASCII" },
        { Good + new string('k', 33) + ": v\r\n", SyntaxCodes.FieldName, 6, "P-11: a name too long" },
    };

    [Theory, MemberData(nameof(Valid))]
    [Trait("Rule", "P-1"), Trait("Rule", "P-4"), Trait("Rule", "P-7"), Trait("Rule", "P-8"), Trait("Rule", "P-11"), Trait("Rule", "P-12")]
    public void What_the_grammar_allows_is_valid(string text, string reason)
    {
        var reading = Read(text);
        Assert.True(reading.IsValid, $"{reason}: {string.Join(' ', reading.Errors)}");
        Assert.NotNull(reading.Policy);
    }

    [Theory, MemberData(nameof(Invalid))]
    [Trait("Rule", "P-1"), Trait("Rule", "P-2"), Trait("Rule", "P-3"), Trait("Rule", "P-5"), Trait("Rule", "P-6"), Trait("Rule", "P-7")]
    [Trait("Rule", "P-9"), Trait("Rule", "P-10"), Trait("Rule", "P-11"), Trait("Rule", "P-12"), Trait("Rule", "P-13")]
    public void One_fault_is_one_error_with_its_line(string text, string code, int line, string reason)
    {
        var reading = Read(text);
        Assert.False(reading.IsValid, reason);
        Assert.Null(reading.Policy);
        var error = Assert.Single(reading.Errors);
        Assert.Equal((code, line), (error.Code, error.Line));
        Assert.NotNull(error.Rfc);
    }

    [Theory]
    [InlineData("version", "version.missing")]
    [InlineData("mode", "mode.missing")]
    [InlineData("max_age", "max_age.missing")]
    [InlineData("mx", "mx.missing")]
    [Trait("Rule", "P-4"), Trait("Rule", "P-8")]
    public void Each_field_is_required(string field, string code)
    {
        var reading = Read(string.Concat(Good.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith(field + ":", StringComparison.Ordinal)).Select(line => line + "\r\n")));
        var error = Assert.Single(reading.Errors);
        Assert.Equal((code, field, (int?)null), (error.Code, error.Field, error.Line));
    }

    [Fact]
    [Trait("Rule", "P-4")]
    public void An_empty_text_lacks_every_field() =>
        Assert.Equal(["version.missing", "mode.missing", "max_age.missing", "mx.missing"], Codes(Read("").Errors));

    [Theory]
    [InlineData("Version: STSv1", "version.missing")]
    [InlineData("Mode: enforce", "mode.missing")]
    [InlineData("MAX_AGE: 604800", "max_age.missing")]
    [InlineData("max-age: 604800", "max_age.missing")]
    [Trait("Rule", "P-3")]
    public void A_key_in_another_case_is_an_unknown_field_and_the_real_one_is_missing(string line, string code)
    {
        var key = code[..code.IndexOf('.')];
        var reading = Read(string.Concat(Good.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(l => (l.StartsWith(key + ":", StringComparison.Ordinal) ? line : l) + "\r\n")));
        Assert.Equal([code], Codes(reading.Errors));
        var warning = Assert.Single(reading.Warnings);
        Assert.Equal(SyntaxCodes.FieldUnknown, warning.Code);
        Assert.Contains(key, warning.Message);
    }

    [Fact]
    public void All_errors_come_at_once_each_with_line_field_and_section()
    {
        var reading = Read("version: 1\nmode: on\n\nmx: *\nmx: a_b.example\nmax_age: never\nno colon\n");
        Assert.Equal(
            [("version.value", 1), ("mode.value", 2), ("line.blank", 3), ("mx.wildcard", 4), ("mx.syntax", 5), ("max_age.syntax", 6), ("line.no_colon", 7)],
            reading.Errors.Select(error => (error.Code, error.Line ?? 0)));
        Assert.Equal(["version", "mode", null, "mx", "mx", "max_age", null], reading.Errors.Select(error => error.Field));
        Assert.All(reading.Errors, error => Assert.Equal("RFC 8461 3.2", error.Rfc));
    }

    [Fact]
    public void Fields_are_given_as_written_also_when_the_text_is_invalid()
    {
        var reading = Read("version: STSv9\nmode: on\nmode: enforce\nmx: A.example\nmx: *\nmx: A.example\nmax_age: 99999999\n");
        Assert.Equal(("STSv9", "on", 99_999_999L), (reading.Version, reading.Mode, reading.MaxAge));
        Assert.Equal(["A.example", "*", "A.example"], reading.Mx);
    }

    [Fact]
    [Trait("Rule", "P-12")]
    public void The_first_of_a_repeated_field_counts_and_every_mx_does()
    {
        var policy = Read(Good + "mode: none\r\nmax_age: 5\r\nmx: third.example\r\n").Policy;
        Assert.Equal(new StsPolicy(StsMode.Enforce, Patterns("mail.example.com", "*.example.net", "third.example"), 604_800), policy);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x76, 0x00 }, "body.utf16")]
    [InlineData(new byte[] { 0xFE, 0xFF, 0x00, 0x76 }, "body.utf16")]
    [Trait("Rule", "P-13")]
    public void UTF_16_is_told_as_such_and_nothing_else(byte[] text, string code) =>
        Assert.Equal([code], Codes(StsPolicyParser.Read(text).Errors));

    [Theory]
    [InlineData(new byte[] { 0xC3 }, "cut short")]
    [InlineData(new byte[] { 0x80 }, "a continuation alone")]
    [InlineData(new byte[] { 0xC0, 0xAF }, "overlong")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "a surrogate")]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 }, "beyond U+10FFFF")]
    [Trait("Rule", "P-11"), Trait("Rule", "P-13")]
    public void An_extension_value_that_is_not_UTF_8_is_an_error(byte[] value, string reason)
    {
        var reading = StsPolicyParser.Read([.. Encoding.ASCII.GetBytes(Good + "x: a"), .. value, .. "\r\n"u8]);
        Assert.True(Codes(reading.Errors).SequenceEqual([SyntaxCodes.FieldValue]), reason);
    }

    [Fact]
    [Trait("Rule", "P-16"), Trait("Rule", "P-17")]
    public void Only_the_four_registered_fields_are_known_and_id_is_none_of_them()
    {
        var reading = Read(Good + "id: 20160831085700Z\r\n");
        Assert.True(reading.IsValid);
        var warning = Assert.Single(reading.Warnings);
        Assert.Equal((SyntaxCodes.FieldUnknown, "id", 6), (warning.Code, warning.Field, warning.Line));
    }

    [Fact]
    public void A_web_page_gives_a_bounded_list_that_says_so()
    {
        var reading = Read(string.Concat(Enumerable.Repeat("<p>\n", 5000)));
        Assert.Equal(StsLimits.MaxErrors + 1, reading.Errors.Count);
        Assert.Equal(SyntaxCodes.TooMany, reading.Errors[^1].Code);
        Assert.Equal(StsLimits.MaxErrors + 1, reading.Errors[^1].Line);
        // What was not read is not called missing.
        Assert.DoesNotContain(reading.Errors, error => error.Code == SyntaxCodes.ModeMissing);
    }

    [Fact]
    public void Exactly_as_many_errors_as_are_listed_are_the_whole_list()
    {
        var reading = Read(Good + string.Concat(Enumerable.Repeat("mx: *\r\n", StsLimits.MaxErrors)));
        Assert.Equal(StsLimits.MaxErrors, reading.Errors.Count);
        Assert.All(reading.Errors, error => Assert.Equal(SyntaxCodes.MxWildcard, error.Code));
    }

    [Fact]
    public void Warnings_are_bounded_without_making_the_text_invalid()
    {
        var reading = Read(Good + string.Concat(Enumerable.Range(0, 500).Select(i => $"x{i}: y\r\n")));
        Assert.True(reading.IsValid);
        Assert.Equal(StsLimits.MaxErrors + 1, reading.Warnings.Count);
        Assert.Equal(SyntaxCodes.TooMany, reading.Warnings[^1].Code);
    }

    [Fact]
    public void A_message_quotes_hostile_input_short_and_harmless()
    {
        var error = Assert.Single(Read(Good.Replace("enforce", "\u001b[31m\u202e\0" + new string('x', 50_000))).Errors);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.DoesNotContain('\u202e', error.Message);
        Assert.InRange(error.Message.Length, 1, 300);
    }

    internal static StsPolicyReading Read(string text) => StsPolicyParser.Read(Encoding.UTF8.GetBytes(text));

    internal static IEnumerable<string> Codes(IEnumerable<SyntaxError> errors) => errors.Select(error => error.Code);

    internal static MxPattern[] Patterns(params string[] texts) => Array.ConvertAll(texts, text =>
    {
        Assert.True(MxPattern.TryParse(text, out var pattern, out var error), error?.Message);
        return pattern;
    });
}
