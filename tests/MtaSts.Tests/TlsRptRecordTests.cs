namespace MtaSts.Tests;

public sealed class TlsRptRecordTests
{
    public static TheoryData<string, string[]> Valid => new()
    {
        { "v=TLSRPTv1;rua=mailto:reports@example.com", ["mailto:reports@example.com"] },
        { "v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt", ["https://reporting.example.com/v1/tlsrpt"] },
        { "v=TLSRPTv1; rua=mailto:a@example.com \t, https://example.com/x?a=b&c=d#e ;", ["mailto:a@example.com", "https://example.com/x?a=b&c=d#e"] },
        { "v=TLSRPTv1; rua=mailto:a%2Cb%21c%3B@example.com; ", ["mailto:a%2Cb%21c%3B@example.com"] },
        { "v=TLSRPTv1; rua=mailto:a@example.com?subject=x", ["mailto:a@example.com?subject=x"] },
        { "v=TLSRPTv1; rua=MAILTO:a@example.com,HTTPS://EXAMPLE.com:8443/", ["MAILTO:a@example.com", "HTTPS://EXAMPLE.com:8443/"] },
        { "v=TLSRPTv1; x=y; rua=mailto:a@example.com", ["mailto:a@example.com"] },
        { "v=TLSRPTv1; rua=https://[2001:db8::1]/r", ["https://[2001:db8::1]/r"] },
    };

    public static TheoryData<string, string, string> Invalid => new()
    {
        { "v=TLSRPTv1", SyntaxCodes.RuaMissing, "R-3" },
        { "v=TLSRPTv1; RUA=mailto:a@example.com", SyntaxCodes.RuaMissing, "R-3: lower case" },
        { "v=TLSRPTv1; ruf=mailto:a@example.com", SyntaxCodes.RuaMissing, "R-3: a field of DMARC" },
        { "v=tlsrptv1; rua=mailto:a@example.com", SyntaxCodes.VValue, "R-2: case" },
        { "v=TLSRPT1; rua=mailto:a@example.com", SyntaxCodes.VValue, "R-2: a common mistake" },
        { " v=TLSRPTv1; rua=mailto:a@example.com", SyntaxCodes.RecordSpace, "R-2: white space before v" },
        { "v=TLSRPTv1; rua=mailto:a@example.com ", SyntaxCodes.RecordSpace, "O-7: white space at the end without semicolon" },
        { "v=TLSRPTv1;; rua=mailto:a@example.com", SyntaxCodes.RecordEmptyField, "R-2: an empty field" },
        { "v=TLSRPTv1; rua= mailto:a@example.com", SyntaxCodes.FieldSpace, "R-2: white space after =" },
        { "v=TLSRPTv1; rua=", SyntaxCodes.RuaScheme, "R-3: no URI" },
        { "v=TLSRPTv1; rua=mailto:a@example.com,", SyntaxCodes.RuaScheme, "R-3: nothing after the comma" },
        { "v=TLSRPTv1; rua=reports@example.com", SyntaxCodes.RuaScheme, "R-3: no scheme" },
        { "v=TLSRPTv1; rua=http://example.com/", SyntaxCodes.RuaScheme, "R-3: http" },
        { "v=TLSRPTv1; rua=ftp://example.com/", SyntaxCodes.RuaScheme, "R-3: another scheme" },
        { "v=TLSRPTv1; rua=https:example.com", SyntaxCodes.RuaScheme, "R-3: no authority" },
        { "v=TLSRPTv1; rua=https:///path", SyntaxCodes.RuaSyntax, "R-3: no host" },
        { "v=TLSRPTv1; rua=https://example.com:port/", SyntaxCodes.RuaSyntax, "R-3: not a port" },
        { "v=TLSRPTv1; rua=mailto:", SyntaxCodes.RuaSyntax, "R-3: no address" },
        { "v=TLSRPTv1; rua=mailto:example.com", SyntaxCodes.RuaSyntax, "R-3: no @" },
        { "v=TLSRPTv1; rua=mailto:@example.com", SyntaxCodes.RuaSyntax, "R-3: no local part" },
        { "v=TLSRPTv1; rua=mailto:a@", SyntaxCodes.RuaSyntax, "R-3: no domain" },
        { "v=TLSRPTv1; rua=mailto:a@example.com!10m", SyntaxCodes.RuaSyntax, "R-4: a size as in DMARC" },
        { "v=TLSRPTv1; rua=mailto:a%2@example.com", SyntaxCodes.RuaSyntax, "R-4: half an encoded character" },
        { "v=TLSRPTv1; rua=mailto:a%", SyntaxCodes.RuaSyntax, "R-4: a percent sign at the end" },
        { "v=TLSRPTv1; rua=mailto:a b@example.com", SyntaxCodes.RuaSyntax, "R-3: a space" },
        { "v=TLSRPTv1; rua=mailto:a@münchen.de", SyntaxCodes.RuaSyntax, "R-3: beyond ASCII" },
        { "v=TLSRPTv1; rua=mailto:a@example.com; x=y=z", SyntaxCodes.FieldValue, "R-2: = in an extension" },
    };

