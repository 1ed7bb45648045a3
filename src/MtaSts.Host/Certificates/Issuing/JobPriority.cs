using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// The smaller the sooner: revoked, expired, least remaining part of life, asked for by people, new name, normal renewal. What is smaller than
/// <see cref="NewName"/> is late or urgent; exactly <see cref="NewName"/> is who has no certificate in service, whatever the state.
/// </summary>
internal static class JobPriority
{
    public const int Revoked = 0;
    public const int Expired = 100;

    /// <summary>Plus the thousandths of its life that are left: below 450.</summary>
    public const int Late = 200;
    public const int Asked = 450;
    public const int NewName = 500;
    public const int Renewal = 600;

    public static int Of(CertificateJob job, CertificateDates? inService, DateTimeOffset now)
    {
        if (inService is not { } dates)
        {
            return NewName;
        }

        if (job.IsRevoked || RenewalPlan.IsCalledBack(dates, job.AriEnd, now))
        {
            return Revoked;
        }

        if (dates.NotAfter <= now)
        {
            return Expired;
        }

        if (dates.IsLateAt(now))
        {
            return Late + (int)(dates.RemainingAt(now) * 1000);
        }

        return job.RenewNow ? Asked : Renewal;
    }
}
