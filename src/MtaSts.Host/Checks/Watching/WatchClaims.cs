using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Checks.Records;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Checks.Watching;

/// <summary>Who checks what: due rows are taken by one node each, for a bounded time. Safe from all threads, on many nodes.</summary>
internal sealed class WatchClaims(Store store, IOptions<ChecksOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(10);

    // A clock that was ahead must not hold a check up for as long as that was.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromHours(1);

    private static readonly TimeSpan LongestWaitForDns = TimeSpan.FromHours(1);
    private static readonly TimeSpan WaitForDns = TimeSpan.FromMinutes(2);

    /// <summary>Active ones, and suspended ones, whose policies senders still follow. In one that is on its way out much is as it must not be otherwise.</summary>
    public static bool IsWatched(DomainState? state) => state is DomainState.Active or DomainState.Suspended;

    /// <summary>Where there is no row yet.</summary>
    public static Task AddAsync(HostDbContext db, long domainId, DateTimeOffset nextCheckAt, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""INSERT INTO domain_watches ("DomainId", "NextCheckAt", "Errors", "Warnings", "VersionChecked") VALUES ({domainId}, {nextCheckAt.UtcTicks}, 0, 0, 0) ON CONFLICT DO NOTHING""", cancellationToken);

    /// <summary>Takes up to so many due domains.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<IReadOnlyList<long>> TakeAsync(int most, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var tooFar = now + options.Value.Every + ClockSlack;
        await using (var db = store.Open())
        {
            // Mostly nothing is due, and then nothing is written.
            var free = db.DomainWatches.Where(row => row.ClaimedUntil == null || row.ClaimedUntil < now || row.ClaimedUntil > now + (2 * Claim));
            if (!await free.AnyAsync(row => row.NextCheckAt <= now, cancellationToken) && !await free.AnyAsync(row => row.NextCheckAt > tooFar, cancellationToken))
            {
                return [];
            }
        }

        var taken = new List<long>();
        await store.WriteAsideAsync(
            async db =>
            {
                taken.Clear();
                taken.AddRange(await TakeAsync(db, $"\"NextCheckAt\" <= {now.UtcTicks}", now, most, cancellationToken));
                if (taken.Count < most)
                {
                    taken.AddRange(await TakeAsync(db, $"\"NextCheckAt\" > {tooFar.UtcTicks}", now, most - taken.Count, cancellationToken));
                }
            },
            cancellationToken);
        return taken;
    }

    /// <summary>What is to be checked of those that were taken. The rest is put off, or forgotten.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<IReadOnlyList<TakenDomain>> LoadAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (ready, notYet, damaged) = (new List<TakenDomain>(), new List<long>(), new List<long>());
        HashSet<long> gone = [.. ids];
        await using (var db = store.Open())
        {
            var domains = (await db.Domains.Where(row => ids.Contains(row.Id)).ToListAsync(cancellationToken)).Where(row => IsWatched(row.State)).ToList();
            var own = await OwnPolicies.OfAsync(db, domains, cancellationToken);
            var waiting = await WaitingForDnsAsync(db, domains, now, cancellationToken);
            foreach (var domain in domains)
            {
                gone.Remove(domain.Id);
                if (waiting.Contains(domain.Id))
                {
                    notYet.Add(domain.Id);
                }
                else if (own.TryGetValue(domain.Id, out var policy) && MailDomain.TryParse(domain.Name, out var name, out _))
                {
                    ready.Add(new TakenDomain(domain.Id, name, domain.Version, policy));
                }
                else
                {
                    damaged.Add(domain.Id);
                }
            }
        }

        if (gone.Count + notYet.Count + damaged.Count > 0)
        {
            await store.WriteAsideAsync(
                async db =>
                {
                    await AdvisoryEnd.ForgetAsync(db, gone, now, cancellationToken);
                    await PutOffAsync(db, notYet, now + WaitForDns, cancellationToken);
                    await PutOffAsync(db, damaged, now + options.Value.Every, cancellationToken);
                },
                cancellationToken);
        }

        return ready;
    }

    /// <summary>For a domain whose check failed on our side: the others come first.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task PutOffAsync(long id, CancellationToken cancellationToken)
    {
        var until = clock.GetUtcNow() + options.Value.EveryWhileWrong;
        await store.WriteAsideAsync(db => PutOffAsync(db, [id], until, cancellationToken), cancellationToken);
    }

    private static Task<int> PutOffAsync(HostDbContext db, List<long> ids, DateTimeOffset until, CancellationToken cancellationToken) => db.DomainWatches.Where(row => ids.Contains(row.DomainId))
        .ExecuteUpdateAsync(set => set.SetProperty(row => row.NextCheckAt, until).SetProperty(row => row.ClaimedUntil, (DateTimeOffset?)null), cancellationToken);

    // A new id that is still on its way would only be found missing.
    private static async Task<HashSet<long>> WaitingForDnsAsync(HostDbContext db, List<HostedDomain> domains, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var young = domains.Where(row => row.UpdatedAt > now - LongestWaitForDns).Select(row => row.Id).ToList();
        return young.Count == 0
            ? []
            : [.. await db.DnsRecords
                .Where(row => young.Contains(row.DomainId) && row.Gate > 0 && (row.State == DnsRecordState.WaitingForHttps || row.State == DnsRecordState.Publishing || row.State == DnsRecordState.Verifying))
                .Select(row => row.DomainId).ToListAsync(cancellationToken)];
    }

    private static Task<List<long>> TakeAsync(HostDbContext db, string due, DateTimeOffset now, int most, CancellationToken cancellationToken)
    {
        // Other nodes pass over what this one is taking at the moment.
        var passOver = db is PostgresHostDbContext ? "FOR UPDATE SKIP LOCKED" : "";
        // Materialized: a plan of PostgreSQL that ran the inner query once for each row would take more than the limit.
        var sql = $$"""
            WITH due AS MATERIALIZED (
                SELECT "DomainId" FROM domain_watches WHERE {{due}} AND ("ClaimedUntil" IS NULL OR "ClaimedUntil" < {1} OR "ClaimedUntil" > {2})
                ORDER BY "NextCheckAt" LIMIT {3} {{passOver}})
            UPDATE domain_watches SET "ClaimedUntil" = {0} WHERE "DomainId" IN (SELECT "DomainId" FROM due)
            RETURNING "DomainId" AS "Value"
            """;
        return db.Database.SqlQueryRaw<long>(sql, (now + Claim).UtcTicks, now.UtcTicks, (now + (2 * Claim)).UtcTicks, most).ToListAsync(cancellationToken);
    }
}

/// <param name="Id">Of its row.</param>
/// <param name="Name">Lower-case A-labels.</param>
/// <param name="Version">Number of the version that is served.</param>
/// <param name="Policy">The same.</param>
internal sealed record TakenDomain(long Id, MailDomain Name, int Version, OwnPolicy Policy);
