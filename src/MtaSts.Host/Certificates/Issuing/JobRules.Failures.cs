using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>What failed, and when and where it is tried again.</summary>
internal static partial class JobRules
{
    /// <summary>Waits for a token of our own budget.</summary>
    public const string OwnLimit = "limit.own";

    private const int CaFailuresBeforeOther = 3;

    // An order that the CA cannot go on with for as long is given up for a new one.
    private const int CaFailuresBeforeNewOrder = 10;

    private static readonly TimeSpan LongestDeferring = TimeSpan.FromDays(1);
    private static readonly TimeSpan AccountPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LimitPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan LimitSpread = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan NewKeyPause = TimeSpan.FromMinutes(1);

    public static void Failed(CertificateJob job, JobFailure failure, DateTimeOffset now, Random random, CertificateDates? inService, CaChoice choice)
    {
        (job.ReasonCode, job.Reason, job.Problem) = (failure.Code, failure.Reason, failure.Problem);
        job.LastAttemptAt = now;
        switch (failure.Kind)
        {
            case FailureKind.Name:
                FailedByName(job, failure, now, random, inService, choice);
                break;
            case FailureKind.RateLimit:
                FailedByLimit(job, failure, now, random, inService, choice);
                break;
            case FailureKind.Ca:
                job.CaFailures++;
                if (!MovedToOtherCa(job, choice) && job.CaFailures % CaFailuresBeforeNewOrder == 0)
                {
                    ClearAttempt(job);
                }

                Defer(job, failure.RetryAt ?? now + JobDelays.Pause(job.CaFailures, inService, random), now);
                break;
            case FailureKind.Account:
                job.CaFailures++;
                MovedToOtherCa(job, choice);
                // Whatever account comes next, it does not own this order.
                ClearAttempt(job);
                Defer(job, failure.RetryAt ?? now + JobDelays.Spread(AccountPause, random), now);
                break;
            case FailureKind.Own when !job.HasNewKey:
                job.HasNewKey = true;
                ClearAttempt(job);
                Defer(job, failure.RetryAt ?? now + JobDelays.Spread(NewKeyPause, random), now);
                break;
            case FailureKind.OrderGone:
                job.CaFailures++;
                ClearAttempt(job);
                Defer(job, now + JobDelays.Pause(job.CaFailures, inService, random), now);
                break;
            case FailureKind.Own or FailureKind.Blocked:
                ClearAttempt(job);
                Enter(job, JobState.Blocked, now, Never);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(failure), failure.Kind, null);
        }
    }

    /// <summary>A bucket of our own has no token for it.</summary>
    public static void NoToken(CertificateJob job, DateTimeOffset until, DateTimeOffset now)
    {
        (job.ReasonCode, job.Reason) = (OwnLimit, "Waits for its turn: only so many certificates are ordered in an hour, to stay within the limits of the CA.");
        Defer(job, until, now);
    }

    /// <summary>The breaker of the CA is open, or the CA asked for patience.</summary>
    public static void CaAway(CertificateJob job, DateTimeOffset until, DateTimeOffset now)
    {
        (job.ReasonCode, job.Reason) = ("ca.away", "The CA does not answer or asks for patience; it is tried again by itself.");
        Defer(job, until, now);
    }

    /// <summary>Something outside of the name and the CA holds it up, such as our own clock; or an order takes longer than a visit.</summary>
    public static void Held(CertificateJob job, string code, string reason, DateTimeOffset until, DateTimeOffset now)
    {
        (job.ReasonCode, job.Reason) = (code, reason);
        Defer(job, until, now);
    }

    private static void FailedByName(CertificateJob job, JobFailure failure, DateTimeOffset now, Random random, CertificateDates? inService, CaChoice choice)
    {
        job.Failures++;
        ClearAttempt(job);
        // Renewals never: what worked there says nothing, and time runs.
        if (inService is null && job.Ca == CaRole.Main && choice.Has(CaRole.Staging))
        {
            job.Ca = CaRole.Staging;
        }

        var until = now + JobDelays.Backoff(job.Failures, inService, random);
        Enter(job, JobState.Backoff, now, failure.RetryAt > until ? Bounded(failure.RetryAt.Value, now) : until);
    }

    private static void FailedByLimit(CertificateJob job, JobFailure failure, DateTimeOffset now, Random random, CertificateDates? inService, CaChoice choice)
    {
        // A limit may last for longer than the certificate.
        if (job.Ca == CaRole.Main && choice.Has(CaRole.Fallback) && inService is { } dates && dates.IsLateAt(now))
        {
            MoveTo(job, CaRole.Fallback);
            Defer(job, now, now);
            return;
        }

        // All names that were told the same time would come at the same moment.
        Defer(job, (failure.RetryAt ?? now + LimitPause) + (LimitSpread * random.NextDouble()), now);
    }

    private static bool MovedToOtherCa(CertificateJob job, CaChoice choice)
    {
        var other = job.Ca == CaRole.Main ? CaRole.Fallback : CaRole.Main;
        if (job.CaFailures % CaFailuresBeforeOther != 0 || !choice.Has(other))
        {
            return false;
        }

        MoveTo(job, other);
        return true;
    }

    private static void Defer(CertificateJob job, DateTimeOffset until, DateTimeOffset now)
    {
        if (job.OrderUrl is null)
        {
            ClearAttempt(job);
        }

        Enter(job, JobState.Deferred, now, Bounded(until, now));
    }

    private static DateTimeOffset Bounded(DateTimeOffset until, DateTimeOffset now) =>
        until > now + LongestDeferring ? now + LongestDeferring : until < now ? now : until;
}
