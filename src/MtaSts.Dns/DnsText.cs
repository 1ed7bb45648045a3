using System.Globalization;
using System.Text;

namespace MtaSts.Dns;

/// <summary>Numbers and octets as text of a zone file (RFC 1035 §5.1, RFC 3597 §5).</summary>
public static class DnsText
{
    /// <summary><c>TXT</c>, or <c>TYPE731</c> where the number has no name here.</summary>
    public static string Of(DnsType type) => type != DnsType.None && Enum.IsDefined(type) ? Upper(type.ToString()) : "TYPE" + Number((ushort)type);

    /// <summary><c>IN</c>, or <c>CLASS32</c>.</summary>
    public static string Of(DnsClass value) => value != DnsClass.Reserved && Enum.IsDefined(value) ? Upper(value.ToString()) : "CLASS" + Number((ushort)value);

    /// <summary>The word of the RFCs: <c>NXDOMAIN</c>, or <c>RCODE11</c>.</summary>
    /// <param name="code">The code.</param>
    /// <param name="ofSignature">16 is BADSIG there, and BADVERS elsewhere.</param>
    public static string Of(DnsResponseCode code, bool ofSignature = false) => (int)code switch
    {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        16 => ofSignature ? "BADSIG" : "BADVERS",
        17 => "BADKEY",
        18 => "BADTIME",
        22 => "BADTRUNC",
        _ => "RCODE" + Number((ushort)code),
    };

    /// <summary>One character-string, however long: between quotes, with <c>\"</c>, <c>\\</c>, and <c>\DDD</c> for what is not printable ASCII.</summary>
    public static string Quoted(ReadOnlySpan<byte> octets) => new StringBuilder(octets.Length + 2).AppendQuoted(octets).ToString();

    /// <summary>
    /// The text that a TXT record stands for: its strings joined with nothing between them (RFC 8461 §3.1), their octets read as UTF-8. Not only what we write is read:
    /// a text that does not begin with a quote, or breaks the grammar, is taken as it stands. Never throws.
    /// </summary>
    public static string Joined(string written)
    {
        ArgumentNullException.ThrowIfNull(written);
        if (!written.StartsWith('"'))
        {
            return written;
        }

        try
        {
            return Encoding.UTF8.GetString([.. ReadStrings(written).SelectMany(part => part.ToArray())]);
        }
        catch (FormatException)
        {
            return written;
        }
    }

    internal static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    internal static StringBuilder AppendQuoted(this StringBuilder text, ReadOnlySpan<byte> octets)
    {
        text.Append('"');
        foreach (var octet in octets)
        {
            if (octet is < 0x20 or > 0x7e)
            {
                AppendDecimal(text, octet);
                continue;
            }

            if (octet is (byte)'"' or (byte)'\\')
            {
                text.Append('\\');
            }

            text.Append((char)octet);
        }

        return text.Append('"');
    }

    internal static void AppendDecimal(StringBuilder text, byte octet) => text.Append(CultureInfo.InvariantCulture, $"\\{octet:D3}");

    /// <summary>Data of which only their length is known (RFC 3597 §5).</summary>
    internal static string Unknown(ReadOnlySpan<byte> octets) =>
        octets.IsEmpty ? "\\# 0" : $"\\# {Number(octets.Length)} {Convert.ToHexString(octets)}";

    /// <summary>Character-strings (RFC 1035 §5.1), each between quotes or up to the next blank. Non-ASCII characters stand for their octets in UTF-8.</summary>
    /// <exception cref="FormatException">A quote is missing, or there is no such octet.</exception>
    internal static List<ReadOnlyMemory<byte>> ReadStrings(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        List<ReadOnlyMemory<byte>> strings = [];
        for (var at = 0; at < octets.Length;)
        {
            if (octets[at] is (byte)' ' or (byte)'\t')
            {
                at++;
                continue;
            }

            strings.Add(ReadString(octets, ref at));
        }

        return strings;
    }

    private static byte[] ReadString(byte[] text, ref int at)
    {
        var isQuoted = text[at] == '"';
        List<byte> octets = [];
        for (at += isQuoted ? 1 : 0; at < text.Length; at++)
        {
            switch (text[at])
            {
                case (byte)'"' when isQuoted:
                    at++;
                    return [.. octets];
                case (byte)' ' or (byte)'\t' when !isQuoted:
                    return [.. octets];
                case (byte)'\\':
                    octets.Add(ReadEscaped(text, ref at));
                    break;
                case < (byte)' ':
                    throw new FormatException("A control character must be written as its number.");
                default:
                    octets.Add(text[at]);
                    break;
            }
        }

        return isQuoted ? throw new FormatException("A quote is missing.") : [.. octets];
    }

    // `\.` or `\DDD`; stays on its last character.
    private static byte ReadEscaped(byte[] text, ref int at)
    {
        at++;
        if (at < text.Length && !char.IsAsciiDigit((char)text[at]))
        {
            return text[at];
        }

        if (at + 3 > text.Length || !byte.TryParse(text.AsSpan(at, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var octet))
        {
            throw new FormatException("After a backslash stands a character, or a number of three digits up to 255.");
        }

        at += 2;
        return octet;
    }

    private static string Upper(string name) => name.ToUpperInvariant();
}
