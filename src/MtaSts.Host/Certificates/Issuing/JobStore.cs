using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// The rows of jobs. Who works on one holds a lease with a word of his own, and every write of his is conditional on it: a worker that was
/// taken for dead writes nothing any more. Safe from all threads, on all nodes.
/// </summary>
internal sealed class JobStore(Store store, NodeIdentity node, IOptions<AcmeOptions> options, TimeProvider clock)
{
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LeaseLife = TimeSpan.FromSeconds(90);

    // So large a share of the workers new names get, so that a backlog of renewals does not keep customers from starting.
    private const double ShareOfNew = 0.3;

    /// <summary>Pulses when this node has added jobs or made some due.</summary>
    public Signal Changed { get; } = new();

    /// <summary>Every host has a job afterwards; one that was retired comes back.</summary>
    public async Task WantAsync(IReadOnlyCollection<string> hosts, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var known = await db.CertificateJobs.Where(job => hosts.Contains(job.HostName)).Select(job => new { job.HostName, job.State }).ToListAsync(cancellationToken);
        var back = known.Where(job => job.State == JobState.Retired).Select(job => job.HostName).ToList();
        var missing = hosts.Except(known.Select(job => job.HostName)).ToList();
        if (back.Count + missing.Count == 0)
        {
            return;
        }

        await store.WriteAsideAsync(write => AddAsync(write, missing, back, cancellationToken), cancellationToken);
        Changed.Pulse();
    }

    /// <summary>Jobs of hosts that are no longer served end; whoever works on one loses its lease.</summary>
    public async Task RetireAsync(IReadOnlyCollection<string> hosts, CancellationToken cancellationToken)
    {
        if (hosts.Count > 0)
        {
            await store.WriteAsideAsync(
                async db =>
                {
                    var jobs = await db.CertificateJobs.AsTracking().Where(job => hosts.Contains(job.HostName) && job.State != JobState.Retired).ToListAsync(cancellationToken);
                    var ends = await EndsAsync(db, hosts, cancellationToken);
                    foreach (var job in jobs)
                    {
                        JobRules.Unpublished(job, ends.TryGetValue(job.HostName, out var dates) ? dates.NotAfter : null, clock.GetUtcNow());
                        (job.LeaseOwner, job.LeaseUntil) = (null, null);
                    }
                },
                cancellationToken);
        }
    }

    /// <summary>Changes one job from outside of a visit; a visit under way loses its lease and ends. False when there is no such job.</summary>
    public async Task<bool> ChangeAsync(string host, Action<CertificateJob> change, CancellationToken cancellationToken)
    {
        var found = false;
        await store.WriteAsideAsync(
            async db =>
            {
                if (await db.CertificateJobs.AsTracking().SingleOrDefaultAsync(job => job.HostName == host, cancellationToken) is { } job)
                {
                    found = true;
                    change(job);
                    (job.LeaseOwner, job.LeaseUntil) = (null, null);
                }
            },
            cancellationToken);
        Changed.Pulse();
        return found;
    }

    /// <summary>Takes up to <paramref name="most"/> due jobs, each with a lease of its own.</summary>
    public async Task<List<CertificateJob>> ClaimAsync(int most, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        List<CertificateJob> candidates;
        await using (var db = store.Open())
        {
            var due = db.CertificateJobs.Where(job => job.DueAt <= now && (job.LeaseUntil == null || job.LeaseUntil < now) && job.State != JobState.Retired);
            // New names that wait for a token of our budget are left alone until there is one: in a bulk there are 100,000 of them.
            var waiting = due.Where(job => job.State == JobState.Queued && job.Priority == JobPriority.New && job.ReasonCode == JobRules.OwnLimit);
            var ready = due.Where(job => !(job.State == JobState.Queued && job.Priority == JobPriority.New && job.ReasonCode == JobRules.OwnLimit));
            var forNew = Math.Max(1, (int)Math.Round(most * ShareOfNew));
            var tokens = await FirstTokensAsync(db, now, cancellationToken);
            var news = await ready.Where(job => job.Priority == JobPriority.New).OrderBy(job => job.DueAt).Take(forNew).ToListAsync(cancellationToken);
            if (news.Count < forNew && tokens > 0)
            {
                news.AddRange(await waiting.OrderBy(job => job.DueAt).Take(Math.Min(forNew - news.Count, tokens)).ToListAsync(cancellationToken));
            }

            var hosts = news.ConvertAll(job => job.HostName);
            candidates = await ready.Where(job => !hosts.Contains(job.HostName)).OrderBy(job => job.Priority).ThenBy(job => job.DueAt).Take(most).ToListAsync(cancellationToken);
            var left = most - candidates.Count - news.Count;
            if (left > 0 && tokens > news.Count)
            {
                var further = await waiting.Where(job => !hosts.Contains(job.HostName)).OrderBy(job => job.DueAt).Take(Math.Min(left, tokens - news.Count)).ToListAsync(cancellationToken);
                news.AddRange(further);
            }

            candidates = [.. news, .. candidates];
        }

        return candidates.Count == 0 ? [] : await LeaseAsync([.. candidates.Take(most)], now, cancellationToken);
    }

