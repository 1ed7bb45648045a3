using System.Linq.Expressions;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// The jobs in the store, shared by all nodes. Who takes one up holds its lease, a token of that one taking: whatever it writes later counts only while
/// nobody else has taken it since. Safe from all threads; a job is used by one at a time.
/// </summary>
internal sealed partial class JobStore(Store store, CaChoice choice, BudgetLimits limits, TimeProvider clock, NodeIdentity? node = null)
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(90);

    public static readonly TimeSpan RenewLeaseEvery = TimeSpan.FromSeconds(30);

    private const int Batch = 500;

    /// <summary>Pulses when this node has added or changed jobs.</summary>
    public Signal Changed { get; } = new();

    /// <summary>Makes jobs for hosts that have none, and brings back those that had been given up. Others stay as they are.</summary>
    /// <returns>How many were made or brought back.</returns>
    /// <exception cref="DbUpdateException">Another node added the same ones again and again; come again.</exception>
    public async Task<int> AddMissingAsync(IReadOnlyCollection<string> hosts, CancellationToken cancellationToken)
    {
        var added = 0;
        foreach (var batch in hosts.Distinct(StringComparer.Ordinal).Chunk(Batch))
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    added += await AddBatchAsync(batch, cancellationToken);
                    break;
                }
                catch (DbUpdateException exception) when (attempt < 3 && !StoreFaults.IsAway(exception))
                {
                    // Another node added some at the same moment: now they are there.
                }
            }
        }

        if (added > 0)
        {
            Changed.Pulse();
        }

        return added;
    }

    /// <summary>Writes the job and keeps the lease, which lasts from now.</summary>
    /// <param name="job">With its lease.</param>
    /// <param name="cancellationToken">Before the commit: nothing was written.</param>
    /// <param name="alongside">What belongs to it, in the same transaction.</param>
    /// <returns>False: the lease is lost, nothing was written, and the work must stop.</returns>
    public async Task<bool> SaveAsync(CertificateJob job, CancellationToken cancellationToken, Func<HostDbContext, Task>? alongside = null)
    {
        job.LeaseUntil = clock.GetUtcNow() + Lease;
        return await SaveAsync(job, job.LeaseOwner, alongside, cancellationToken);
    }

    /// <summary>Writes the job and gives the lease up.</summary>
    /// <returns>False: the lease was lost before, nothing was written.</returns>
    public async Task<bool> ReleaseAsync(CertificateJob job, CancellationToken cancellationToken)
    {
        var (owner, until) = (job.LeaseOwner, job.LeaseUntil);
        (job.LeaseOwner, job.LeaseUntil) = (null, null);
        try
        {
            return await SaveAsync(job, owner, null, cancellationToken);
        }
        catch
        {
            // Not written: who comes again to release it still has to know whose it is.
            (job.LeaseOwner, job.LeaseUntil) = (owner, until);
            throw;
        }
    }

    /// <summary>
    /// Gives the lease up and leaves the job as it was stored last, for work that ended half-way. Nothing happens when the lease is lost, or when
    /// the store is away: then it runs out by itself.
    /// </summary>
    /// <param name="host">The job.</param>
    /// <param name="owner">Of the lease.</param>
    /// <param name="dueAt">Not before; null: as stored.</param>
    public async Task AbandonAsync(string host, string? owner, DateTimeOffset? dueAt)
    {
        try
        {
            await store.WriteAsideAsync(
                db => db.CertificateJobs.Where(row => row.HostName == host && row.LeaseOwner == owner).ExecuteUpdateAsync(
                    set => set.SetProperty(row => row.LeaseOwner, (string?)null).SetProperty(row => row.LeaseUntil, (DateTimeOffset?)null)
                        .SetProperty(row => row.DueAt, row => dueAt ?? row.DueAt),
                    CancellationToken.None),
                CancellationToken.None);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // As said above.
        }
    }

    /// <summary>At start: leases that a former process of this node held. One folder serves one process, so nobody holds them.</summary>
    public Task ReleaseFormerAsync(CancellationToken cancellationToken)
    {
        var prefix = OwnerPrefix;
        return store.WriteAsideAsync(
            db => db.CertificateJobs.Where(row => row.LeaseOwner != null && row.LeaseOwner.StartsWith(prefix)).ExecuteUpdateAsync(
                set => set.SetProperty(row => row.LeaseOwner, (string?)null).SetProperty(row => row.LeaseUntil, (DateTimeOffset?)null), cancellationToken),
            cancellationToken);
    }

    /// <summary>Prolongs the lease without touching the job, so that it may run beside the work.</summary>
    /// <returns>False: the lease is lost.</returns>
    public async Task<bool> RenewLeaseAsync(string host, string? owner, CancellationToken cancellationToken)
    {
        DateTimeOffset? until = clock.GetUtcNow() + Lease;
        var rows = 0;
        await store.WriteAsideAsync(
            async db => rows = await db.CertificateJobs.Where(row => row.HostName == host && row.LeaseOwner == owner)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.LeaseUntil, until), cancellationToken),
            cancellationToken);
        return rows == 1;
    }

    /// <summary>
    /// A change from outside, such as a person's wish. It takes the lease from whoever works on a job; the work goes on from the last step that was
    /// stored.
    /// </summary>
    /// <param name="hosts">Those without a job are passed over.</param>
    /// <param name="change">A method of <see cref="JobRules"/>; the second argument is the certificate in service.</param>
    /// <param name="cancellationToken">Before the commit: nothing was changed.</param>
    /// <returns>How many jobs there were.</returns>
    public async Task<int> ChangeAsync(IReadOnlyCollection<string> hosts, Action<CertificateJob, CertificateDates?> change, CancellationToken cancellationToken)
    {
        var changed = 0;
        foreach (var batch in hosts.Chunk(Batch))
        {
            await store.WriteAsideAsync(
                async db =>
                {
                    var jobs = await LockAsync(db, batch, waits: true, cancellationToken);
                    var dates = await DatesAsync(db, batch, cancellationToken);
                    foreach (var job in jobs)
                    {
                        change(job, dates.TryGetValue(job.HostName, out var inService) ? inService : null);
                        (job.LeaseOwner, job.LeaseUntil) = (null, null);
                    }

                    changed += jobs.Count;
                },
                cancellationToken);
        }

        Changed.Pulse();
        return changed;
    }

    public async Task<CertificateJob?> FindAsync(string host, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.CertificateJobs.SingleOrDefaultAsync(row => row.HostName == host, cancellationToken);
    }

    public async Task<JobCounts> CountAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = store.Open();
        var byState = await db.CertificateJobs.GroupBy(row => row.State).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(row => row.Key, row => row.Count, cancellationToken);
        var waiting = db.CertificateJobs.Where(row => row.State == JobState.Queued || row.State == JobState.Deferred);
        var due = db.CertificateJobs.Where(row => row.DueAt <= now && row.State != JobState.Retired);
        return new(
            byState,
            await waiting.CountAsync(row => row.Priority == JobPriority.NewName, cancellationToken),
            await due.Where(row => row.Priority != JobPriority.NewName).MinAsync(row => (DateTimeOffset?)row.DueAt, cancellationToken),
            await due.Where(row => row.Priority == JobPriority.NewName).MinAsync(row => (DateTimeOffset?)row.DueAt, cancellationToken));
    }

    /// <summary>How long the names that wait for their first certificate will wait.</summary>
    public async Task<BulkEstimate> EstimateAsync(int workers, CancellationToken cancellationToken)
    {
        var counts = await CountAsync(cancellationToken);
        var use = BudgetRules.First(limits, CaRole.Main, choice.Main);
        await using var db = store.Open();
        var bucket = await db.IssuanceBuckets.SingleOrDefaultAsync(row => row.Name == use.Name, cancellationToken);
        return BulkEstimate.Of(counts.WaitingNames, TokenBucket.Level(bucket, use.Rate, clock.GetUtcNow()), use.Rate, workers);
    }

    /// <summary>Rows of hosts that are no longer served and whose certificate has run out.</summary>
    public async Task<int> DeleteRetiredAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        Expression<Func<CertificateJob, bool>> isOver = row => row.State == JobState.Retired && row.DueAt <= now;
        await using (var db = store.Open())
        {
            if (!await db.CertificateJobs.AnyAsync(isOver, cancellationToken))
            {
                return 0;
            }
        }

        var deleted = 0;
        await store.WriteAsideAsync(
            async db =>
            {
                // With them goes the last copy of their keys.
                await db.Certificates.Where(row => db.CertificateJobs.Where(isOver).Any(job => job.HostName == row.HostName)).ExecuteDeleteAsync(cancellationToken);
                deleted = await db.CertificateJobs.Where(isOver).ExecuteDeleteAsync(cancellationToken);
            },
            cancellationToken);
        return deleted;
    }

    private async Task<int> AddBatchAsync(string[] hosts, CancellationToken cancellationToken)
    {
        var added = 0;
        await store.WriteAsideAsync(
            async db =>
            {
                added = 0;
                var now = clock.GetUtcNow();
                var known = (await db.CertificateJobs.Where(row => hosts.Contains(row.HostName)).Select(row => new { row.HostName, row.State }).ToListAsync(cancellationToken))
                    .ToDictionary(row => row.HostName, row => row.State);
                var dates = await DatesAsync(db, hosts, cancellationToken);
                foreach (var host in hosts.Where(host => !known.ContainsKey(host)))
                {
                    var job = JobRules.New(host, now, Random.Shared.NextDouble());
                    if (dates.TryGetValue(host, out var stored) && stored.NotAfter > now)
                    {
                        // Brought along from elsewhere: nothing is ordered before its time.
                        JobRules.Adopted(job, stored, null, now, Random.Shared);
                    }

                    db.CertificateJobs.Add(job);
                    added++;
                }

                string[] retired = [.. known.Where(row => row.Value == JobState.Retired).Select(row => row.Key)];
                if (retired.Length > 0)
                {
                    foreach (var job in await LockAsync(db, retired, waits: true, cancellationToken))
                    {
                        JobRules.PublishedAgain(job, dates.TryGetValue(job.HostName, out var inService) ? inService : null, now);
                        added++;
                    }
                }
            },
            cancellationToken);
        return added;
    }

    private async Task<bool> SaveAsync(CertificateJob job, string? owner, Func<HostDbContext, Task>? alongside, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsideAsync(
                async db =>
                {
                    // The token that it must still have stands in the WHERE.
                    db.CertificateJobs.Update(job).Property(row => row.LeaseOwner).OriginalValue = owner;
                    if (alongside is not null)
                    {
                        await alongside(db);
                    }
                },
                cancellationToken);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            return false;
        }
    }

    private string OwnerPrefix => node?.Name ?? "";

    // Each taking has a word of its own, so that a late worker of this node writes nothing either.
    private string NewOwner() => OwnerPrefix + RandomNumberGenerator.GetHexString(32 - OwnerPrefix.Length, lowercase: true);

    // Locked rows are as they are: nobody changes them before our commit. SQLite has one writer at a time anyway.
    private static async Task<List<CertificateJob>> LockAsync(HostDbContext db, string[] hosts, bool waits, CancellationToken cancellationToken)
    {
        var rows = db switch
        {
            PostgresHostDbContext when waits =>
                db.CertificateJobs.FromSql($"""SELECT * FROM certificate_jobs WHERE "HostName" = ANY({hosts}) ORDER BY "HostName" FOR UPDATE"""),
            PostgresHostDbContext =>
                db.CertificateJobs.FromSql($"""SELECT * FROM certificate_jobs WHERE "HostName" = ANY({hosts}) FOR UPDATE SKIP LOCKED"""),
            _ => db.CertificateJobs.Where(row => hosts.Contains(row.HostName)),
        };
        return await rows.AsTracking().ToListAsync(cancellationToken);
    }

    // Those of the local CA do not count: no sender trusts them.
    private static async Task<Dictionary<string, CertificateDates>> DatesAsync(HostDbContext db, string[] hosts, CancellationToken cancellationToken)
    {
        var rows = await db.Certificates.Where(row => hosts.Contains(row.HostName) && row.Origin != CertificateOrigin.LocalCa).Select(row => new { row.HostName, row.NotBefore, row.NotAfter }).ToListAsync(cancellationToken);
        return rows.ToDictionary(row => row.HostName, row => new CertificateDates(row.NotBefore, row.NotAfter));
    }
}
