namespace MtaSts;

/// <summary>
/// All codes of <see cref="SyntaxError"/>. They are held on to from outside: a code is never renamed and never
/// gets another meaning. README.md lists them with the RFC sections.
/// </summary>
public static class SyntaxCodes
{
    /// <summary>Error or warning: the list is full, more was found.</summary>
    public const string TooMany = "too_many";

    // Policy: the text and its lines.

    /// <summary>Error: a byte order mark in front of the first key.</summary>
    public const string BodyBom = "body.bom";

    /// <summary>Error: UTF-16.</summary>
    public const string BodyUtf16 = "body.utf16";

    /// <summary>Warning: longer than some or all senders take.</summary>
    public const string BodySize = "body.size";

    /// <summary>Error: an empty line, or one of white space.</summary>
    public const string LineBlank = "line.blank";

    /// <summary>Error: no colon.</summary>
    public const string LineNoColon = "line.no_colon";

    /// <summary>Error: white space in front of the key.</summary>
    public const string LineLeadingSpace = "line.leading_space";

    /// <summary>Error: a carriage return without line feed.</summary>
    public const string LineBareCr = "line.bare_cr";

    /// <summary>Warning: both LF and CRLF.</summary>
    public const string LineMixedEnds = "line.mixed_ends";

    /// <summary>Warning: the last line has no end.</summary>
    public const string LineNoFinalEnd = "line.no_final_end";

    // Policy and records: any field.

    /// <summary>Error: white space between key and colon, or around the equals sign.</summary>
    public const string FieldSpace = "field.space";

    /// <summary>Error: not a field's name.</summary>
    public const string FieldName = "field.name";

    /// <summary>Error: not a value of an extension field.</summary>
    public const string FieldValue = "field.value";

    /// <summary>Warning: senders ignore this field.</summary>
    public const string FieldUnknown = "field.unknown";

    /// <summary>Warning: an extension field comes again; the first counts.</summary>
    public const string FieldDuplicate = "field.duplicate";

    /// <summary>Warning: a colon in the value of an extension field.</summary>
    public const string FieldColon = "field.colon";

    /// <summary>Warning: UTF-8 beyond ASCII in the value of an extension field.</summary>
    public const string FieldNonAscii = "field.non_ascii";

    // Policy: its own fields.

    /// <summary>Error: no <c>version</c>.</summary>
    public const string VersionMissing = "version.missing";

    /// <summary>Error: <c>version</c> is not <c>STSv1</c>.</summary>
    public const string VersionValue = "version.value";

    /// <summary>Warning: <c>version</c> comes again; the first counts.</summary>
    public const string VersionDuplicate = "version.duplicate";

    /// <summary>Error: no <c>mode</c>.</summary>
    public const string ModeMissing = "mode.missing";

    /// <summary>Error: none of the three modes.</summary>
    public const string ModeValue = "mode.value";

    /// <summary>Warning: <c>mode</c> comes again; the first counts.</summary>
    public const string ModeDuplicate = "mode.duplicate";

    /// <summary>Error: no <c>max_age</c>.</summary>
    public const string MaxAgeMissing = "max_age.missing";

    /// <summary>Error: <c>max_age</c> is not 1 to 10 digits.</summary>
    public const string MaxAgeSyntax = "max_age.syntax";

    /// <summary>Error: <c>max_age</c> is over the maximum.</summary>
    public const string MaxAgeRange = "max_age.range";

    /// <summary>Warning: <c>max_age</c> comes again; the first counts.</summary>
    public const string MaxAgeDuplicate = "max_age.duplicate";

    /// <summary>Warning: <c>max_age</c> is 0.</summary>
    public const string MaxAgeZero = "max_age.zero";

    /// <summary>Warning: <c>max_age</c> is under a day.</summary>
    public const string MaxAgeShort = "max_age.short";

    /// <summary>Warning: <c>max_age</c> is exactly the maximum.</summary>
    public const string MaxAgeMaximum = "max_age.maximum";

