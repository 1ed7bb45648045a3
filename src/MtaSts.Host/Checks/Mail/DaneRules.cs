using System.Net;
using System.Security.Cryptography;

namespace MtaSts.Host.Checks.Mail;

/// <summary>
/// Whether a mail server's TLSA records fit the certificates that it sends: a sender that knows DANE goes by them alone, whatever the policy says (RFC 8461 §2). Names and dates are
/// left aside: DANE-EE ignores them (RFC 7672 §3.1.1), and for DANE-TA the findings about the certificate say it. Pure.
/// </summary>
internal static class DaneRules
{
    private const string TrustAnchor = "2";
    private const string EndEntity = "3";

    /// <summary>Those that SMTP goes by (RFC 7672 §3.1): DANE-TA and DANE-EE, with selectors, matching types and lengths that there are.</summary>
    public static IReadOnlyList<string> Usable(IReadOnlyList<string> records) => [.. records.Where(IsUsable)];

    /// <summary>The addresses whose certificates none of the records fits; none where no record is usable.</summary>
    public static IReadOnlyList<IPAddress> Strangers(IReadOnlyList<string> records, IReadOnlyList<MailAddress> addresses)
    {
        var usable = Usable(records);
        return [.. addresses.Where(address => usable.Count > 0 && address.Tls is { Chain.Count: > 0 } tls && !Fits(usable, tls.Chain)).Select(address => address.Address)];
    }

    private static bool Fits(IReadOnlyList<string> usable, IReadOnlyList<CertificateFacts> chain) => usable.Any(record => record.Split(' ') switch
    {
        [EndEntity, var selector, var matching, var data] => chain.Take(1).Any(one => IsNamed(one.Digests, selector, matching, data)),
        [TrustAnchor, var selector, var matching, var data] => chain.Any(one => IsNamed(one.Digests, selector, matching, data)),
        _ => false,
    });

    private static bool IsUsable(string record) => record.Split(' ') is [TrustAnchor or EndEntity, "0" or "1", var matching, var data] && matching switch
    {
        "0" => data.Length > 0,
        "1" => data.Length == 2 * SHA256.HashSizeInBytes,
        "2" => data.Length == 2 * SHA512.HashSizeInBytes,
        _ => false,
    };

    private static bool IsNamed(CertificateDigests digests, string selector, string matching, string data) => matching switch
    {
        // The record holds the whole of it.
        "0" => Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(data))) == (selector == "0" ? digests.Whole256 : digests.Key256),
        "1" => data == (selector == "0" ? digests.Whole256 : digests.Key256),
        _ => data == (selector == "0" ? digests.Whole512 : digests.Key512),
    };
}
