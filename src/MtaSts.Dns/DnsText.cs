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

    internal static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A character-string between quotes: <c>\"</c>, <c>\\</c>, and <c>\DDD</c> for what is not printable ASCII.</summary>
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

    private static string Upper(string name) => name.ToUpperInvariant();
}
