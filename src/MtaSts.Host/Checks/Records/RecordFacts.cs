using System.Net;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Records;

/// <summary>What DNS says of a domain's policy and reports.</summary>
/// <param name="Sts">At `_mta-sts`.</param>
/// <param name="TlsRpt">At `_smtp._tls`.</param>
/// <param name="Targets">Of the TLSRPT record, where there is a valid one.</param>
/// <param name="Took">The record of MTA-STS.</param>
/// <param name="ReportsTook">The record of TLSRPT with its targets.</param>
internal sealed record RecordFacts(TextFacts Sts, TextFacts TlsRpt, IReadOnlyList<TargetFacts> Targets, TimeSpan Took, TimeSpan ReportsTook);

/// <summary>What DNS says of the TXT records at one name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Seen">Through the resolver, CNAMEs followed: what a sender sees.</param>
/// <param name="Zones">By the servers of the zone of the name, and of the zone where its CNAMEs end.</param>
/// <param name="Sibling">What a server that knows the name says of one beside it that cannot be there; null: none was asked.</param>
internal sealed record TextFacts(string Name, Lookup<string> Seen, IReadOnlyList<ZoneFacts> Zones, ServerAnswer? Sibling);

/// <summary>What each server of a zone says of one name, with no cache in between.</summary>
internal sealed record ZoneFacts(string Name, ZoneServers Zone, IReadOnlyList<ServerAnswer> Answers);

/// <summary>Whether a target of the TLSRPT record is there.</summary>
/// <param name="Uri">As it stands in the record.</param>
/// <param name="Host">Its mail domain, or its host; null: none can be read from it.</param>
/// <param name="Mail">The MX records, for `mailto:`.</param>
/// <param name="V4">Addresses of the host, or of the mail domain that has no MX records; null: not asked for.</param>
/// <param name="V6">The same.</param>
internal sealed record TargetFacts(string Uri, string? Host, Lookup<MailExchange>? Mail = null, Lookup<IPAddress>? V4 = null, Lookup<IPAddress>? V6 = null);
