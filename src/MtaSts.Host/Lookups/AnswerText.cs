using System.Globalization;
using System.Text;
using DnsClient.Protocol;
using MtaSts.Dns;

namespace MtaSts.Host.Lookups;

/// <summary>Data of records out of an answer as in a zone file (RFC 1035 §5.1), one spelling for each.</summary>
internal static class AnswerText
{
    /// <returns>Null for types that are not written here.</returns>
    public static string? Of(DnsResourceRecord record) => record switch
    {
        AddressRecord address => address.Address.ToString(),
        // `EscapedText` leaves backslashes as they are, so that some bytes look alike there. In `Text` those do that are no UTF-8.
        TxtRecord txt => string.Join(' ', txt.Text.Select(text => DnsText.Quoted(Encoding.UTF8.GetBytes(text)))),
        CaaRecord caa => string.Create(CultureInfo.InvariantCulture, $"{caa.Flags} {caa.Tag} {DnsText.Quoted(CaaBytes(caa.Value))}"),
        // `Value` keeps A-labels as they are.
        CNameRecord alias => Name(alias.CanonicalName.Value),
        NsRecord ns => Name(ns.NSDName.Value),
        MxRecord mx => string.Create(CultureInfo.InvariantCulture, $"{mx.Preference} {Name(mx.Exchange.Value)}"),
        SoaRecord soa => string.Create(
            CultureInfo.InvariantCulture,
            $"{Name(soa.MName.Value)} {Name(soa.RName.Value)} {soa.Serial} {soa.Refresh} {soa.Retry} {soa.Expire} {soa.Minimum}"),
        _ => null,
    };

    // The library writes a quote as `\"` and what is not printable as `\DDD`; a backslash it leaves alone.
    private static byte[] CaaBytes(string value)
    {
        var bytes = new List<byte>(value.Length);
        for (var at = 0; at < value.Length; at++)
        {
            if (value[at] != '\\')
            {
                bytes.Add((byte)value[at]);
            }
            else if (at + 3 < value.Length && byte.TryParse(value.AsSpan(at + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var escaped))
            {
                bytes.Add(escaped);
                at += 3;
            }
            else if (at + 1 == value.Length || value[at + 1] != '"')
            {
                bytes.Add((byte)'\\');
            }
        }

        return [.. bytes];
    }

    private static string Name(string name) => name.TrimEnd('.').ToLowerInvariant() + ".";
}
