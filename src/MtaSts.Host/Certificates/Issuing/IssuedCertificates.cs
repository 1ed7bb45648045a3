using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using MtaSts.Acme;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Policies;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>What a CA issued, from the download to the handshake: row and job in one transaction, then memory. No connection is dropped for it.</summary>
internal sealed class IssuedCertificates(JobStore jobs, CertificateVault vault, PublishedPolicies published, TimeProvider clock)
{
    /// <exception cref="LeaseLostException">Another worker has the job; nothing was stored.</exception>
    public async Task TakeAsync(CertificateJob job, IssuedChain chain, CancellationToken cancellationToken)
    {
        using var leaf = chain.LoadLeaf();
        var dates = new CertificateDates(leaf.NotBefore.ToUniversalTime(), leaf.NotAfter.ToUniversalTime());
        var now = clock.GetUtcNow();
        if (job.Ca == CaRole.Staging)
        {
            // Nobody trusts it: it only showed that the name is ready.
            JobRules.Issued(job, dates, null, now, Random.Shared);
            await SaveAsync(job, null, cancellationToken);
            return;
        }

        var row = new StoredCertificate
        {
            HostName = job.HostName,
            Leaf = chain.Leaf.ToArray(),
            Issuers = [.. chain.Certificates.Skip(1).Where(IsIntermediate).SelectMany(der => der.ToArray())],
            SealedKey = job.SealedKey!,
            NotBefore = dates.NotBefore,
            NotAfter = dates.NotAfter,
            CreatedAt = now,
            Origin = CertificateOrigin.Acme,
            Directory = job.Directory,
            AccountUrl = job.AccountUrl,
            CertificateId = CertId.Of(leaf),
        };
        JobRules.Issued(job, dates, row.CertificateId, now, Random.Shared);
        await SaveAsync(
            job,
            async db =>
            {
                await db.Certificates.Where(x => x.HostName == row.HostName).ExecuteDeleteAsync(cancellationToken);
                db.Certificates.Add(row);
            },
            cancellationToken);
        if (published.TryGetByHost(row.HostName, out _))
        {
            vault.Set(new HostCertificate(row.HostName, row.Leaf, row.Issuers, row.SealedKey, row.NotBefore, row.NotAfter, row.Id));
        }
    }

    // RFC 8446 §4.4.2: clients have the root, or do not trust it.
    private static bool IsIntermediate(ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return !certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
    }

    private async Task SaveAsync(CertificateJob job, Func<Data.HostDbContext, Task>? alongside, CancellationToken cancellationToken)
    {
        if (!await jobs.SaveAsync(job, cancellationToken, alongside))
        {
            throw new LeaseLostException(job.HostName);
        }
    }
}
