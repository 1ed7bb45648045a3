using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// The breaker in front of a CA, over its row: a CA that fails for name after name is left alone, then tried with one name at a time. Its rate limits
/// are no failures.
/// </summary>
internal static class CaBreaker
{
    public const int FailuresToOpen = 10;

    private static readonly TimeSpan FirstOpening = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestOpening = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LongestLimiting = TimeSpan.FromHours(1);

    // One that tries and dies lets the next one try then.
    private static readonly TimeSpan ProbeTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    /// <summary>Only an answer that shows the CA at work counts: something issued, or a name refused for good reasons.</summary>
    public static void Succeeded(CaCondition ca) =>
        (ca.Failures, ca.Openings, ca.OpenSince, ca.ProbeAt, ca.LastHost, ca.Limitings, ca.Reason) = (0, 0, null, null, null, 0, null);

    public static void Failed(CaCondition ca, string host, string reason, DateTimeOffset now)
    {
        ca.Reason = reason;
        if (ca.OpenSince is null)
        {
            // In a row over different names: one that fails again and again may be special.
            if (ca.LastHost != host)
            {
                ca.Failures++;
                ca.LastHost = host;
            }

            if (ca.Failures < FailuresToOpen)
            {
                return;
            }

            ca.OpenSince = now;
        }
        else if (ca.LastHost != host)
        {
            // Names that were under way when it opened tell nothing new; the one that tries does.
            return;
        }

        ca.LastHost = null;
        ca.Openings++;
        ca.ProbeAt = now + Doubled(FirstOpening, ca.Openings, LongestOpening);
    }

    /// <summary>
    /// The CA refused for a limit. Which one only its text tells: the account's holds up all names, one of a tenant's domain nobody else. So all wait
    /// for a moment that doubles while nothing is issued, the name itself for as long as it was told.
    /// </summary>
    public static void RateLimited(CaCondition ca, DateTimeOffset? retryAt, DateTimeOffset now)
    {
        ca.Limitings++;
        var until = now + Doubled(FirstOpening, ca.Limitings, LongestLimiting);
        ca.LimitedUntil = retryAt < until ? retryAt : until;
    }

    /// <summary>Times in the future come from a clock that was ahead: the CA may be tried now.</summary>
    public static void ClockWasWrong(CaCondition ca, DateTimeOffset now)
    {
        ca.OpenSince = ca.OpenSince > now ? now : ca.OpenSince;
        ca.ProbeAt = ca.ProbeAt > now ? now : ca.ProbeAt;
        ca.LimitedUntil = ca.LimitedUntil > now ? null : ca.LimitedUntil;
    }

    public static bool IsOpen(CaCondition? ca) => ca?.OpenSince is not null;

    public static bool IsAwayForLong(CaCondition? ca, DateTimeOffset now) => ca?.OpenSince is { } since && now - since >= Long;

    /// <summary>When somebody may ask the CA: now or earlier while it is well.</summary>
    public static DateTimeOffset MayTryAt(CaCondition? ca) => ca is { OpenSince: not null } ? ca.ProbeAt ?? DateTimeOffset.MinValue : DateTimeOffset.MinValue;

    /// <summary>May this name go to the CA now? While it is open, one may at a time: taking the turn changes the row, so it belongs in a transaction.</summary>
    public static bool TryEnter(CaCondition ca, string host, DateTimeOffset now)
    {
        if (ca.OpenSince is null)
        {
            return true;
        }

        if (ca.ProbeAt > now)
        {
            return false;
        }

        ca.ProbeAt = now + ProbeTime;
        ca.LastHost = host;
        return true;
    }

    private static TimeSpan Doubled(TimeSpan first, int times, TimeSpan longest)
    {
        var doubled = first * Math.Pow(2, Math.Clamp(times, 1, 20) - 1);
        return doubled < longest ? doubled : longest;
    }
}
