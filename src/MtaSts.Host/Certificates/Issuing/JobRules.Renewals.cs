using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>When the certificate in service is renewed, and who may ask for it earlier.</summary>
internal static partial class JobRules
{
    public const string FloorCode = "renewal.floor";

    // RFC 9773 §4.3.2 and §4.3.3.
    private static readonly TimeSpan ShortestAriWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestAriWait = TimeSpan.FromDays(1);
    private static readonly TimeSpan AriWait = TimeSpan.FromHours(6);

    /// <summary>Idle, and the time to renew has come.</summary>
    public static bool IsRenewalDue(CertificateJob job, DateTimeOffset now) => job.State == JobState.Idle && job.RenewAt <= now;

    public static void RenewalDue(CertificateJob job, CertificateDates? inService, DateTimeOffset now) => Queue(job, inService, now);

    /// <summary>
    /// The CA's window for the certificate in service (RFC 9773 §4.2). One random time is drawn for each window; the dates of the certificate have the
    /// last word. A window in the past calls the certificate back.
    /// </summary>
    /// <param name="job">Idle; others only remember when to ask again.</param>
    /// <param name="inService">The certificate that <see cref="CertificateJob.AriCertificateId"/> names.</param>
    /// <param name="start">Of the window.</param>
    /// <param name="end">Of the window.</param>
    /// <param name="explanation">Where the CA explains it.</param>
    /// <param name="retryAfter">When the CA wants to be asked again.</param>
    /// <param name="now">The time.</param>
    /// <param name="random">Draws the time.</param>
    public static void RenewalInfo(
        CertificateJob job, CertificateDates inService, DateTimeOffset start, DateTimeOffset end, string? explanation, TimeSpan? retryAfter, DateTimeOffset now, Random random)
    {
        job.AriCheckAt = now + Clamp(retryAfter ?? AriWait, ShortestAriWait, LongestAriWait);
        // §4.2: a window that ends before it begins is like none.
        if (end > start && (job.AriStart != start || job.AriEnd != end))
        {
            (job.AriStart, job.AriEnd, job.AriExplanation) = (start, end, explanation);
            var drawn = start + ((end - start) * random.NextDouble());
            var latest = RenewalPlan.LatestAt(inService, job.Jitter);
            var floor = RenewalPlan.FloorAt(job.LastIssuedAt, inService, job.Jitter, RenewalPlan.IsCalledBack(inService, end, now));
            var renewAt = Later(drawn < latest ? drawn : latest, floor);
            job.RenewAt = job.RenewNow && job.RenewAt < renewAt ? job.RenewAt : renewAt;
        }

        if (job.State == JobState.Idle)
        {
            WaitOrQueue(job, inService, now);
        }
    }

    /// <summary>No answer, or no usable one: the last window holds on (RFC 9773 §4.3.3).</summary>
    public static void RenewalInfoFailed(CertificateJob job, TimeSpan? retryAfter, DateTimeOffset now, Random random)
    {
        job.AriCheckAt = now + Clamp(retryAfter ?? JobDelays.Spread(AriWait, random), ShortestAriWait, LongestAriWait);
        if (job.State == JobState.Idle)
        {
            Idle(job, now);
        }
    }

    /// <summary>Somebody wants a new certificate, or another try, now. Bounded: who asks all day gets no more than the CA's limits allow.</summary>
    public static void RenewalRequested(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        switch (job.State)
        {
            case JobState.Idle when inService is { } dates:
                job.RenewNow = true;
                job.RenewAt = Later(now, RenewalPlan.FloorAt(job.LastIssuedAt, dates, job.Jitter));
                if (job.RenewAt > now)
                {
                    (job.ReasonCode, job.Reason) = (FloorCode, "A new certificate was asked for soon after the last; CAs allow only a few a week, so it is ordered a little later.");
                }

                WaitOrQueue(job, inService, now);
                break;
            case JobState.Idle or JobState.DnsWait or JobState.Dormant or JobState.Backoff or JobState.Blocked:
                job.RenewNow = true;
                // Another 30 days for who comes back, and another key for who mended what was refused.
                (job.UnreachableSince, job.HasNewKey) = (null, false);
                var soonest = job.Failures > 0 && job.LastAttemptAt is { } last ? Later(now, last + JobDelays.BetweenAskedTries) : now;
                Enter(job, JobState.DnsWait, now, soonest);
                break;
            default:
                // Queued, running or deferred: on its way. Retired: nothing is ordered.
                break;
        }
    }

    /// <summary>The certificate in service was revoked: no floor, no window, before all others.</summary>
    public static void Revoked(CertificateJob job, DateTimeOffset now)
    {
        if (job.State == JobState.Retired)
        {
            return;
        }

        job.IsRevoked = true;
        job.RenewAt = now;
        job.Priority = JobPriority.Revoked;
        if (job.State != JobState.Running && job.OrderUrl is null)
        {
            Enter(job, JobState.Queued, now, now);
        }
    }

    private static void WaitOrQueue(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        if (job.RenewAt <= now)
        {
            Queue(job, inService, now);
        }
        else
        {
            Idle(job, now);
        }
    }

    /// <summary>A window belongs to one certificate. The first look is soon: the plan must be known before it is needed.</summary>
    private static void ForgetWindow(CertificateJob job, string? ariCertificateId, CertificateDates dates, DateTimeOffset now, Random random)
    {
        (job.AriStart, job.AriEnd, job.AriExplanation) = (null, null, null);
        job.AriCertificateId = ariCertificateId;
        var longest = dates.Life / 8 < AriWait ? dates.Life / 8 : AriWait;
        job.AriCheckAt = ariCertificateId is null ? null : now + (longest * random.NextDouble());
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static TimeSpan Clamp(TimeSpan value, TimeSpan shortest, TimeSpan longest) => value < shortest ? shortest : value > longest ? longest : value;
}
