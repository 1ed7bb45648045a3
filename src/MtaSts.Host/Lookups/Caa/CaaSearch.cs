namespace MtaSts.Host.Lookups.Caa;

/// <summary>
/// Climbs the tree for CAA records (RFC 8659 §3). A CNAME at a name is followed, and what stands at its end counts for that name; without
/// records there the search goes on at the parent of the name itself, not at the parents of the CNAME's target.
/// </summary>
internal static class CaaSearch
{
    /// <summary>A name of a tenant may have a hundred labels, each answered slowly.</summary>
    public static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(30);

    public static async Task<RelevantCaa> FindAsync(Resolver resolver, string name, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(longest);
        for (var at = name; ; at = at[(at.IndexOf('.', StringComparison.Ordinal) + 1)..])
        {
            try
            {
                var found = await resolver.FindCaaAsync(at, bound.Token);
                if (!found.IsEmpty)
                {
                    return new RelevantCaa(found.Outcome, found.EndName, found.Records);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return new RelevantCaa(LookupOutcome.Timeout, at, []);
            }

            if (!at.Contains('.', StringComparison.Ordinal))
            {
                return new RelevantCaa(LookupOutcome.NoData, name, []);
            }
        }
    }
}
