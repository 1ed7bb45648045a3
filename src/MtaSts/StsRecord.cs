namespace MtaSts;

/// <summary>
/// The TXT record at <c>_mta-sts</c> (RFC 8461 §3.1), which tells senders that there is a policy and when it changes.
/// Stateless, safe from any thread.
/// </summary>
public static class StsRecord
{
    private const string Version = "v=STSv1";
    private const string Section = "RFC 8461 3.1";

    /// <summary>
    /// Judges the TXT RRs at the name, the strings of each already joined without separator. Where there are several, those that
    /// do not begin with <c>v=STSv1;</c> are discarded first; unless exactly one is left, the reading is invalid.
    /// Never throws for what a record holds; time and memory are linear in it.
    /// </summary>
    /// <exception cref="ArgumentNullException">The list is null.</exception>
    public static StsRecordReading Read(IReadOnlyList<string> records)
    {
        var reader = new TxtRecordReader(Version, Section);
        string? first = null;
        if (reader.Choose(records) is { } record)
        {
            foreach (var (name, value) in reader.Fields(record))
            {
                if (name != "id")
                {
                    reader.JudgeExtension(name, value);
                }
                else if (first is null)
                {
                    first = value;
                    JudgeId(reader, value);
                }
                else if (reader.JudgeValue(name, value))
                {
                    // RFC 8461 §3.2, last paragraph: all but the first SHALL be ignored; choice O-3 for a malformed one.
                    reader.Warnings.Add(SyntaxCodes.IdDuplicate, "id", null, "id comes again. The first counts, but mox rejects the record.", "RFC 8461 3.2");
                }
            }

            if (first is null && !reader.Errors.IsFull)
            {
                reader.Errors.Add(SyntaxCodes.IdMissing, "id", null, "There is no id.", Section);
            }
        }

        return new StsRecordReading(first is not null && IsValidId(first) ? first : null, reader.Errors.ToList(), reader.Warnings.ToList());
    }

    /// <summary>The record as it is published, in the form of the RFC's example: <c>v=STSv1; id=20160831085700Z;</c>.</summary>
    /// <exception cref="ArgumentException">The id is not 1 to 32 ASCII letters or digits.</exception>
    public static string Write(string id) => IsValidId(id)
        ? $"{Version}; id={id};"
        : throw new ArgumentException("An id is 1 to 32 ASCII letters or digits (RFC 8461 3.1).", nameof(id));

    /// <summary>Is it 1 to 32 ASCII letters or digits (RFC 8461 §3.1)?</summary>
    public static bool IsValidId(string? id) => id is { Length: >= 1 and <= StsLimits.MaxIdLength } && id.All(char.IsAsciiLetterOrDigit);

    private static void JudgeId(TxtRecordReader reader, string id)
    {
        if (!IsValidId(id))
        {
            reader.Errors.Add(SyntaxCodes.IdSyntax, "id", null, $"id is {SyntaxErrorList.Quote(id)}; it must be 1 to {StsLimits.MaxIdLength} ASCII letters or digits.", Section);
        }
    }
}
