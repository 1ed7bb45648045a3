using System.Net;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Mail;

/// <summary>One mail server's name and what stands behind it.</summary>
/// <param name="Name">As in the MX record, lower case, no final dot: the name that patterns and certificates are compared with (RFC 8461 §4.1, §4.2).</param>
/// <param name="Preference">Of its MX record; 0 for the implicit one.</param>
/// <param name="V4">How the look-up of its A records ended.</param>
/// <param name="V6">And of its AAAA records.</param>
/// <param name="Aliases">Where CNAMEs at the name lead, one after the other.</param>
/// <param name="Addresses">Looked at.</param>
/// <param name="NotLookedAt">Further addresses, past the limit.</param>
/// <param name="Tlsa">What stands at `_25._tcp.` and the name.</param>
/// <param name="Took">For the look-ups and all addresses.</param>
internal sealed record MailHost(
    string Name,
    int Preference,
    LookupOutcome V4,
    LookupOutcome V6,
    IReadOnlyList<string> Aliases,
    IReadOnlyList<MailAddress> Addresses,
    IReadOnlyList<IPAddress> NotLookedAt,
    TlsaFacts Tlsa,
    TimeSpan Took)
{
    /// <summary>An MX record must hold a name (RFC 1035 §3.3.9); no top-level domain is a number.</summary>
    public bool IsAddress => IsAddressName(Name);

    public static bool IsAddressName(string name) => name[(name.LastIndexOf('.') + 1)..].All(char.IsAsciiDigit) || name.Contains(':', StringComparison.Ordinal);
}

/// <summary>TLSA records of a host (RFC 7672 §2.2).</summary>
/// <param name="Lookup">How the look-up ended.</param>
/// <param name="Records">As in a zone file.</param>
/// <param name="IsValidated">The resolver says that DNSSEC holds (AD); false also where it does not check.</param>
internal sealed record TlsaFacts(LookupOutcome Lookup, IReadOnlyList<string> Records, bool IsValidated);
