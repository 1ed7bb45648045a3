using System.Text;

namespace MtaSts;

/// <summary>
/// Reads the text of a policy by the grammar of RFC 8461 §3.2, strictly, and reports everything that is wrong at once.
/// Time and memory are linear in the text, whatever it holds. Stateless, safe from any thread.
/// </summary>
public static class StsPolicyParser
{
    private static ReadOnlySpan<byte> WhiteSpace => " \t"u8;

    /// <summary>Judges the octets as they were fetched. Never throws, also not for other encodings or binary data.</summary>
    public static StsPolicyReading Read(ReadOnlySpan<byte> text)
    {
        var errors = new SyntaxErrorList();
        var warnings = new SyntaxErrorList();
        var fields = new StsPolicyFields(errors, warnings);
        CheckSize(text.Length, warnings);
        if (text.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || text.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            // RFC 8461 §3.2: UTF-8. Every line would be an error, so one is told and none of the consequences.
            errors.Add(SyntaxCodes.BodyUtf16, null, 1, "The text is UTF-16; a policy is UTF-8.", "RFC 8461 3.2");
            return fields.ToReading(judgeMissing: false);
        }

        if (text.StartsWith(Encoding.UTF8.Preamble))
        {
            errors.Add(SyntaxCodes.BodyBom, null, 1, "A byte order mark stands before the first key and becomes part of it.", "RFC 8461 3.2");
            text = text[Encoding.UTF8.Preamble.Length..];
        }

        ReadLines(text, fields, errors, warnings);
        return fields.ToReading(judgeMissing: !errors.IsFull);
    }

    private static void ReadLines(ReadOnlySpan<byte> text, StsPolicyFields fields, SyntaxErrorList errors, SyntaxErrorList warnings)
    {
        var (lf, crlf) = (false, false);
        var number = 0;
        var rest = text;
        while (!rest.IsEmpty && !errors.IsFull)
        {
            number++;
            var end = rest.IndexOfAny((byte)'\r', (byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[end..];
            ReadLine(line, number, fields, errors);
            if (rest.StartsWith("\r\n"u8))
            {
                crlf = true;
                rest = rest[2..];
            }
            else if (rest.StartsWith("\n"u8))
            {
                lf = true;
                rest = rest[1..];
            }
            else if (!rest.IsEmpty)
            {
                // RFC 8461 §3.2: sts-policy-term is LF or CRLF. Reading goes on as if the line ended here, which is what was meant.
                errors.Add(SyntaxCodes.LineBareCr, null, number, "A carriage return without line feed does not end a line.", "RFC 8461 3.2");
                rest = rest[1..];
            }
        }

        if (lf && crlf)
        {
            warnings.Add(SyntaxCodes.LineMixedEnds, null, null, "Some lines end with LF and some with CRLF; checkdmarc does not read that.", "RFC 8461 3.2");
        }

        if (!text.IsEmpty && text[^1] is not ((byte)'\n' or (byte)'\r'))
        {
            warnings.Add(SyntaxCodes.LineNoFinalEnd, null, number, "The last line has no end. That is allowed, but a text cut short looks the same.", "RFC 8461 3.2");
        }
    }

    private static void ReadLine(ReadOnlySpan<byte> line, int number, StsPolicyFields fields, SyntaxErrorList errors)
    {
        var field = line.Trim(WhiteSpace);
        if (field.IsEmpty)
        {
            errors.Add(SyntaxCodes.LineBlank, null, number, "A policy has no blank lines, also not at its end.", "RFC 8461 3.2");
            return;
        }

        if (WhiteSpace.Contains(line[0]))
        {
            errors.Add(SyntaxCodes.LineLeadingSpace, null, number, "White space stands before the key; lines are not folded either.", "RFC 8461 3.2");
        }

        var colon = field.IndexOf((byte)':');
        if (colon < 0)
        {
            errors.Add(SyntaxCodes.LineNoColon, null, number, $"{SyntaxErrorList.Quote(field)} has no colon.", "RFC 8461 3.2");
            return;
        }

        var key = field[..colon].TrimEnd(WhiteSpace);
        if (key.Length < colon)
        {
            errors.Add(SyntaxCodes.FieldSpace, null, number, "White space stands between key and colon.", "RFC 8461 3.2");
        }

        fields.Add(key, field[(colon + 1)..].TrimStart(WhiteSpace), number);
    }

    private static void CheckSize(int length, SyntaxErrorList warnings)
    {
        // An older chasquid stops at this size; RFC 8461 §3.3 only names 64 KiB, as advice to both sides.
        const int SmallestLimit = 10 * 1024;
        if (length > StsLimits.MaxBodyBytes)
        {
            warnings.Add(SyntaxCodes.BodySize, null, null, "The policy is longer than 64 KiB; most senders do not read it.", "RFC 8461 3.3");
        }
        else if (length > SmallestLimit)
        {
            warnings.Add(SyntaxCodes.BodySize, null, null, "The policy is longer than 10 KiB; chasquid reads no more.", "RFC 8461 3.3");
        }
    }
}
