namespace MtaSts.Tests;

public sealed class StsRecordTests
{
    public static TheoryData<string, string> Valid => new()
    {
        { "v=STSv1; id=20160831085700Z;", "the RFC's example" },
        { "v=STSv1;id=1", "no white space, no final semicolon" },
        { "v=STSv1; id=1 ; ", "white space around and after the final semicolon" },
        { "v=STSv1\t;\tid=1", "TAB is white space" },
        { "v=STSv1; id=" + new string('a', 32), "the longest id" },
        { "v=STSv1; x=y; id=1", "any order after the version" },
        { "v=STSv1; id=1; " + new string('n', 32) + "=!~:<>/", "an extension with all that name and value may hold" },
        { "v=STSv1; id=1; 9_-.=v", "an extension's name" },
        { "v=STSv1; id=1; id=2; v=STSv2", "later copies are ignored" },
        { "v=STSv1; id=1; id=not-an-id", "later copies are ignored, also malformed ones" },
    };

    public static TheoryData<string, string, string> Invalid => new()
    {
        { "v=STSv1", SyntaxCodes.IdMissing, "T-6: at least one field" },
        { "v=STSv1;", SyntaxCodes.IdMissing, "T-6: at least one field" },
        { "v=STSv1; x=y", SyntaxCodes.IdMissing, "T-4" },
        { "v=STSv1; ID=1", SyntaxCodes.IdMissing, "T-4: lower case" },
        { "V=STSv1; id=1", SyntaxCodes.VValue, "T-3: case of v" },
        { "v=stsv1; id=1", SyntaxCodes.VValue, "T-3: case of the version" },
        { "v=STSv2; id=1", SyntaxCodes.VValue, "T-3: another version" },
        { "v=STSv10; id=1", SyntaxCodes.VValue, "T-3: exactly" },
        { "v = STSv1; id=1", SyntaxCodes.VValue, "T-6: white space around =" },
        { "; v=STSv1; id=1", SyntaxCodes.VValue, "T-3: begins with" },
        { "id=1; v=STSv1; id=1", SyntaxCodes.VValue, "T-3: begins with" },
        { "\"v=STSv1\"; id=1", SyntaxCodes.VValue, "T-3: quotes of a zone file" },
        { " v=STSv1; id=1", SyntaxCodes.RecordSpace, "T-6: white space before v" },
        { "v=STSv1; id=1 ", SyntaxCodes.RecordSpace, "T-6: white space at the end without semicolon" },
        { "v=STSv1;; id=1", SyntaxCodes.RecordEmptyField, "T-6: an empty field" },
        { "v=STSv1; id=1; ;", SyntaxCodes.RecordEmptyField, "T-6: an empty field at the end" },
        { "v=STSv1; id =1", SyntaxCodes.FieldSpace, "T-6: white space before =" },
        { "v=STSv1; id= 1", SyntaxCodes.FieldSpace, "T-6: white space after =" },
        { "v=STSv1; id=", SyntaxCodes.IdSyntax, "T-4: empty" },
        { "v=STSv1; id=" + new string('a', 33), SyntaxCodes.IdSyntax, "T-4: too long" },
        { "v=STSv1; id=2016-08-31", SyntaxCodes.IdSyntax, "T-4: hyphen" },
        { "v=STSv1; id=1.2", SyntaxCodes.IdSyntax, "T-4: dot" },
        { "v=STSv1; id=08:57", SyntaxCodes.IdSyntax, "T-4: colon" },
        { "v=STSv1; id=a_b", SyntaxCodes.IdSyntax, "T-4: underscore" },
        { "v=STSv1; id=a b", SyntaxCodes.IdSyntax, "T-4: space" },
        { "v=STSv1; id=\"1\"", SyntaxCodes.IdSyntax, "T-4: quotes" },
        { "v=STSv1; id=é", SyntaxCodes.IdSyntax, "T-2, T-4: ASCII" },
        { "v=STSv1; id=٣", SyntaxCodes.IdSyntax, "T-4: a digit of another script" },
        { "v=STSv1; id=1\0", SyntaxCodes.IdSyntax, "T-2: NUL" },
        { "v=STSv1; id=1; x=", SyntaxCodes.FieldValue, "T-7: empty value" },
        { "v=STSv1; id=1; x=a=b", SyntaxCodes.FieldValue, "T-7: = in a value" },
        { "v=STSv1; id=1; x=a b", SyntaxCodes.FieldValue, "T-7: space in a value" },
        { "v=STSv1; id=1; x=é", SyntaxCodes.FieldValue, "T-2, T-7: ASCII" },
        { "v=STSv1; id=1; x=a\u007f", SyntaxCodes.FieldValue, "T-7: DEL" },
        { "v=STSv1; id=1; id=a b", SyntaxCodes.FieldValue, "T-8: what is ignored must still be a field" },
        { "v=STSv1; id=1; -x=y", SyntaxCodes.FieldName, "T-7: a hyphen first" },
        { "v=STSv1; id=1; é=y", SyntaxCodes.FieldName, "T-2, T-7: ASCII" },
        { "v=STSv1; id=1; =y", SyntaxCodes.FieldName, "T-7: no name" },
        { "v=STSv1; id=1; " + new string('n', 33) + "=y", SyntaxCodes.FieldName, "T-7: a name too long" },
        { "v=STSv1; id=1; note", SyntaxCodes.RecordNoEquals, "T-2: key=value" },
    };

