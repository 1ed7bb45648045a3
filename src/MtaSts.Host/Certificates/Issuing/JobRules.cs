using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// What follows from what happened to a job: its next state and when it is due. Pure: changes the job given and nothing else, so that the
/// service and a simulation of months run the same rules.
/// </summary>
internal static class JobRules
{
    /// <summary>Nobody looks at it by itself.</summary>
    public static readonly DateTimeOffset Never = DateTimeOffset.MaxValue;

    /// <summary>Waits for a token of our own budget.</summary>
    public const string OwnLimit = "limit.own";

    private const int CaFailuresUntilFallback = 3;

    // An order that still cannot be brought to its end is given up.
    private const int CaFailuresOfAnOrder = 5;

    // At most five failed authorizations an hour for a name is Let's Encrypt's limit; this never comes near.
    private static readonly TimeSpan[] NameBackoff = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(100), TimeSpan.FromHours(24)];
    private static readonly TimeSpan LastOfShortLife = TimeSpan.FromHours(6);
    private static readonly TimeSpan ShortestLook = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestLook = TimeSpan.FromHours(6);
    private static readonly TimeSpan DormantAfter = TimeSpan.FromDays(30);
    private static readonly TimeSpan DormantLook = TimeSpan.FromDays(7);
    private static readonly TimeSpan CaPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestCaPause = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LimitPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan AccountPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan OrderGonePause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OrderVisit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan BreakerOpenLong = TimeSpan.FromHours(1);
    private static readonly TimeSpan AskAgain = TimeSpan.FromHours(6);
    private static readonly TimeSpan AskAgainWithoutInfo = TimeSpan.FromHours(24);
    private static readonly TimeSpan ShortestAsk = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestAsk = TimeSpan.FromDays(1);

    public static CertificateJob New(string host, DateTimeOffset now, double jitter) => new()
    {
        HostName = host,
        State = JobState.DnsWait,
        Since = now,
        DueAt = now,
        Priority = JobPriority.New,
        Jitter = jitter,
    };

    /// <summary>A certificate that is there already, such as one that was imported: nothing is ordered before its time.</summary>
    public static void Adopted(CertificateJob job, CertificateDates dates, DateTimeOffset now, Random random)
    {
        Issued(job, dates, null, now, random);
        job.LastIssuedAt = dates.NotBefore;
    }

    public static void PreflightPassed(CertificateJob job, DateTimeOffset now)
    {
        job.UnreachableSince = null;
        if (job.State is JobState.DnsWait or JobState.Dormant or JobState.Backoff)
        {
            Enter(job, JobState.Queued, now, now);
        }
    }

    /// <summary>Looked at again after as long as it has waited already: a minute, doubling, to six hours; after 30 days once a week.</summary>
    public static void PreflightFailed(CertificateJob job, string code, string reason, DateTimeOffset now, Random random)
    {
        job.UnreachableSince ??= now;
        var waited = now - job.UnreachableSince.Value;
        if (waited >= DormantAfter)
        {
            Enter(job, JobState.Dormant, now, now + Spread(DormantLook, random), code, reason);
            return;
        }

        var wait = waited < ShortestLook ? ShortestLook : waited > LongestLook ? LongestLook : waited;
        Enter(job, JobState.DnsWait, now, now + Spread(wait, random), code, reason);
    }

    /// <summary>
    /// Our look may be wrong where the CA's is not, and it must not let a certificate run out: with a quarter of its life left the CA is
    /// asked all the same.
    /// </summary>
    public static bool MayOrderDespite(DateTimeOffset now, CertificateDates? inService) =>
        inService is { } dates && dates.RemainingShare(now) < JobPriority.LateShare;

    public static void Started(CertificateJob job, DateTimeOffset now)
    {
        ClearAttempt(job);
        job.LastAttemptAt = now;
        job.Step = JobStep.Order;
        Enter(job, JobState.Running, now, now);
    }

    /// <summary>The CA needs more time than one visit takes.</summary>
    public static void NotYet(CertificateJob job, DateTimeOffset now) => job.DueAt = now + OrderVisit;

    public static void Issued(CertificateJob job, CertificateDates dates, string? ariCertificateId, DateTimeOffset now, Random random)
    {
        ClearAttempt(job);
        job.Ca = CaRole.Main;
        job.Failures = 0;
        job.CaFailures = 0;
        job.UnreachableSince = null;
        job.RenewNow = false;
        job.IsRevoked = false;
        job.LastIssuedAt = now;
        job.Jitter = random.NextDouble();
        job.RenewAt = RenewalPlan.RenewAt(dates, job.Jitter);
        // RFC 9773: a window belongs to one certificate.
        job.AriCertificateId = ariCertificateId;
        job.AriStart = null;
        job.AriEnd = null;
        job.AriExplanation = null;
        job.AriCheckAt = ariCertificateId is null ? null : now + Spread(AskAgain, random);
        job.Problem = null;
        job.Priority = JobPriority.Renewal;
        Enter(job, JobState.Idle, now, now);
        Rest(job);
    }

    /// <summary>The name is ready: now the CA whose certificates are trusted.</summary>
    public static void PassedStaging(CertificateJob job, DateTimeOffset now)
    {
        ClearAttempt(job);
        job.Ca = CaRole.Main;
        Enter(job, JobState.Queued, now, now);
    }

    public static void Failed(CertificateJob job, JobFailure failure, DateTimeOffset now, Random random, CertificateDates? inService, CaChoice choice)
    {
        job.Problem = failure.Problem ?? job.Problem;
        switch (failure.Kind)
        {
            case FailureKind.Name:
                ClearAttempt(job);
                job.Failures++;
                if (inService is null && choice.HasStaging && job.Ca == CaRole.Main)
                {
                    job.Ca = CaRole.Staging;
                }

                Enter(job, JobState.Backoff, now, Later(failure.RetryAt, now + Spread(Backoff(job.Failures, inService), random)), failure.Code, failure.Reason);
                break;
            case FailureKind.Blocked:
                ClearAttempt(job);
                Enter(job, JobState.Blocked, now, Never, failure.Code, failure.Reason);
                break;
            case FailureKind.Own when job.ReasonCode == failure.Code:
                ClearAttempt(job);
                Enter(job, JobState.Blocked, now, Never, failure.Code, failure.Reason);
                break;
            case FailureKind.Own:
                ClearAttempt(job);
                Defer(job, failure, now + Spread(CaPause, random), now);
                break;
            case FailureKind.OrderGone:
                ClearAttempt(job);
                Defer(job, failure, now + OrderGonePause, now);
                break;
            case FailureKind.RateLimit:
                Defer(job, failure, failure.RetryAt ?? now + Spread(LimitPause, random), now);
                break;
            case FailureKind.Account:
                Defer(job, failure, failure.RetryAt ?? now + Spread(AccountPause, random), now);
                break;
            default:
                CaFailed(job, failure, now, random, choice);
                break;
        }
    }

    /// <summary>Its turn has not come: our own budget. It stays due, and is claimed when there is a token.</summary>
    public static void NoToken(CertificateJob job, DateTimeOffset until, DateTimeOffset now) =>
        Enter(job, JobState.Queued, now, job.Priority == JobPriority.New ? now : until, OwnLimit, "Waits for its turn: so many orders an hour are our own limit in front of the CA's.");

    /// <summary>The CA is left alone. A certificate that is late goes to the second one.</summary>
    public static void CaAway(CertificateJob job, DateTimeOffset until, DateTimeOffset? openSince, string? reason, DateTimeOffset now, CertificateDates? inService, CaChoice choice)
    {
        if (choice.HasFallback && job.Ca == CaRole.Main && now - openSince >= BreakerOpenLong && MayOrderDespite(now, inService))
        {
            TakeFallback(job, now);
            return;
        }

        Deferred(job, "ca.away", reason ?? "The CA is away; it is left alone for a while.", until, now);
    }

    public static void Deferred(CertificateJob job, string code, string reason, DateTimeOffset until, DateTimeOffset now) =>
        // An order under way stays so: whoever comes next goes on with it.
        Enter(job, job.OrderUrl is null ? JobState.Deferred : JobState.Running, now, until, code, reason);

    public static bool IsRenewalDue(CertificateJob job, CertificateDates? inService, DateTimeOffset now) =>
        job.IsRevoked || inService is null
        || ((job.RenewNow || job.RenewAt <= now) && !(job.LastIssuedAt + RenewalPlan.Floor(inService.Value) > now));

    /// <summary>Nothing to do before the renewal, or before the CA is asked for its window again.</summary>
    public static void Rest(CertificateJob job)
    {
        var due = job.RenewAt ?? Never;
        job.DueAt = job.AriCheckAt < due ? job.AriCheckAt.Value : due;
    }

    /// <summary>Between two issues lies a floor: it is due, but not yet.</summary>
    public static void Rest(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        Rest(job);
        if (job.DueAt <= now && inService is { } dates)
        {
            job.DueAt = job.LastIssuedAt + RenewalPlan.Floor(dates) ?? now;
        }
    }

    public static void RenewalDue(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        job.Priority = inService is { } dates ? JobPriority.OfRenewal(job.IsRevoked, job.RenewNow, dates.RemainingShare(now)) : JobPriority.New;
        Enter(job, JobState.Queued, now, now);
    }

    /// <summary>Somebody wants it now: also the way out of blocked and dormant.</summary>
    public static void RenewalRequested(CertificateJob job, DateTimeOffset now)
    {
        if (job.State == JobState.Retired)
        {
            return;
        }

        job.RenewNow = true;
        job.UnreachableSince = null;
        job.DueAt = now;
        if (job.State is JobState.Blocked or JobState.Dormant or JobState.Backoff or JobState.DnsWait)
        {
            Enter(job, JobState.DnsWait, now, now, job.ReasonCode, job.Reason);
        }
    }

    /// <summary>The certificate in service is revoked: it is presented until the next one is there, which comes before all others.</summary>
    public static void Revoked(CertificateJob job, DateTimeOffset now)
    {
        ClearAttempt(job);
        job.IsRevoked = true;
        job.Priority = JobPriority.Revoked;
        Enter(job, JobState.Queued, now, now);
    }

    /// <summary>RFC 9773 §4.2. A window in the past, while the certificate is young, is how a revocation by the CA is noticed.</summary>
    public static void RenewalInfo(
        CertificateJob job, DateTimeOffset? start, DateTimeOffset? end, string? explanation, TimeSpan? retryAfter, DateTimeOffset now, Random random, CertificateDates? inService)
    {
        if (start is null || end is null || inService is not { } dates)
        {
            job.AriCheckAt = now + Spread(AskAgainWithoutInfo, random);
            return;
        }

        job.AriCheckAt = now + Bounded(retryAfter ?? AskAgain);
        if (job.AriStart == start && job.AriEnd == end)
        {
            // Once for each window: drawn again at each look, the earliest draw would win.
            return;
        }

        (job.AriStart, job.AriEnd, job.AriExplanation) = (start, end, explanation);
        job.RenewAt = RenewalPlan.RenewAt(dates, start.Value, end.Value, random.NextDouble());
        job.IsRevoked |= end <= now && now < RenewalPlan.RenewAt(dates, jitter: 1);
    }

    /// <summary>§4.3.3: the last window holds.</summary>
    public static void RenewalInfoFailed(CertificateJob job, TimeSpan? retryAfter, DateTimeOffset now) =>
        job.AriCheckAt = now + Bounded(retryAfter ?? AskAgain);

    /// <summary>No longer served. The row, and the key with it, go when the last certificate has run out.</summary>
    public static void Unpublished(CertificateJob job, DateTimeOffset? notAfter, DateTimeOffset now)
    {
        ClearAttempt(job);
        Enter(job, JobState.Retired, now, notAfter > now ? notAfter.Value : now);
    }

    public static void PublishedAgain(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        job.UnreachableSince = null;
        if (inService is { } dates && dates.NotAfter > now)
        {
            job.RenewAt ??= RenewalPlan.RenewAt(dates, job.Jitter);
            Enter(job, JobState.Idle, now, now);
            Rest(job);
            return;
        }

        job.Priority = JobPriority.New;
        Enter(job, JobState.DnsWait, now, now);
    }

    private static void CaFailed(CertificateJob job, JobFailure failure, DateTimeOffset now, Random random, CaChoice choice)
    {
        job.CaFailures++;
        if (choice.HasFallback && job.CaFailures >= CaFailuresUntilFallback && job.Ca != CaRole.Staging)
        {
            if (job.Ca == CaRole.Main)
            {
                TakeFallback(job, now);
                return;
            }

            ClearAttempt(job);
            job.Ca = CaRole.Main;
            job.CaFailures = 0;
        }

        if (job.CaFailures >= CaFailuresOfAnOrder && job.CaFailures % CaFailuresOfAnOrder == 0)
        {
            ClearAttempt(job);
        }

        var pause = TimeSpan.FromTicks(Math.Min(CaPause.Ticks << Math.Min(job.CaFailures, 10) >> 1, LongestCaPause.Ticks));
        Defer(job, failure, Later(failure.RetryAt, now + Spread(pause, random)), now);
    }

    private static void TakeFallback(CertificateJob job, DateTimeOffset now)
    {
        ClearAttempt(job);
        job.Ca = CaRole.Fallback;
        job.CaFailures = 0;
        Enter(job, JobState.Queued, now, now);
    }

    private static void Defer(CertificateJob job, JobFailure failure, DateTimeOffset until, DateTimeOffset now) => Deferred(job, failure.Code, failure.Reason, until, now);

    private static TimeSpan Backoff(int failures, CertificateDates? inService)
    {
        var step = NameBackoff[Math.Min(failures, NameBackoff.Length) - 1];
        return inService is { } dates && RenewalPlan.IsShort(dates) && step > LastOfShortLife ? LastOfShortLife : step;
    }

    private static void ClearAttempt(CertificateJob job)
    {
        job.Step = JobStep.None;
        job.OrderUrl = null;
        job.OrderedAt = null;
        job.SealedKey = null;
        job.CertificateUrl = null;
    }

    private static void Enter(CertificateJob job, JobState state, DateTimeOffset now, DateTimeOffset dueAt, string? code = null, string? reason = null)
    {
        if (job.State != state)
        {
            job.State = state;
            job.Since = now;
        }

        job.DueAt = dueAt;
        (job.ReasonCode, job.Reason) = (code, reason is { Length: > 2000 } ? reason[..2000] : reason);
    }

    // ±20 %, so that what failed together does not come back together.
    private static TimeSpan Spread(TimeSpan time, Random random) => time * (0.8 + (0.4 * random.NextDouble()));

    private static TimeSpan Bounded(TimeSpan time) => time < ShortestAsk ? ShortestAsk : time > LongestAsk ? LongestAsk : time;

    private static DateTimeOffset Later(DateTimeOffset? asked, DateTimeOffset planned) => asked > planned ? asked.Value : planned;
}
