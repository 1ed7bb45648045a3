using System.Globalization;
using System.Text;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords;

/// <summary>Text of TXT records as in a zone file (RFC 1035 §5.1), both ways. Pure.</summary>
internal static class ZoneText
{
    private const int MostStringBytes = 255;

    /// <summary>A text as the strings of one record, each of 255 bytes at most.</summary>
    public static string Strings(string text) => text.Length == 0 ? "\"\"" : string.Join(' ', Encoding.UTF8.GetBytes(text).Chunk(MostStringBytes).Select(bytes => RecordText.Quoted(bytes)));

    /// <summary>What stands between the quotes of one string, however long.</summary>
    public static string Escaped(string text) => RecordText.Quoted(Encoding.UTF8.GetBytes(text))[1..^1];

    /// <summary>The strings of a record, joined (RFC 8461 §3.1); a text without quotes is itself. Never throws: what breaks the grammar is read as far as it goes.</summary>
    public static string ReadStrings(string written)
    {
        if (!written.StartsWith('"'))
        {
            return written;
        }

        var bytes = new List<byte>(written.Length);
        var isInside = false;
        for (var at = 0; at < written.Length; at++)
        {
            if (written[at] == '"')
            {
                isInside = !isInside;
            }
            else if (isInside && written[at] == '\\' && at + 3 < written.Length && byte.TryParse(written.AsSpan(at + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var escaped))
            {
                bytes.Add(escaped);
                at += 3;
            }
            else if (isInside)
            {
                at += written[at] == '\\' && at + 1 < written.Length ? 1 : 0;
                bytes.AddRange(Encoding.UTF8.GetBytes(written, at, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
