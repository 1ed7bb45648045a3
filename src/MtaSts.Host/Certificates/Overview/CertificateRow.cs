using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>Job and certificate of a host side by side, without what only machines need: keys, leases, bytes of certificates.</summary>
internal sealed class CertificateRow
{
    public required string Host { get; init; }

    /// <summary>Null where no CA is asked.</summary>
    public JobState? State { get; init; }

    public JobStep Step { get; init; }

    public DateTimeOffset Since { get; init; }

    public DateTimeOffset DueAt { get; init; }

    public CaRole Ca { get; init; }

    public int Failures { get; init; }

    public string? ReasonCode { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? RenewAt { get; init; }

    public bool IsRevoked { get; init; }

    /// <summary>Null when there is no certificate.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    public CertificateOrigin? Origin { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>With ACME every host that has a job; else every host that has a certificate.</summary>
    public static IQueryable<CertificateRow> Query(HostDbContext db, CertificateSource source) => source == CertificateSource.Acme
        ? from job in db.CertificateJobs
          join stored in db.Certificates on job.HostName equals stored.HostName into found
          from certificate in found.DefaultIfEmpty()
          select new CertificateRow
          {
              Host = job.HostName,
              State = job.State,
              Step = job.Step,
              Since = job.Since,
              DueAt = job.DueAt,
              Ca = job.Ca,
              Failures = job.Failures,
              ReasonCode = job.ReasonCode,
              Reason = job.Reason,
              RenewAt = job.RenewAt,
              IsRevoked = job.IsRevoked,
              NotBefore = certificate == null ? null : certificate.NotBefore,
              NotAfter = certificate == null ? null : certificate.NotAfter,
              Origin = certificate == null ? null : certificate.Origin,
              RevokedAt = certificate == null ? null : certificate.RevokedAt,
          }
        : from certificate in db.Certificates
          select new CertificateRow
          {
              Host = certificate.HostName,
              State = null,
              Step = JobStep.None,
              IsRevoked = false,
              NotBefore = certificate.NotBefore,
              NotAfter = certificate.NotAfter,
              Origin = certificate.Origin,
              RevokedAt = certificate.RevokedAt,
          };

    public string Serving(DateTimeOffset now) =>
        NotBefore is not { } notBefore || NotAfter is not { } notAfter ? CertificateWords.None
        : IsRevoked || RevokedAt is not null ? CertificateWords.Revoked
        : CertificateWords.ServingOf(notBefore, notAfter, now);

    public IssuanceItem? Issuance() => State is not { } state
        ? null
        : new IssuanceItem(
            CertificateWords.Of(state), CertificateWords.Of(Step), Since, NextAt(DueAt), CertificateWords.Of(Ca), Failures, ReasonCode, Reason, RenewAt);

    public static DateTimeOffset? NextAt(DateTimeOffset dueAt) => dueAt >= JobRules.Never ? null : dueAt;
}
