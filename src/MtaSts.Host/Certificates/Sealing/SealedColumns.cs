using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.LocalCa;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Sealing;

/// <summary>Every column of the store that holds sealed private keys. A test compares it with the tables.</summary>
internal static class SealedColumns
{
    public static IReadOnlyList<SealedColumn> All { get; } =
    [
        new SealedColumn<StoredCertificate>(
            "certificate",
            "certificates",
            row => row.SealedKey,
            rows => rows.Select(row => new SealedCell(row.Id, HostCertificate.SealingPurpose(row.HostName), row.SealedKey)),
            cell => row => row.Id == (long)cell.Row && row.SealedKey == cell.Content,
            LoseCertificateAsync),
        new SealedColumn<CertificateJob>(
            "order under way",
            "orders under way",
            row => row.SealedKey,
            rows => rows.Where(row => row.SealedKey != null).Select(row => new SealedCell(row.HostName, HostCertificate.SealingPurpose(row.HostName), row.SealedKey!)),
            cell => row => row.HostName == (string)cell.Row && row.SealedKey == cell.Content,
            (_, rows, _, now, cancellationToken) => BeginAgainAsync(rows, now, cancellationToken)),
        new SealedColumn<AcmeRegistration>(
            "account at a CA",
            "accounts at CAs",
            row => row.SealedKey,
            rows => rows.Select(row => new SealedCell(row.Directory, AcmeAccounts.SealingPurpose(row.Directory), row.SealedKey)),
            cell => row => row.Directory == (string)cell.Row && row.SealedKey == cell.Content,
            (_, rows, _, _, cancellationToken) => rows.ExecuteDeleteAsync(cancellationToken)),
        new SealedColumn<AcmeRegistration>(
            "account key on its way to a CA",
            "account keys on their way to a CA",
            row => row.SealedNextKey,
            rows => rows.Where(row => row.SealedNextKey != null).Select(row => new SealedCell(row.Directory, AcmeAccounts.SealingPurpose(row.Directory), row.SealedNextKey!)),
            cell => row => row.Directory == (string)cell.Row && row.SealedNextKey == cell.Content,
            // The CA knows one of the two keys; should it be this one, the account is as good as dead and says so at its next use.
            (_, rows, _, _, cancellationToken) => rows.ExecuteUpdateAsync(set => set.SetProperty(row => row.SealedNextKey, (byte[]?)null), cancellationToken)),
        new SealedColumn<LocalAuthority>(
            "local CA",
            "local CAs",
            row => row.SealedIntermediateKey,
            rows => rows.Select(row => new SealedCell(row.Id, LocalAuthorityMaking.SealingPurpose, row.SealedIntermediateKey)),
            cell => row => row.Id == (int)cell.Row && row.SealedIntermediateKey == cell.Content,
            (_, rows, _, _, cancellationToken) => rows.ExecuteDeleteAsync(cancellationToken)),
        new SealedColumn<NoticeChannel>(
            "webhook's secret",
            "webhooks' secrets",
            row => row.SealedSecret,
            rows => rows.Where(row => row.SealedSecret != null).Select(row => new SealedCell(row.Id, NoticeChannel.SealingPurpose(row.TargetId), row.SealedSecret!)),
            cell => row => row.Id == (long)cell.Row && row.SealedSecret == cell.Content,
            // The receiver holds the other half: whoever put the webhook puts it again, and gets a new one.
            (_, rows, _, _, cancellationToken) => rows.ExecuteUpdateAsync(set => set.SetProperty(row => row.SealedSecret, (byte[]?)null), cancellationToken)),
    ];

    private static async Task<int> LoseCertificateAsync(
        HostDbContext db, IQueryable<StoredCertificate> rows, SealedCell cell, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var host = await rows.Select(row => row.HostName).SingleOrDefaultAsync(cancellationToken);
        var lost = await rows.ExecuteDeleteAsync(cancellationToken);
        if (lost > 0)
        {
            await BeginAgainAsync(db.CertificateJobs.Where(job => job.HostName == host), now, cancellationToken);
        }

        return lost;
    }

    // Nothing of an order is of use without its key (RFC 8555 §7.4). The floor between two issues is there to stop loops, not an operator.
    private static Task<int> BeginAgainAsync(IQueryable<CertificateJob> jobs, DateTimeOffset now, CancellationToken cancellationToken) =>
        jobs.ExecuteUpdateAsync(
            set => set
                .SetProperty(job => job.State, job => job.State == JobState.Blocked || job.State == JobState.Dormant || job.State == JobState.Retired ? job.State : JobState.DnsWait)
                .SetProperty(job => job.Since, now)
                .SetProperty(job => job.DueAt, job => job.State == JobState.Blocked || job.State == JobState.Dormant || job.State == JobState.Retired ? job.DueAt : now)
                .SetProperty(job => job.RenewAt, (DateTimeOffset?)null)
                .SetProperty(job => job.LastIssuedAt, (DateTimeOffset?)null)
                .SetProperty(job => job.AriCertificateId, (string?)null)
                .SetProperty(job => job.AriStart, (DateTimeOffset?)null)
                .SetProperty(job => job.AriEnd, (DateTimeOffset?)null)
                .SetProperty(job => job.AriCheckAt, (DateTimeOffset?)null)
                .SetProperty(job => job.AriExplanation, (string?)null)
                .SetProperty(job => job.Step, JobStep.None)
                .SetProperty(job => job.OrderUrl, (string?)null)
                .SetProperty(job => job.OrderedAt, (DateTimeOffset?)null)
                .SetProperty(job => job.CertificateUrl, (string?)null)
                .SetProperty(job => job.SealedKey, (byte[]?)null)
                .SetProperty(job => job.LeaseOwner, (string?)null)
                .SetProperty(job => job.LeaseUntil, (DateTimeOffset?)null),
            cancellationToken);
}
