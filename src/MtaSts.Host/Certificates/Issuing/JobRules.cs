using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// The states of a policy host on its way to its certificate. Each method changes the row it is given and nothing else: no clock, no store, no CA,
/// so that the service and a simulation of years run the same rules.
/// </summary>
internal static partial class JobRules
{
    /// <summary>A due time that never comes by itself.</summary>
    public static readonly DateTimeOffset Never = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A host that has to get a certificate; its preflight is due.</summary>
    /// <param name="host">The policy host.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">0 ≤ x &lt; 1.</param>
    public static CertificateJob New(string host, DateTimeOffset now, double jitter) => new()
    {
        HostName = host,
        State = JobState.DnsWait,
        Since = now,
        DueAt = now,
        Priority = JobPriority.NewName,
        Jitter = jitter,
    };

    /// <summary>There is a certificate that no attempt of this job brought: imported, or stored by another node.</summary>
    public static void Adopted(CertificateJob job, CertificateDates inService, string? ariCertificateId, DateTimeOffset now, Random random)
    {
        ClearAttempt(job);
        Serve(job, inService, ariCertificateId, now, random);
    }

    public static void PreflightPassed(CertificateJob job, DateTimeOffset now, CertificateDates? inService = null)
    {
        job.PreflightAt = now;
        if (job.UnreachableSince is not null)
        {
            // The reason was the preflight's; one of the CA stays until the CA says something else.
            (job.UnreachableSince, job.ReasonCode, job.Reason) = (null, null, null);
        }

        if (job.State is JobState.DnsWait or JobState.Backoff or JobState.Dormant)
        {
            Queue(job, inService, now);
        }
    }

    /// <summary>Waits for DNS; but a name whose certificate is running out is queued all the same, see <see cref="MayOrderDespite"/>.</summary>
    public static void PreflightFailed(CertificateJob job, string code, string reason, DateTimeOffset now, Random random, CertificateDates? inService)
    {
        job.PreflightAt = now;
        job.UnreachableSince ??= now;
        (job.ReasonCode, job.Reason) = (code, reason);
        if (MayOrderDespite(job, inService, now))
        {
            Queue(job, inService, now);
            return;
        }

        ClearAttempt(job);
        var failingFor = now - job.UnreachableSince.Value;
        if (failingFor >= JobDelays.Dormancy)
        {
            Enter(job, JobState.Dormant, now, now + JobDelays.Spread(JobDelays.DormantLook, random));
        }
        else
        {
            Enter(job, JobState.DnsWait, now, now + JobDelays.UntilLook(failingFor, inService, random));
        }
    }

    /// <summary>
    /// Is a failed preflight advice only? With less than a quarter of the life left it is: the mistake may be ours (a firewall, a resolver, a wrong
    /// list of addresses), and no such mistake may let a certificate run out. Not for names that left DNS long ago.
    /// </summary>
    public static bool MayOrderDespite(CertificateJob job, CertificateDates? inService, DateTimeOffset now) =>
        inService is { } dates && dates.IsLateAt(now) && !(job.UnreachableSince is { } since && now - since >= JobDelays.Dormancy);

    /// <summary>
    /// Which CA is asked next, to be called before <see cref="Started"/>. The second one while the first is away for an hour and the certificate
    /// runs out; an order at the first is then given up.
    /// </summary>
    /// <param name="job">Not yet started, or to be gone on with.</param>
    /// <param name="inService">Dates of the certificate in service.</param>
    /// <param name="choice">The CAs that are set.</param>
    /// <param name="main">Condition of the main CA; null: all is well.</param>
    /// <param name="now">The time.</param>
    public static void ChooseCa(CertificateJob job, CertificateDates? inService, CaChoice choice, CaCondition? main, DateTimeOffset now)
    {
        // Staging is for names without a certificate.
        if (!choice.Has(job.Ca) || (job.Ca == CaRole.Staging && inService is not null))
        {
            MoveTo(job, CaRole.Main);
        }

        if (job.Ca == CaRole.Main && choice.Has(CaRole.Fallback) && inService is { } dates && dates.IsLateAt(now) && CaBreaker.IsAwayForLong(main, now))
        {
            MoveTo(job, CaRole.Fallback);
        }
    }

    /// <summary>The lease is there and the work begins, or goes on with an order under way.</summary>
    public static void Started(CertificateJob job, DateTimeOffset now)
    {
        if (job.Step == JobStep.None)
        {
            job.Step = JobStep.Order;
        }

        job.LastAttemptAt = now;
        Enter(job, JobState.Running, now, now);
    }