    [Theory, MemberData(nameof(Valid))]
    [Trait("Rule", "T-3"), Trait("Rule", "T-4"), Trait("Rule", "T-6"), Trait("Rule", "T-7"), Trait("Rule", "T-8")]
    public void What_the_grammar_allows_is_valid(string record, string reason)
    {
        var reading = StsRecord.Read([record]);
        Assert.True(reading.IsValid, $"{reason}: {string.Join(' ', reading.Errors)}");
        Assert.True(StsRecord.IsValidId(reading.Id));
    }

    [Theory, MemberData(nameof(Invalid))]
    [Trait("Rule", "T-2"), Trait("Rule", "T-3"), Trait("Rule", "T-4"), Trait("Rule", "T-6"), Trait("Rule", "T-7"), Trait("Rule", "T-8"), Trait("Rule", "T-10")]
    public void One_fault_is_one_error(string record, string code, string reason)
    {
        var reading = StsRecord.Read([record]);
        Assert.False(reading.IsValid, reason);
        var error = Assert.Single(reading.Errors);
        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Rfc);
    }

    [Fact]
    public void All_errors_come_at_once() =>
        Assert.Equal(
            ["v.value", "id.syntax", "record.empty_field", "record.no_equals", "field.space", "field.value"],
            PolicyReadTests.Codes(StsRecord.Read(["v=STS1; id=a-b;; note; x = y; z=é"]).Errors));

    [Fact]
    [Trait("Rule", "T-5")]
    public void The_id_is_given_as_written_because_case_counts()
    {
        Assert.Equal("aB1", StsRecord.Read(["v=STSv1; id=aB1;"]).Id);
        Assert.Equal("Ab1", StsRecord.Read(["v=STSv1; id=Ab1;"]).Id);
    }

    [Fact]
    [Trait("Rule", "T-8")]
    public void The_first_id_counts()
    {
        var reading = StsRecord.Read(["v=STSv1; id=1; id=2"]);
        Assert.Equal("1", reading.Id);
        Assert.Equal([SyntaxCodes.IdDuplicate], PolicyReadTests.Codes(reading.Warnings));
    }

    [Theory]
    [InlineData("v=STSv1 ; id=1", "record.space_before_delimiter")]
    [InlineData("v=STSv1; id=1; x=y", "field.unknown")]
    [InlineData("v=STSv1; id=1; x=y; x=z", "field.unknown field.duplicate")]
    [InlineData("v=STSv1; id=1; v=STSv1", "v.duplicate")]
    [InlineData("v=STSv1; id=1;", "")]
    [Trait("Rule", "T-13"), Trait("Rule", "T-7"), Trait("Rule", "T-8")]
    public void Only_v_and_id_are_known_and_senders_stumble_over_these(string record, string codes)
    {
        var reading = StsRecord.Read([record]);
        Assert.True(reading.IsValid);
        Assert.Equal(codes.Split(' ', StringSplitOptions.RemoveEmptyEntries), PolicyReadTests.Codes(reading.Warnings));
    }

    [Fact]
    [Trait("Rule", "T-9")]
    public void Other_records_at_the_name_are_discarded_with_a_warning()
    {
        var reading = StsRecord.Read(["v=spf1 -all", "v=STSv1; id=1;", "", "v=STSv1 ; id=2", "v=STSv10; id=3", " v=STSv1; id=4", "v=stsv1; id=5"]);
        Assert.True(reading.IsValid);
        Assert.Equal("1", reading.Id);
        Assert.Equal([SyntaxCodes.RecordUnrelated], PolicyReadTests.Codes(reading.Warnings));
    }

    [Theory]
    [InlineData(new string[0], "record.missing")]
    [InlineData(new[] { "v=spf1 -all", "other" }, "record.missing")]
    [InlineData(new[] { "v=STSv1 ; id=1", "other" }, "record.missing")]
    [InlineData(new[] { "v=STSv1; id=1", "v=STSv1; id=2" }, "record.several")]
    [InlineData(new[] { "v=STSv1; id=1", "v=STSv1; id=1", "other" }, "record.several")]
    [InlineData(new[] { "v=STSv1; id=?", "other" }, "id.syntax")]
    [Trait("Rule", "T-9"), Trait("Rule", "T-10")]
    public void Unless_exactly_one_valid_record_is_left_there_is_no_policy(string[] records, string code)
    {
        var reading = StsRecord.Read(records);
        Assert.False(reading.IsValid);
        Assert.Null(reading.Id);
        Assert.Equal([code], PolicyReadTests.Codes(reading.Errors));
    }

    [Fact]
    [Trait("Rule", "T-11")]
    public void A_record_is_the_strings_joined_without_separator_and_may_pass_255_octets()
    {
        string[] strings = ["v=STSv1; i", "d=12", "3; x=" + new string('y', 250)];
        Assert.Equal("123", StsRecord.Read([string.Concat(strings)]).Id);
        Assert.False(StsRecord.Read([string.Join(' ', strings)]).IsValid);
    }

    [Fact]
    [Trait("Rule", "T-12")]
    public void Records_are_judged_by_their_text_wherever_a_chain_of_CNAMEs_led_to() =>
        // Following CNAMEs is the resolver's work; a reading takes no owner name that could disagree.
        Assert.True(StsRecord.Read(["v=STSv1; id=1;"]).IsValid);

    [Fact]
    [Trait("Rule", "T-14")]
    public void No_records_are_an_invalid_reading_so_a_failed_lookup_must_not_be_passed_as_none()
    {
        Assert.Equal([SyntaxCodes.RecordMissing], PolicyReadTests.Codes(StsRecord.Read([]).Errors));
        Assert.Throws<ArgumentNullException>(() => StsRecord.Read(null!));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        Assert.Equal("v=STSv1; id=20261123124501123;", StsRecord.Write("20261123124501123"));
        var reading = StsRecord.Read([StsRecord.Write("20261123124501123")]);
        Assert.Equal("20261123124501123", reading.Id);
        Assert.Empty(reading.Errors);
        Assert.Empty(reading.Warnings);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a-b")]
    [InlineData("é")]
    [InlineData("1;")]
    [InlineData("123456789012345678901234567890123")]
    [Trait("Rule", "T-4")]
    public void A_bad_id_is_not_written(string? id)
    {
        Assert.False(StsRecord.IsValidId(id));
        Assert.Throws<ArgumentException>(() => StsRecord.Write(id!));
    }

    [Fact]
    public void Errors_of_a_hostile_record_are_bounded()
    {
        var reading = StsRecord.Read(["v=STSv1" + new string(';', 60_000)]);
        Assert.Equal(StsLimits.MaxErrors + 1, reading.Errors.Count);
        Assert.Equal(SyntaxCodes.TooMany, reading.Errors[^1].Code);
    }
}
