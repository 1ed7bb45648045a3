using System.Globalization;
using System.Text;

namespace MtaSts.Host.DnsRecords;

/// <summary>Text of TXT records out of a zone file (RFC 1035 §5.1), whoever wrote it; what we write ourselves is <see cref="RecordText"/>'s. Pure.</summary>
internal static class ZoneText
{
    /// <summary>What stands between the quotes of one string, however long.</summary>
    public static string Escaped(string text) => Lookups.RecordText.Quoted(Encoding.UTF8.GetBytes(text))[1..^1];

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
