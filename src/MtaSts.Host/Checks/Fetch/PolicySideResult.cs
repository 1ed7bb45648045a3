namespace MtaSts.Host.Checks.Fetch;

/// <summary>What a sender finds of a domain's record and policy host.</summary>
/// <param name="Part">Steps `record`, `host`, `fetch` (one for each address), `policy`, `id`, `reports`.</param>
/// <param name="Id">Of the TXT record; null when a strict sender finds none.</param>
/// <param name="Policy">Null when a strict sender finds none: a record that counts, and a policy fetched as RFC 8461 §3.3 wants it.</param>
/// <param name="Fetched">The policy that the host gives, whatever the record says: what would hold with one.</param>
internal sealed record PolicySideResult(CheckPart Part, string? Id, StsPolicy? Policy, StsPolicy? Fetched);
