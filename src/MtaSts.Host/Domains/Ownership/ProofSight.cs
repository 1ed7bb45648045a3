using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains.Ownership;

/// <summary>What the servers of a domain say of its proof.</summary>
/// <param name="Alias">CNAME at `_mta-sts`; null where nobody can delegate.</param>
/// <param name="AliasBeside">CNAME at a random name beside it: what a wildcard gives.</param>
/// <param name="Text">TXT at `_mta-sts-challenge`.</param>
/// <param name="TextBeside">TXT at that random name.</param>
internal sealed record ProofSight(AskedServers? Alias, AskedServers? AliasBeside, AskedServers Text, AskedServers TextBeside);

/// <summary>One question to all servers of a zone.</summary>
internal sealed record AskedServers(ZoneServers Zone, IReadOnlyList<ServerAnswer> Answers);
