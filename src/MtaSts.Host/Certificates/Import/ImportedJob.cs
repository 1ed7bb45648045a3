using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Import;

/// <summary>What the job of a host becomes when a certificate is brought along for it: nothing is ordered before that is due.</summary>
internal static class ImportedJob
{
    // The same twentieth of a life that renewals are spread over.
    private const double Spread = 0.05;

    /// <param name="job">New, or as stored; one that a worker holds is left alone: what it brings is newer still.</param>
    /// <param name="certificate">What was imported.</param>
    /// <param name="jitter">0 ≤ x &lt; 1: those that come together are not renewed together.</param>
    /// <param name="now">The time of the import.</param>
    public static void Apply(CertificateJob job, HostCertificate certificate, double jitter, DateTimeOffset now)
    {
        if (job.LeaseUntil > now)
        {
            return;
        }

        job.State = JobState.Idle;
        job.Since = now;
        job.Jitter = jitter;
        job.RenewAt = certificate.RenewAt - ((certificate.NotAfter - certificate.NotBefore) * Spread * jitter);
        job.DueAt = job.RenewAt.Value;
        job.LastIssuedAt = certificate.NotBefore;
        (job.Failures, job.CaFailures, job.UnreachableSince) = (0, 0, null);
        (job.ReasonCode, job.Reason, job.Problem) = (null, null, null);
        (job.RenewNow, job.IsRevoked) = (false, false);
        (job.AriCertificateId, job.AriStart, job.AriEnd, job.AriCheckAt, job.AriExplanation) = (null, null, null, null, null);
        (job.Step, job.OrderUrl, job.OrderedAt, job.CertificateUrl, job.SealedKey) = (JobStep.None, null, null, null, null);
        (job.LeaseOwner, job.LeaseUntil) = (null, null);
    }
}