    /// <summary>When the next job is due; null when none is.</summary>
    public async Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = store.Open();
        return await db.CertificateJobs.Where(job => job.DueAt > now && job.State != JobState.Retired && job.LeaseOwner == null).MinAsync(job => (DateTimeOffset?)job.DueAt, cancellationToken);
    }

    /// <summary>Writes the job if its lease still holds, and in the same transaction what belongs to it. False: nothing was written.</summary>
    public async Task<bool> SaveAsync(CertificateJob job, CancellationToken cancellationToken, Func<HostDbContext, Task>? alongside = null)
    {
        try
        {
            await store.WriteAsideAsync(
                async db =>
                {
                    db.Attach(job).State = EntityState.Modified;
                    // The lease is renewed by another write.
                    db.Entry(job).Property(x => x.LeaseUntil).IsModified = false;
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

    public async Task<bool> RenewLeaseAsync(string host, string owner, CancellationToken cancellationToken)
    {
        var until = clock.GetUtcNow() + LeaseLife;
        return await UpdateAsync(host, owner, set => set.SetProperty(job => job.LeaseUntil, until), cancellationToken);
    }

    /// <summary>Gives the lease back; does nothing when another one holds it by now, and waits for no store that is away.</summary>
    public async Task ReleaseAsync(string host, string owner)
    {
        try
        {
            await UpdateAsync(host, owner, set => set.SetProperty(job => job.LeaseOwner, (string?)null).SetProperty(job => job.LeaseUntil, (DateTimeOffset?)null), CancellationToken.None);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // It runs out by itself.
        }
    }

    public async Task PostponeAsync(string host, string owner, DateTimeOffset dueAt)
    {
        try
        {
            await UpdateAsync(host, owner, set => set.SetProperty(job => job.DueAt, dueAt), CancellationToken.None);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            // Nobody comes before the lease has run out.
        }
    }

    /// <summary>Leases of a former process of this node: one folder serves one process, so nobody holds them.</summary>
    public Task ReleaseOwnAsync(CancellationToken cancellationToken)
    {
        var prefix = node.Name;
        return store.WriteAsideAsync(
            db => db.CertificateJobs.Where(job => job.LeaseOwner != null && job.LeaseOwner.StartsWith(prefix)).ExecuteUpdateAsync(
                set => set.SetProperty(job => job.LeaseOwner, (string?)null).SetProperty(job => job.LeaseUntil, (DateTimeOffset?)null), cancellationToken),
            cancellationToken);
    }

    /// <summary>A token of our budget for this order; null when there was one, else when the next one comes.</summary>
    public async Task<DateTimeOffset?> TakeTokenAsync(CertificateAuthority ca, CertificateJob job, CancellationToken cancellationToken)
    {
        var (name, bucket) = BudgetRules.Of(ca.Role, ca.Directory, job.LastIssuedAt is null, options.Value.NewPerHour, options.Value.RenewalsPerHour);
        var now = clock.GetUtcNow();
        DateTimeOffset? next = null;
        await store.WriteAsideAsync(
            async db =>
            {
                var row = await db.IssuanceBuckets.AsTracking().SingleOrDefaultAsync(x => x.Name == name, cancellationToken);
                var tokens = row is null ? bucket.Capacity : bucket.Tokens(row.Tokens, now - row.At);
                if (tokens < 1)
                {
                    next = now + bucket.UntilNext(tokens);
                    return;
                }

                if (row is null)
                {
                    db.IssuanceBuckets.Add(row = new IssuanceBucket { Name = name });
                }

                (row.Tokens, row.At) = (tokens - 1, now);
            },
            cancellationToken);
        return next;
    }

    /// <summary>The CA's breaker: null when it may be asked. While it is open one at a time may, as a probe.</summary>
    public async Task<CaClosed?> ClosedAsync(string directory, CancellationToken cancellationToken)
    {
        CaClosed? closed = null;
        await using (var db = store.Open())
        {
            var row = await db.CaConditions.SingleOrDefaultAsync(x => x.Directory == directory, cancellationToken);
            if (row is null || (row.OpenSince is null && CaBreaker.ClosedUntil(row, clock.GetUtcNow()) is null))
            {
                return null;
            }
        }

        await store.WriteAsideAsync(
            async db =>
            {
                var now = clock.GetUtcNow();
                var row = await db.CaConditions.AsTracking().SingleAsync(x => x.Directory == directory, cancellationToken);
                if (CaBreaker.ClosedUntil(row, now) is { } until)
                {
                    closed = new CaClosed(until, row.OpenSince, row.Reason);
                }
                else if (row.OpenSince is not null)
                {
                    CaBreaker.Probing(row, now);
                }
            },
            cancellationToken);
        return closed;
    }

    public Task RecordFailureAsync(string directory, JobFailure failure, CancellationToken cancellationToken) => store.WriteAsideAsync(
        async db =>
        {
            var row = await db.CaConditions.AsTracking().SingleOrDefaultAsync(x => x.Directory == directory, cancellationToken);
            if (row is null)
            {
                db.CaConditions.Add(row = new CaCondition { Directory = directory });
            }

            CaBreaker.Failed(row, failure, clock.GetUtcNow());
        },
        cancellationToken);

    public async Task RecordSuccessAsync(string directory, CancellationToken cancellationToken)
    {
        await using (var db = store.Open())
        {
            if (!await db.CaConditions.AnyAsync(x => x.Directory == directory && (x.Failures > 0 || x.OpenSince != null), cancellationToken))
            {
                return;
            }
        }

        await store.WriteAsideAsync(
            async db => CaBreaker.Succeeded(await db.CaConditions.AsTracking().SingleAsync(x => x.Directory == directory, cancellationToken)), cancellationToken);
    }

    /// <summary>Jobs of hosts that are gone, and their certificates with the keys, once the last certificate has run out.</summary>
    public async Task<int> DeleteRetiredAsync(int most, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var deleted = 0;
        await store.WriteAsideAsync(
            async db =>
            {
                var hosts = await db.CertificateJobs.Where(job => job.State == JobState.Retired && job.DueAt <= now).OrderBy(job => job.DueAt).Select(job => job.HostName).Take(most).ToListAsync(cancellationToken);
                await db.Certificates.Where(row => hosts.Contains(row.HostName)).ExecuteDeleteAsync(cancellationToken);
                deleted = await db.CertificateJobs.Where(job => hosts.Contains(job.HostName)).ExecuteDeleteAsync(cancellationToken);
            },
            cancellationToken);
        return deleted;
    }

    private async Task AddAsync(HostDbContext db, List<string> missing, List<string> back, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // Again inside of the transaction: another node may have been first.
        var there = await db.CertificateJobs.Where(job => missing.Contains(job.HostName)).Select(job => job.HostName).ToListAsync(cancellationToken);
        var ends = await EndsAsync(db, [.. missing, .. back], cancellationToken);
        foreach (var host in missing.Except(there))
        {
            var job = JobRules.New(host, now, Random.Shared.NextDouble());
            if (ends.TryGetValue(host, out var dates) && dates.NotAfter > now)
            {
                JobRules.Adopted(job, dates, now, Random.Shared);
            }

            db.CertificateJobs.Add(job);
        }

        foreach (var job in await db.CertificateJobs.AsTracking().Where(job => back.Contains(job.HostName) && job.State == JobState.Retired).ToListAsync(cancellationToken))
        {
            JobRules.PublishedAgain(job, ends.TryGetValue(job.HostName, out var dates) ? dates : null, now);
        }
    }

    // Those of the local CA do not count: no sender trusts them.
    private static async Task<Dictionary<string, CertificateDates>> EndsAsync(HostDbContext db, IReadOnlyCollection<string> hosts, CancellationToken cancellationToken) =>
        await db.Certificates.Where(row => hosts.Contains(row.HostName) && row.Origin != CertificateOrigin.LocalCa)
            .Select(row => new { row.HostName, row.NotBefore, row.NotAfter })
            .ToDictionaryAsync(row => row.HostName, row => new CertificateDates(row.NotBefore, row.NotAfter), cancellationToken);

    private async Task<int> FirstTokensAsync(HostDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (name, bucket) = BudgetRules.Of(CaRole.Main, options.Value.DirectoryUrl, isFirst: true, options.Value.NewPerHour, options.Value.RenewalsPerHour);
        return await db.IssuanceBuckets.SingleOrDefaultAsync(x => x.Name == name, cancellationToken) is { } row
            ? (int)bucket.Tokens(row.Tokens, now - row.At)
            : (int)bucket.Capacity;
    }

    // One statement each, conditional on the row being free still: two nodes that saw the same one do not both get it.
    private async Task<List<CertificateJob>> LeaseAsync(List<CertificateJob> candidates, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var leased = new List<CertificateJob>();
        await store.WriteAsideAsync(
            async db =>
            {
                foreach (var candidate in candidates)
                {
                    var owner = node.Name + RandomNumberGenerator.GetHexString(32 - node.Name.Length, lowercase: true);
                    var until = now + LeaseLife;
                    var taken = await db.CertificateJobs
                        .Where(job => job.HostName == candidate.HostName && job.DueAt == candidate.DueAt && job.State == candidate.State && (job.LeaseUntil == null || job.LeaseUntil < now))
                        .ExecuteUpdateAsync(set => set.SetProperty(job => job.LeaseOwner, owner).SetProperty(job => job.LeaseUntil, until), cancellationToken);
                    if (taken == 1)
                    {
                        (candidate.LeaseOwner, candidate.LeaseUntil) = (owner, until);
                        leased.Add(candidate);
                    }
                }
            },
            cancellationToken);
        return leased;
    }

    private async Task<bool> UpdateAsync(
        string host, string owner, Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<CertificateJob>> set, CancellationToken cancellationToken)
    {
        var updated = 0;
        await store.WriteAsideAsync(
            async db => updated = await db.CertificateJobs.Where(job => job.HostName == host && job.LeaseOwner == owner).ExecuteUpdateAsync(set, cancellationToken),
            cancellationToken);
        return updated == 1;
    }
}
