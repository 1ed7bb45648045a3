using System.Buffers;

namespace MtaSts;

/// <summary>
/// What the records of RFC 8461 §3.1 and RFC 8460 §3 share: choosing among several TXT RRs, and the grammar
/// version *(delimiter field) [delimiter], where a delimiter is a semicolon with white space around it.
/// </summary>
internal sealed class TxtRecordReader(string version, string section)
{
    private static readonly char[] WhiteSpace = [' ', '\t'];

    // %x21-3A / %x3C / %x3E-7E: neither = nor ; nor space.
    private static readonly SearchValues<char> ValueCharacters =
        SearchValues.Create(string.Concat(Enumerable.Range(0x21, 0x7F - 0x21).Select(code => (char)code).Where(c => c is not ('=' or ';'))));

    private readonly HashSet<string> _extensions = [];

    public SyntaxErrorList Errors { get; } = new();

    public SyntaxErrorList Warnings { get; } = new();

    /// <summary>The one record to judge, or null where senders would see none.</summary>
    public string? Choose(IReadOnlyList<string> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (records.Count == 1)
        {
            // Discarding is for several RRs only; one alone is judged by the grammar (choice O-1).
            return records[0];
        }

        var candidates = records.Where(record => record.StartsWith(version + ";", StringComparison.Ordinal)).ToList();
        if (candidates.Count == 1)
        {
            Warnings.Add(SyntaxCodes.RecordUnrelated, null, null, "Other TXT records stand at this name. They are discarded, but maddy and checkdmarc do not cope.", section);
            return candidates[0];
        }

        if (candidates.Count == 0)
        {
            Errors.Add(SyntaxCodes.RecordMissing, null, null, records.Count == 0 ? "There is no TXT record." : $"None of the TXT records begins with {version}; (with the semicolon).", section);
        }
        else
        {
            Errors.Add(SyntaxCodes.RecordSeveral, null, null, $"{candidates.Count} TXT records begin with {version}; there must be exactly one.", section);
        }

        return null;
    }

    /// <summary>The fields after the version, in their order; what is no field becomes an error.</summary>
    public IEnumerable<(string Name, string Value)> Fields(string record)
    {
        var end = record.IndexOf(';', StringComparison.Ordinal);
        JudgeVersion(end < 0 ? record : record[..end], isLast: end < 0);
        while (end >= 0 && !Errors.IsFull)
        {
            var start = end + 1;
            end = record.IndexOf(';', start);
            var part = end < 0 ? record[start..] : record[start..end];
            var field = part.Trim(WhiteSpace);
            if (field.Length == 0)
            {
                if (end >= 0)
                {
                    Errors.Add(SyntaxCodes.RecordEmptyField, null, null, "Nothing stands between two semicolons.", section);
                }

                continue;
            }

            if (end < 0 && WhiteSpace.Contains(part[^1]))
            {
                // Choice O-7: mox takes it, the grammar has white space only around semicolons (and commas of rua).
                Errors.Add(SyntaxCodes.RecordSpace, null, null, "White space at the end is only allowed after a semicolon.", section);
            }

            if (Split(field) is { } pair)
            {
                yield return pair;
            }
        }
    }

    /// <summary>A field that is none of the record's own: ignored when well-formed (RFC 8461 §3.2, last paragraph; RFC 8460 §3).</summary>
    public void JudgeExtension(string name, string value)
    {
        if (!FieldName.IsValid(name))
        {
            Errors.Add(SyntaxCodes.FieldName, null, null, $"{SyntaxErrorList.Quote(name)} is not a field's name: 1 to 32 letters, digits, _ - and dots, a letter or digit first.", section);
        }
        else if (JudgeValue(name, value) && !Warnings.IsFull)
        {
            if (name == "v")
            {
                Warnings.Add(SyntaxCodes.VDuplicate, name, null, "The version comes again; the first counts.", section);
            }
            else if (_extensions.Add(name))
            {
                Warnings.Add(SyntaxCodes.FieldUnknown, name, null, "Senders ignore this field.", section);
            }
            else
            {
                Warnings.Add(SyntaxCodes.FieldDuplicate, name, null, "This field comes again; the first counts.", section);
            }
        }
    }

    /// <summary>Is it the value of a field by the grammar for extensions? If not, that is an error.</summary>
    public bool JudgeValue(string name, string value)
    {
        var valid = value.Length > 0 && !value.AsSpan().ContainsAnyExcept(ValueCharacters);
        if (!valid)
        {
            Errors.Add(SyntaxCodes.FieldValue, name, null, $"The value of {name} must be printable ASCII without space, = and semicolon, and not empty.", section);
        }

        return valid;
    }

    private void JudgeVersion(string part, bool isLast)
    {
        var trimmed = part.Trim(WhiteSpace);
        if (trimmed != version)
        {
            Errors.Add(SyntaxCodes.VValue, "v", null, $"The record must begin with exactly {version}, in this case; it begins with {SyntaxErrorList.Quote(part)}.", section);
            return;
        }

        if (part[0] != version[0])
        {
            Errors.Add(SyntaxCodes.RecordSpace, "v", null, "White space stands before the version.", section);
        }

        if (part[^1] != version[^1])
        {
            if (isLast)
            {
                Errors.Add(SyntaxCodes.RecordSpace, "v", null, "White space at the end is only allowed after a semicolon.", section);
            }
            else
            {
                // Choice O-1: the grammar's delimiter has white space on both sides (erratum 6285), so the record is valid.
                Warnings.Add(SyntaxCodes.RecordSpaceBeforeDelimiter, "v", null, $"Senders that look for {version}; do not see this record, because of the white space before the semicolon.", section);
            }
        }
    }

    private (string Name, string Value)? Split(string field)
    {
        var equals = field.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            Errors.Add(SyntaxCodes.RecordNoEquals, null, null, $"{SyntaxErrorList.Quote(field)} has no equals sign.", section);
            return null;
        }

        var name = field[..equals].TrimEnd(WhiteSpace);
        var value = field[(equals + 1)..].TrimStart(WhiteSpace);
        if (name.Length + 1 + value.Length < field.Length)
        {
            Errors.Add(SyntaxCodes.FieldSpace, FieldName.IsValid(name) ? name : null, null, "White space stands around the equals sign.", section);
        }

        return (name, value);
    }
}
