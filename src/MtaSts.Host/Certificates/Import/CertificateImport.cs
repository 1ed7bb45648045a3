using System.Globalization;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Import;

/// <summary>Brings certificates that were found into the store, beside a running service: hosts in batches, each host as a whole or not at all.</summary>
internal sealed class CertificateImport(Store store, KeySealing sealing, TimeProvider clock)
{
    private const int Batch = 100;
    private const int MostTries = 5;

    /// <summary>By host, in order. Usable certificates of a host first by their end: the one that lasts longest is taken.</summary>
    public async Task<IReadOnlyList<ImportResult>> RunAsync(IReadOnlyList<ImportCandidate> candidates, bool mayReplace, bool isDry, CancellationToken cancellationToken)
    {
        var hosted = await HostedAsync([.. candidates.SelectMany(candidate => candidate.Parents).Distinct()], cancellationToken);
        var best = candidates
            .SelectMany(candidate => candidate.Hosts.Concat(candidate.Parents.Where(hosted.Contains).Select(parent => MailDomain.PolicyHostPrefix + parent)).Distinct(), (candidate, host) => (Host: host, Candidate: candidate))
            .GroupBy(each => each.Host, (host, all) => (Host: host, Candidate: all.Select(each => each.Candidate)
                .OrderByDescending(candidate => candidate.IsUsable).ThenByDescending(candidate => candidate.NotAfter).ThenByDescending(candidate => candidate.NotBefore)
                .ThenBy(candidate => candidate.File, StringComparer.Ordinal).First()))
            .OrderBy(each => each.Host, StringComparer.Ordinal)
            .ToList();

        var results = best.Where(each => !each.Candidate.IsUsable)
            .Select(each => Result(each.Host, each.Candidate, ImportOutcome.Failed, string.Join("; ", each.Candidate.Faults))).ToList();
        foreach (var batch in best.Where(each => each.Candidate.IsUsable).Chunk(Batch))
        {
            results.AddRange(isDry ? await LookAsync(batch, mayReplace, cancellationToken) : await WriteAsync(batch, mayReplace, cancellationToken));
        }

        return [.. results.OrderBy(result => result.Host, StringComparer.Ordinal)];
    }

    private async Task<HashSet<string>> HostedAsync(IReadOnlyList<string> domains, CancellationToken cancellationToken)
    {
        var hosted = new HashSet<string>();
        foreach (var batch in domains.Chunk(Batch))
        {
            await using var db = store.Open();
            hosted.UnionWith(await db.Domains.Where(row => batch.Contains(row.Name)).Select(row => row.Name).ToListAsync(cancellationToken));
        }

        return hosted;
    }

    private async Task<IEnumerable<ImportResult>> LookAsync((string Host, ImportCandidate Candidate)[] batch, bool mayReplace, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var stored = await StoredAsync(db, batch, cancellationToken);
        return [.. batch.Select(each => Decide(each.Host, each.Candidate, stored.GetValueOrDefault(each.Host), mayReplace))];
    }

    private async Task<IEnumerable<ImportResult>> WriteAsync((string Host, ImportCandidate Candidate)[] batch, bool mayReplace, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var results = new List<ImportResult>();
            try
            {
                await store.WriteAsideAsync(
                    async db =>
                    {
                        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.TrackAll;
                        var stored = await StoredAsync(db, batch, cancellationToken);
                        var hosts = batch.Select(each => each.Host).ToList();
                        var jobs = await db.CertificateJobs.Where(job => hosts.Contains(job.HostName)).ToDictionaryAsync(job => job.HostName, cancellationToken);
                        foreach (var (host, candidate) in batch)
                        {
                            var result = Decide(host, candidate, stored.GetValueOrDefault(host), mayReplace);
                            results.Add(result);
                            if (result.Outcome != ImportOutcome.Kept)
                            {
                                await PutAsync(db, host, candidate, jobs.GetValueOrDefault(host), cancellationToken);
                            }
                        }
                    },
                    cancellationToken);
                return results;
            }
            catch (DbUpdateException exception) when (attempt < MostTries && !StoreFaults.IsAway(exception))
            {
                // The service stored one of these hosts at the same moment; nothing of this batch is there.
            }
        }
    }

    private async Task PutAsync(HostDbContext db, string host, ImportCandidate candidate, CertificateJob? job, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var certificate = new HostCertificate(
            host, candidate.Leaf, candidate.Issuers, sealing.Seal(candidate.Pkcs8, HostCertificate.SealingPurpose(host)), candidate.NotBefore, candidate.NotAfter);
        await db.Certificates.Where(row => row.HostName == host).ExecuteDeleteAsync(cancellationToken);
        db.Certificates.Add(new StoredCertificate
        {
            HostName = host,
            Leaf = certificate.Leaf,
            Issuers = certificate.Issuers,
            SealedKey = certificate.SealedKey,
            NotBefore = certificate.NotBefore,
            NotAfter = certificate.NotAfter,
            CreatedAt = now,
            Origin = CertificateOrigin.Imported,
        });
        if (job is null)
        {
            db.CertificateJobs.Add(job = JobRules.New(host, now, Random.Shared.NextDouble()));
        }

        // One that a worker holds is left alone: what it brings is newer still.
        if (!(job.LeaseUntil > now))
        {
            JobRules.Adopted(job, new CertificateDates(certificate.NotBefore, certificate.NotAfter), null, now, Random.Shared);
        }
    }

    private static async Task<Dictionary<string, Stored>> StoredAsync(HostDbContext db, (string Host, ImportCandidate Candidate)[] batch, CancellationToken cancellationToken)
    {
        var hosts = batch.Select(each => each.Host).ToList();
        return await db.Certificates.AsNoTracking().Where(row => hosts.Contains(row.HostName))
            .Select(row => new Stored(row.HostName, row.Leaf, row.NotAfter, row.Origin)).ToDictionaryAsync(row => row.Host, cancellationToken);
    }

    private static ImportResult Decide(string host, ImportCandidate candidate, Stored? stored, bool mayReplace)
    {
        if (stored is null)
        {
            return Result(host, candidate, ImportOutcome.Imported);
        }

        if (stored.Leaf.AsSpan().SequenceEqual(candidate.Leaf))
        {
            return Result(host, candidate, ImportOutcome.Kept, "it is there already");
        }

        // No sender trusts one of the local CA.
        return mayReplace || stored.Origin == CertificateOrigin.LocalCa || candidate.NotAfter > stored.NotAfter
            ? Result(host, candidate, ImportOutcome.Replaced)
            : Result(host, candidate, ImportOutcome.Kept, string.Create(CultureInfo.InvariantCulture, $"the stored one lasts until {stored.NotAfter:yyyy-MM-dd}; --replace takes this one all the same"));
    }

    private static ImportResult Result(string host, ImportCandidate candidate, ImportOutcome outcome, string? reason = null) =>
        new(host, outcome, candidate.File, candidate.NotAfter, candidate.Key, candidate.IsTrusted, reason);

    private sealed record Stored(string Host, byte[] Leaf, DateTimeOffset NotAfter, CertificateOrigin Origin);
}
