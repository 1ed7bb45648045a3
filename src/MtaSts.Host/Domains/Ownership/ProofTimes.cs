using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains.Ownership;

/// <summary>When a proof is looked at again, and what follows from one that is lost for how long.</summary>
internal static class ProofTimes
{
    public static readonly DateTimeOffset Never = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A label that has proven nothing by then is not looked for any more, and the next request for a look gets another one.</summary>
    public static readonly TimeSpan LabelLasts = TimeSpan.FromDays(14);

    /// <summary>So far apart does a claim have to be seen twice.</summary>
    public static readonly TimeSpan ClaimTakes = TimeSpan.FromHours(24);

    /// <summary>A claim that nobody has gone on with for so long begins anew.</summary>
    public static readonly TimeSpan ClaimLasts = TimeSpan.FromDays(14);

    public static readonly TimeSpan NoRenewalAfter = TimeSpan.FromDays(7);

    public static readonly TimeSpan DormantAfter = TimeSpan.FromDays(30);

    /// <summary>A time of the next look that lies further ahead was made by a clock that was wrong.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(2);

    /// <summary>Of a domain that waits.</summary>
    public static readonly TimeSpan Slowest = TimeSpan.FromHours(6);

    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Of a domain that waits: a quarter of its label's age, a minute to six hours; after two weeks never.</summary>
    public static DateTimeOffset NextForPending(DateTimeOffset labelMadeAt, DateTimeOffset? claimSeenAt, DateTimeOffset now)
    {
        if (claimSeenAt is { } seenAt && seenAt + ClaimTakes > now && seenAt <= now)
        {
            return seenAt + ClaimTakes + First;
        }

        var age = now - labelMadeAt;
        return age >= LabelLasts ? Never : now + TimeSpan.FromTicks(Math.Clamp(age.Ticks / 4, First.Ticks, Slowest.Ticks));
    }

    /// <summary>Of a domain that was proven: each day, at a moment of its own; after a look that failed, or that found nothing, each hour.</summary>
    public static DateTimeOffset NextForProven(ProofFinding finding, DateTimeOffset? lostSince, DateTimeOffset now, Random random)
    {
        var isCalm = finding.IsProof || (lostSince is { } since && now - since >= NoRenewalAfter);
        return now + ((isCalm ? Day : Hour) * (0.9 + (0.2 * random.NextDouble())));
    }

    public static bool IsTenants(ProofKind kind) => kind is ProofKind.Alias or ProofKind.Text;
}
