namespace MtaSts.Host.Lookups.Caa;

/// <summary>The CA that would be asked, as CAA records speak of it.</summary>
/// <param name="CaaIdentities">`caaIdentities` of its directory (RFC 8555 §7.1.1); empty: it does not tell.</param>
/// <param name="AccountUri">Our account there (RFC 8657 §3); null: not known yet.</param>
/// <param name="Challenges">The challenge types we would use: `http-01`, `tls-alpn-01`, `dns-01` (RFC 8657 §4).</param>
internal sealed record CaaIssuer(IReadOnlyList<string> CaaIdentities, string? AccountUri, IReadOnlyList<string> Challenges);
