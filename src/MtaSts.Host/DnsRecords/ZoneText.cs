using System.Globalization;
using System.Text;

namespace MtaSts.Host.DnsRecords;

/// <summary>Text of records as in a zone file (RFC 1035 §5.1), both ways. Pure.</summary>
internal static class ZoneText
{
    private const int MostStringBytes = 255;

    /// <summary>A text as the strings of one TXT record: quoted, in pieces of 255 bytes, what is not printable ASCII as `\DDD`.</summary>
    public static string Strings(string text)
    {
        var written = new StringBuilder("\"");
        var length = 0;
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (length++ == MostStringBytes)
            {
                written.Append("\" \"");
                length = 1;
            }

            written.Append(Character(value));
        }

        return written.Append('"').ToString();
    }

    /// <summary>What stands between quotes, escaped: one string, however long.</summary>
    public static string Inner(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(Character));

    /// <summary>The strings of a TXT record, joined (RFC 8461 §3.1); a text without quotes is itself. Never throws: what breaks the grammar is read as far as it goes.</summary>
    public static string ReadStrings(string written)
    {
        if (!written.StartsWith('"'))
        {
            return written;
        }

        var bytes = new List<byte>(written.Length);
        var inside = false;
        for (var at = 0; at < written.Length; at++)
        {
            if (written[at] == '"')
            {
                inside = !inside;
            }
            else if (inside && written[at] == '\\' && at + 3 < written.Length && byte.TryParse(written.AsSpan(at + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var escaped))
            {
                bytes.Add(escaped);
                at += 3;
            }
            else if (inside)
            {
                at += written[at] == '\\' && at + 1 < written.Length ? 1 : 0;
                bytes.AddRange(Encoding.UTF8.GetBytes(written, at, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static string Character(byte value) => value switch
    {
        (byte)'"' or (byte)'\\' => $"\\{(char)value}",
        < 0x20 or > 0x7e => string.Create(CultureInfo.InvariantCulture, $"\\{value:D3}"),
        _ => ((char)value).ToString(),
    };
}