    /// <summary>The time that it was deferred to has come: goes on with its order, or queues.</summary>
    public static void Resumed(CertificateJob job, DateTimeOffset now, CertificateDates? inService = null)
    {
        if (job.OrderUrl is not null)
        {
            Enter(job, JobState.Running, now, now);
        }
        else
        {
            ClearAttempt(job);
            Queue(job, inService, now);
        }
    }

    /// <summary>The CA has issued. What staging issues is only the proof that the main CA may be asked.</summary>
    /// <param name="job">Running.</param>
    /// <param name="dates">Of the new certificate.</param>
    /// <param name="ariCertificateId">RFC 9773 §4.1; null when the CA offers no renewal information.</param>
    /// <param name="now">The time.</param>
    /// <param name="random">For jitter.</param>
    public static void Issued(CertificateJob job, CertificateDates dates, string? ariCertificateId, DateTimeOffset now, Random random)
    {
        ClearAttempt(job);
        if (job.Ca == CaRole.Staging)
        {
            // The failures stay: a name that passes at staging and fails at the main CA each time must not turn in circles.
            job.Ca = CaRole.Main;
            job.CaFailures = 0;
            Queue(job, null, now);
            return;
        }

        job.LastIssuedAt = now;
        Serve(job, dates, ariCertificateId, now, random);
    }

    /// <summary>No longer served: nothing more is ordered; the row goes when the certificate has run out.</summary>
    public static void Unpublished(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        ClearAttempt(job);
        Enter(job, JobState.Retired, now, inService is { } dates && dates.NotAfter > now ? dates.NotAfter : now);
    }

    /// <summary>Served again before the row had gone; its certificate may still be good.</summary>
    public static void PublishedAgain(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        if (job.State != JobState.Retired)
        {
            return;
        }

        (job.Failures, job.CaFailures, job.HasNewKey, job.UnreachableSince, job.Ca) = (0, 0, false, null, CaRole.Main);
        (job.ReasonCode, job.Reason, job.Problem) = (null, null, null);
        if (inService is { } dates && dates.NotAfter > now)
        {
            job.RenewAt ??= RenewalPlan.RenewAt(dates, job.Jitter);
            job.Priority = JobPriority.Of(job, inService, now);
            Idle(job, now);
        }
        else
        {
            job.RenewAt = null;
            job.Priority = JobPriority.NewName;
            Enter(job, JobState.DnsWait, now, now);
        }
    }

    private static void Serve(CertificateJob job, CertificateDates dates, string? ariCertificateId, DateTimeOffset now, Random random)
    {
        job.Ca = CaRole.Main;
        (job.Failures, job.CaFailures, job.HasNewKey, job.UnreachableSince) = (0, 0, false, null);
        (job.ReasonCode, job.Reason, job.Problem) = (null, null, null);
        (job.RenewNow, job.IsRevoked) = (false, false);
        job.Jitter = random.NextDouble();
        job.RenewAt = RenewalPlan.RenewAt(dates, job.Jitter);
        ForgetWindow(job, ariCertificateId, dates, now, random);
        job.Priority = JobPriority.Renewal;
        Idle(job, now);
    }

    private static void Queue(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        if (job.ReasonCode == FloorCode)
        {
            // It has waited for that long enough.
            (job.ReasonCode, job.Reason) = (null, null);
        }

        // Not known here, but there is one: as urgent as before.
        if (inService is not null || job.RenewAt is null)
        {
            job.Priority = JobPriority.Of(job, inService, now);
        }

        if (job.State is not (JobState.Queued or JobState.Running))
        {
            Enter(job, JobState.Queued, now, now);
        }
    }

    private static void Idle(CertificateJob job, DateTimeOffset now)
    {
        var renewAt = job.RenewAt ?? Never;
        Enter(job, JobState.Idle, now, job.AriCheckAt is { } check && check < renewAt ? check : renewAt);
    }

    private static void Enter(CertificateJob job, JobState state, DateTimeOffset now, DateTimeOffset dueAt)
    {
        if (job.State != state)
        {
            (job.State, job.Since) = (state, now);
        }

        job.DueAt = dueAt;
    }

    private static void MoveTo(CertificateJob job, CaRole ca)
    {
        ClearAttempt(job);
        job.Ca = ca;
    }

    /// <summary>An order belongs to one CA and account, its key to one order.</summary>
    private static void ClearAttempt(CertificateJob job)
    {
        job.Step = JobStep.None;
        (job.Directory, job.AccountUrl, job.OrderUrl, job.CertificateUrl) = (null, null, null, null);
        (job.OrderedAt, job.SealedKey) = (null, null);
    }
}
