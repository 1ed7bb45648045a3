namespace MtaSts.Host.Lookups;

/// <summary>What a look-up found.</summary>
/// <param name="Name">The name asked for: lower case, no final dot.</param>
/// <param name="Outcome">How it ended, at <see cref="EndName"/>.</param>
/// <param name="Records">Empty unless the outcome is <see cref="LookupOutcome.Answer"/>.</param>
/// <param name="Chain">The names that CNAMEs led to, one after the other.</param>
internal sealed record Lookup<T>(string Name, LookupOutcome Outcome, IReadOnlyList<T> Records, IReadOnlyList<string> Chain)
{
    /// <summary>Where the records stand, or where the look-up failed.</summary>
    public string EndName => Chain.Count == 0 ? Name : Chain[^1];

    /// <summary>The resolver says that DNSSEC holds for all of it (AD, RFC 4035 §3.2.3); asked for with TLSA records only.</summary>
    public bool IsValidated { get; init; }

    /// <summary>No records, for sure: nothing failed.</summary>
    public bool IsEmpty => Outcome is LookupOutcome.NoData or LookupOutcome.NoName;
}