    /// <summary>Warning: <c>max_age</c> begins with zeros.</summary>
    public const string MaxAgeLeadingZeros = "max_age.leading_zeros";

    // mx patterns.

    /// <summary>Error: no <c>mx</c> although the mode is not <c>none</c>.</summary>
    public const string MxMissing = "mx.missing";

    /// <summary>Error: not a host name or <c>*.</c> and a host name.</summary>
    public const string MxSyntax = "mx.syntax";

    /// <summary>Error: <c>*</c> elsewhere than as the whole left-most label in front of a name.</summary>
    public const string MxWildcard = "mx.wildcard";

    /// <summary>Error: a final dot.</summary>
    public const string MxFinalDot = "mx.final_dot";

    /// <summary>Error: a U-label where an A-label must stand.</summary>
    public const string MxULabel = "mx.u_label";

    /// <summary>Error: an address literal, or in people's input any IP address.</summary>
    public const string MxAddress = "mx.address";

    /// <summary>Error: a label or the name is too long.</summary>
    public const string MxLength = "mx.length";

    /// <summary>Warning: the same pattern again.</summary>
    public const string MxRepeated = "mx.repeated";

    /// <summary>Warning: an IPv4 address or another name that ends in a number; it fits the grammar and matches nothing.</summary>
    public const string MxNumeric = "mx.numeric";

    /// <summary>Warning: mode <c>none</c> without <c>mx</c>.</summary>
    public const string MxNone = "mx.none";

    // Mail domains.

    /// <summary>Error: not a domain name.</summary>
    public const string DomainSyntax = "domain.syntax";

    /// <summary>Error: an IP address, or a name that ends in a number.</summary>
    public const string DomainAddress = "domain.address";

    /// <summary>Error: the name, a label, or a name made from it is too long.</summary>
    public const string DomainLength = "domain.length";

    // TXT records.

    /// <summary>Error: no record.</summary>
    public const string RecordMissing = "record.missing";

    /// <summary>Error: several records of this version.</summary>
    public const string RecordSeveral = "record.several";

    /// <summary>Warning: other TXT records stand at the name.</summary>
    public const string RecordUnrelated = "record.unrelated";

    /// <summary>Error: white space in front of <c>v</c>, or at the end without a semicolon before it.</summary>
    public const string RecordSpace = "record.space";

    /// <summary>Warning: white space between version and semicolon.</summary>
    public const string RecordSpaceBeforeDelimiter = "record.space_before_delimiter";

    /// <summary>Error: nothing between two semicolons.</summary>
    public const string RecordEmptyField = "record.empty_field";

    /// <summary>Error: no equals sign.</summary>
    public const string RecordNoEquals = "record.no_equals";

    /// <summary>Error: the record does not begin with its version.</summary>
    public const string VValue = "v.value";

    /// <summary>Warning: <c>v</c> comes again; the first counts.</summary>
    public const string VDuplicate = "v.duplicate";

    /// <summary>Error: no <c>id</c>.</summary>
    public const string IdMissing = "id.missing";

    /// <summary>Error: <c>id</c> is not 1 to 32 ASCII letters or digits.</summary>
    public const string IdSyntax = "id.syntax";

    /// <summary>Warning: <c>id</c> comes again; the first counts.</summary>
    public const string IdDuplicate = "id.duplicate";

    /// <summary>Error: no <c>rua</c>.</summary>
    public const string RuaMissing = "rua.missing";

    /// <summary>Error: not a URI with comma, exclamation point and semicolon percent-encoded.</summary>
    public const string RuaSyntax = "rua.syntax";

    /// <summary>Error: neither <c>mailto</c> nor <c>https</c>.</summary>
    public const string RuaScheme = "rua.scheme";

    /// <summary>Warning: <c>rua</c> comes again; the first counts.</summary>
    public const string RuaDuplicate = "rua.duplicate";
}
