using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>What a clock that was wrong leaves behind in a job, and how it goes.</summary>
internal static partial class JobRules
{
    /// <summary>As far may the clocks of two nodes be apart without one of them being called wrong: twice what each may be from the CA's.</summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(10);

    /// <summary>
    /// There is a certificate, it is not to be renewed yet, and nobody asked for another: back to <see cref="JobState.Idle"/>. It came into the queue by a
    /// clock that was ahead, or its window has moved since.
    /// </summary>
    /// <returns>True: nothing is to be ordered.</returns>
    public static bool Rests(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        if (inService is not { } dates || dates.NotAfter <= now || job.OrderUrl is not null || job.RenewNow || job.IsRevoked || !(job.RenewAt > now))
        {
            return false;
        }

        ClearAttempt(job);
        (job.ReasonCode, job.Reason, job.Problem) = (null, null, null);
        job.Priority = JobPriority.Renewal;
        Idle(job, now);
        return true;
    }

    /// <summary>
    /// Times that no rule sets come from a clock that was ahead; they would hold the job up for as long as that was. What was waited for is looked at
    /// again at once.
    /// </summary>
    /// <param name="job">Any; leased by nobody afterwards.</param>
    /// <param name="inService">The certificate in service.</param>
    /// <param name="now">The time, right again.</param>
    public static void ClockWasWrong(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        job.Since = Earlier(job.Since, now);
        job.LastAttemptAt = Earlier(job.LastAttemptAt, now);
        job.LastIssuedAt = Earlier(job.LastIssuedAt, now);
        job.OrderedAt = Earlier(job.OrderedAt, now);
        job.PreflightAt = job.PreflightAt > now ? null : job.PreflightAt;
        job.AriCheckAt = job.AriCheckAt > now + LongestAriWait ? now : job.AriCheckAt;
        // How long a name has been away is not known any more; it gets its 30 days again.
        job.UnreachableSince = job.UnreachableSince is null ? null : now;
        switch (job.State)
        {
            case JobState.Idle:
                if (job.RenewNow && inService is { } dates)
                {
                    job.RenewAt = Later(now, RenewalPlan.FloorAt(job.LastIssuedAt, dates, job.Jitter));
                }

                Idle(job, now);
                break;
            case JobState.Dormant:
                Enter(job, JobState.DnsWait, now, now);
                break;
            case JobState.DnsWait or JobState.Backoff or JobState.Deferred or JobState.Queued or JobState.Running:
                job.DueAt = Earlier(job.DueAt, now);
                break;
            case JobState.Retired:
                job.DueAt = Earlier(job.DueAt, inService is { } last ? Later(last.NotAfter, now) : now);
                break;
            case JobState.Blocked:
                // Waits for a person.
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(job), job.State, null);
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset b) => a > b ? b : a;
}