    [Theory, MemberData(nameof(Valid))]
    [Trait("Rule", "R-2"), Trait("Rule", "R-3"), Trait("Rule", "R-4")]
    public void What_the_grammar_allows_is_valid(string record, string[] rua)
    {
        var reading = TlsRptRecord.Read([record]);
        Assert.Empty(reading.Errors);
        Assert.Equal(rua, reading.Rua);
    }

    [Theory, MemberData(nameof(Invalid))]
    [Trait("Rule", "R-2"), Trait("Rule", "R-3"), Trait("Rule", "R-4")]
    public void One_fault_is_one_error(string record, string code, string reason)
    {
        var reading = TlsRptRecord.Read([record]);
        Assert.False(reading.IsValid, reason);
        Assert.Equal([code], PolicyReadTests.Codes(reading.Errors));
    }

    [Theory]
    [InlineData(new string[0], "record.missing")]
    [InlineData(new[] { "v=spf1 -all", "v=TLSRPTv1" }, "record.missing")]
    [InlineData(new[] { "v=TLSRPTv1; rua=mailto:a@example.com", "v=TLSRPTv1; rua=mailto:a@example.com" }, "record.several")]
    [Trait("Rule", "R-5")]
    public void Unless_exactly_one_record_is_left_there_is_none(string[] records, string code)
    {
        var reading = TlsRptRecord.Read(records);
        Assert.Empty(reading.Rua);
        Assert.Equal([code], PolicyReadTests.Codes(reading.Errors));
    }

    [Fact]
    [Trait("Rule", "R-5")]
    public void Other_records_at_the_name_are_discarded_with_a_warning()
    {
        var reading = TlsRptRecord.Read(["other", "v=TLSRPTv1; rua=mailto:a@example.com"]);
        Assert.True(reading.IsValid);
        Assert.Equal([SyntaxCodes.RecordUnrelated], PolicyReadTests.Codes(reading.Warnings));
    }

    [Fact]
    [Trait("Rule", "R-2")]
    public void Unknown_fields_are_ignored_with_a_warning()
    {
        var reading = TlsRptRecord.Read(["v=TLSRPTv1; rua=mailto:a@example.com; x=y"]);
        Assert.True(reading.IsValid);
        Assert.Equal([SyntaxCodes.FieldUnknown], PolicyReadTests.Codes(reading.Warnings));
    }

    [Fact]
    public void The_first_of_two_rua_counts_and_both_must_hold_URIs()
    {
        var reading = TlsRptRecord.Read(["v=TLSRPTv1; rua=mailto:a@example.com; rua=mailto:b@example.com"]);
        Assert.True(reading.IsValid);
        Assert.Equal(["mailto:a@example.com"], reading.Rua);
        Assert.Equal([SyntaxCodes.RuaDuplicate], PolicyReadTests.Codes(reading.Warnings));
        Assert.False(TlsRptRecord.Read(["v=TLSRPTv1; rua=mailto:a@example.com; rua=b"]).IsValid);
    }

    [Fact]
    public void All_errors_come_at_once() =>
        Assert.Equal(
            ["v.value", "rua.scheme", "rua.syntax", "record.no_equals"],
            PolicyReadTests.Codes(TlsRptRecord.Read(["v=TLSRPT; rua=http://example.com, mailto:x, mailto:a@example.com; y"]).Errors));

    [Fact]
    public void What_is_written_is_read_back()
    {
        string[] rua = ["mailto:a@example.com", "https://example.com/tlsrpt"];
        Assert.Equal("v=TLSRPTv1; rua=mailto:a@example.com,https://example.com/tlsrpt", TlsRptRecord.Write(rua));
        var reading = TlsRptRecord.Read([TlsRptRecord.Write(rua)]);
        Assert.Equal(rua, reading.Rua);
        Assert.Empty(reading.Errors);
        Assert.Empty(reading.Warnings);
    }

    [Theory]
    [InlineData]
    [InlineData("mailto:a@example.com", "mailto:b@example.com!10m")]
    [InlineData("mailto:a@example.com; rua=mailto:b@example.com")]
    [InlineData("")]
    public void What_could_not_be_read_is_not_written(params string[] rua) =>
        Assert.Throws<ArgumentException>(() => TlsRptRecord.Write(rua));

    [Fact]
    [Trait("Rule", "R-4")]
    public void The_error_of_a_URI_says_how_to_encode()
    {
        Assert.False(TlsRptRecord.TryParseUri("mailto:a@example.com!10m", out var error));
        Assert.Equal((SyntaxCodes.RuaSyntax, "rua"), (error.Code, error.Field));
        Assert.Contains("%21", error.Message);
    }
}
