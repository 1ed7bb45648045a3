using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>In front of each CA, for all nodes: after ten failures of the CA in a row it is left alone, and then tried by one at a time. Pure.</summary>
internal static class CaBreaker
{
    private const int FailuresToOpen = 10;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LimitPause = TimeSpan.FromMinutes(10);

    /// <summary>Until when nobody may ask it; null when one may.</summary>
    public static DateTimeOffset? ClosedUntil(CaCondition condition, DateTimeOffset now) =>
        condition.LimitedUntil > now ? condition.LimitedUntil
        : condition.OpenSince is not null && condition.ProbeAt > now ? condition.ProbeAt
        : null;

    /// <summary>Whoever may ask while it is open is the probe: the others wait until its outcome is known.</summary>
    public static void Probing(CaCondition condition, DateTimeOffset now) => condition.ProbeAt = now + Pause(condition.Openings);

    public static void Failed(CaCondition condition, JobFailure failure, DateTimeOffset now)
    {
        condition.Reason = failure.Reason.Length <= 2000 ? failure.Reason : failure.Reason[..2000];
        if (failure.Kind == FailureKind.RateLimit)
        {
            var until = failure.RetryAt ?? now + LimitPause;
            condition.LimitedUntil = condition.LimitedUntil > until ? condition.LimitedUntil : until;
            return;
        }

        condition.Failures++;
        if (condition.OpenSince is not null)
        {
            condition.Openings++;
            condition.ProbeAt = now + Pause(condition.Openings);
        }
        else if (condition.Failures >= FailuresToOpen)
        {
            condition.OpenSince = now;
            condition.Openings = 1;
            condition.ProbeAt = now + Pause(condition.Openings);
        }
    }

    public static void Succeeded(CaCondition condition)
    {
        condition.Failures = 0;
        condition.Openings = 0;
        condition.OpenSince = null;
        condition.ProbeAt = null;
        condition.Reason = null;
    }

    private static TimeSpan Pause(int openings) => TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << Math.Clamp(openings - 1, 0, 10), LongestPause.Ticks));
}
