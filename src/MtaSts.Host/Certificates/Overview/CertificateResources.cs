using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>What a domain's owner sees of its certificate. Never keys, never who works on it.</summary>
internal sealed class CertificateResources(CertificateVault vault, CertificateSummaries summaries, IOptions<CertificatesOptions> options, CaChoice choice, TimeProvider clock)
{
    public async Task<CertificateResource> OfAsync(HostDbContext db, HostedDomain domain, CancellationToken cancellationToken)
    {
        var host = MailDomain.PolicyHostPrefix + domain.Name;
        if (!domain.IsServed)
        {
            // What is there under this name belongs to another tenant.
            return new CertificateResource(host, CertificateWords.None, null, null, null, null, null, null, new IssuanceResource(CertificateWords.Unverified), null);
        }

        var presented = await PresentedAsync(db, host, cancellationToken);
        var isAcme = options.Value.Source == CertificateSource.Acme;
        var job = isAcme ? await db.CertificateJobs.SingleOrDefaultAsync(row => row.HostName == host, cancellationToken) : null;
        using var leaf = presented is null ? null : X509CertificateLoader.LoadCertificate(presented.Leaf);
        return new CertificateResource(
            host,
            State(presented, job),
            presented?.NotBefore,
            presented?.NotAfter,
            leaf?.SerialNumber.ToLowerInvariant(),
            leaf?.Issuer,
            presented is null ? null : CertificateWords.Of(presented.Origin),
            presented?.RevokedAt,
            isAcme ? await IssuanceAsync(db, job, cancellationToken) : null,
            Preflight(job));
    }

    private string State(Presented? presented, CertificateJob? job) =>
        presented is null ? CertificateWords.None
        : presented.RevokedAt is not null || job?.IsRevoked == true ? CertificateWords.Revoked
        : CertificateWords.ServingOf(presented.NotBefore, presented.NotAfter, clock.GetUtcNow());

    private async Task<Presented?> PresentedAsync(HostDbContext db, string host, CancellationToken cancellationToken)
    {
        var stored = await db.Certificates.Where(row => row.HostName == host)
            .Select(row => new Presented(row.Leaf, row.NotBefore, row.NotAfter, row.Origin, row.RevokedAt))
            .SingleOrDefaultAsync(cancellationToken);
        // What the local CA makes is served before it is stored. All else is stored first, and another node's is here in a moment.
        return stored is null or { Origin: CertificateOrigin.LocalCa } && vault.TryGet(host, out var served)
            ? new Presented(served.Leaf, served.NotBefore, served.NotAfter, CertificateOrigin.LocalCa, null)
            : stored;
    }

    private async Task<IssuanceResource> IssuanceAsync(HostDbContext db, CertificateJob? job, CancellationToken cancellationToken)
    {
        if (job is null)
        {
            // It becomes one in a moment.
            return new IssuanceResource(CertificateWords.Of(JobState.DnsWait));
        }

        return new IssuanceResource(
            CertificateWords.Of(job.State),
            CertificateWords.Of(job.Step),
            job.Since,
            CertificateRow.NextAt(job.DueAt),
            CertificateWords.Of(job.Ca),
            job.Directory ?? choice.DirectoryOf(job.Ca),
            job.Failures,
            job.ReasonCode,
            job.Reason,
            Problem(job.Problem),
            job.LastAttemptAt,
            job.LastIssuedAt,
            job.RenewAt,
            job is { AriStart: { } start, AriEnd: { } end } ? new RenewalWindowResource(start, end, job.AriExplanation) : null,
            await EstimateAsync(db, job, cancellationToken));
    }

    private async Task<DateTimeOffset?> EstimateAsync(HostDbContext db, CertificateJob job, CancellationToken cancellationToken)
    {
        if (job is not { State: JobState.Queued, Priority: JobPriority.NewName })
        {
            return null;
        }

        var ahead = await db.CertificateJobs.CountAsync(other => other.State == JobState.Queued && other.Priority == JobPriority.NewName && other.DueAt < job.DueAt, cancellationToken);
        return await summaries.EstimateAsync(db, ahead, clock.GetUtcNow(), cancellationToken);
    }

    private static JsonElement? Problem(string? json) => json is null ? null : JsonElement.Parse(json);

    private static PreflightResource? Preflight(CertificateJob? job) => job?.PreflightAt is { } at && StoredPreflight.Read(job.PreflightReport) is { } report
        ? new PreflightResource(
            at, report.Passed, report.Chain, report.Addresses, [.. report.Findings.Select(finding => new PreflightFindingResource(finding.Code, finding.Severity, finding.Message, finding.Rfc))])
        : null;

    private sealed record Presented(byte[] Leaf, DateTimeOffset NotBefore, DateTimeOffset NotAfter, CertificateOrigin Origin, DateTimeOffset? RevokedAt);
}
