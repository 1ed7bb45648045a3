using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Api;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>What people ask of certificates: a renewal now, and that one was revoked. With its line in the audit, in one transaction.</summary>
internal sealed class CertificateEditor(Store store, JobStore jobs, IOptions<CertificatesOptions> options)
{
    // Between the reading of a job and its writing a worker may take it up, or put it down.
    private const int Tries = 5;

    /// <summary>A new certificate now, also the way out of blocked, dormant and backoff. Between two issues the floor stays.</summary>
    public async Task<ApiProblem?> RenewAsync(string actor, HostedDomain domain, CancellationToken cancellationToken)
    {
        if (Refuse(domain) is { } problem)
        {
            return problem;
        }

        var host = MailDomain.PolicyHostPrefix + domain.Name;
        // A domain of this moment has no job yet.
        await jobs.AddMissingAsync([host], cancellationToken);
        await ChangeAsync(
            host,
            async (write, job) =>
            {
                JobRules.RenewalRequested(job, await InServiceAsync(write.Db, host, cancellationToken), write.At);
                write.Audit(actor, "certificate.renewal", host, null, domain.Tenant!.Name, domain.Name);
            },
            cancellationToken);
        return null;
    }

    /// <summary>The CA has revoked the certificate of this row: nothing that happens here can undo it, so it is not cancelled.</summary>
    public async Task RevokedAsync(string actor, HostedDomain domain, long certificateId, string reason)
    {
        var host = MailDomain.PolicyHostPrefix + domain.Name;
        await jobs.AddMissingAsync([host], CancellationToken.None);
        await ChangeAsync(
            host,
            async (write, job) =>
            {
                // Another one may have taken its place meanwhile: then nothing has to be hurried.
                if (await write.Db.Certificates.SingleOrDefaultAsync(row => row.Id == certificateId) is { } row)
                {
                    row.RevokedAt ??= write.At;
                    JobRules.Revoked(job, write.At);
                }

                write.Audit(actor, "certificate.revocation", host, reason, domain.Tenant!.Name, domain.Name);
            },
            CancellationToken.None);
    }

    /// <summary>Null when there can be something to do.</summary>
    public ApiProblem? Refuse(HostedDomain domain) =>
        options.Value.Source != CertificateSource.Acme ? ApiProblem.Conflict("certificate.local_ca", "Certificates come from the local CA here (Certificates:Source=LocalCa): it renews by itself, and nobody trusts it.")
        : !domain.IsServed ? ApiProblem.Conflict("certificate.not_served", $"{domain.Name} waits for its proof of ownership; before that it has no certificate.")
        : null;

    private async Task ChangeAsync(string host, Func<StoreWrite, CertificateJob, Task> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await store.WriteAsync(
                    async write =>
                    {
                        var job = await write.Db.CertificateJobs.SingleAsync(row => row.HostName == host, cancellationToken);
                        await change(write, job);
                        // Whoever works on it goes by what no longer holds.
                        (job.LeaseOwner, job.LeaseUntil) = (null, null);
                        return true;
                    },
                    cancellationToken);
                jobs.Changed.Pulse();
                return;
            }
            catch (DbUpdateConcurrencyException) when (attempt < Tries)
            {
                // Once more, on what is there now.
            }
        }
    }

    // Like JobStore: those of the local CA do not count.
    private static async Task<CertificateDates?> InServiceAsync(HostDbContext db, string host, CancellationToken cancellationToken) =>
        await db.Certificates.Where(row => row.HostName == host && row.Origin != CertificateOrigin.LocalCa)
            .Select(row => new { row.NotBefore, row.NotAfter })
            .SingleOrDefaultAsync(cancellationToken) is { } row ? new CertificateDates(row.NotBefore, row.NotAfter) : null;
}
