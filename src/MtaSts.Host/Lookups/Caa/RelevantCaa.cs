namespace MtaSts.Host.Lookups.Caa;

/// <summary>The relevant CAA records of a name (RFC 8659 §3).</summary>
/// <param name="Outcome"><see cref="LookupOutcome.Answer"/>: found; <see cref="LookupOutcome.NoData"/>: none up to the top; else why the search ended.</param>
/// <param name="Name">Where they stand, or where the search failed; the name itself when there are none.</param>
/// <param name="Properties">Empty unless found.</param>
internal sealed record RelevantCaa(LookupOutcome Outcome, string Name, IReadOnlyList<CaaProperty> Properties);
