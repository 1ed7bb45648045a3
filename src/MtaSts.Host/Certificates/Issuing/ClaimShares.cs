namespace MtaSts.Host.Certificates.Issuing;

/// <summary>How many of the free workers go to whom: late renewals first, then new names, then normal renewals; but neither new names nor renewals get less than 30 % while they wait.</summary>
/// <param name="Late">Queued before new names.</param>
/// <param name="New">Without a certificate: queued or to be looked at.</param>
/// <param name="Normal">Renewals with time left, and looks at names with a certificate.</param>
internal readonly record struct ClaimShares(int Late, int New, int Normal)
{
    private const double KeptShare = 0.3;

    /// <param name="free">Workers.</param>
    /// <param name="late">Waiting.</param>
    /// <param name="fresh">Waiting without a certificate.</param>
    /// <param name="normal">Waiting.</param>
    /// <param name="random">0 ≤ x &lt; 1: workers become free one by one, and 30 % of one is a matter of chance.</param>
    public static ClaimShares Split(int free, int late, int fresh, int normal, double random)
    {
        var keptForNew = Math.Min(fresh, (int)((KeptShare * free) + random));
        var keptForOthers = Math.Min(late + normal, (int)((KeptShare * free) + 1 - random));
        var takenLate = Math.Min(late, free - keptForNew);
        var keptForNormal = Math.Clamp(keptForOthers - takenLate, 0, normal);
        var takenNew = Math.Min(fresh, Math.Max(0, free - takenLate - keptForNormal));
        return new(takenLate, takenNew, Math.Min(normal, free - takenLate - takenNew));
    }
}
