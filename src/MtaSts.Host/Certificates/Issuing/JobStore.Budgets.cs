using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Buckets and breakers, shared by all nodes.</summary>
internal sealed partial class JobStore
{
    /// <summary>Takes a token from each of the buckets, or from none.</summary>
    /// <returns>Null: taken. Else when all of them will have one.</returns>
    public async Task<DateTimeOffset?> TakeTokensAsync(IReadOnlyList<BucketUse> uses, CancellationToken cancellationToken)
    {
        DateTimeOffset? comeAgain = null;
        await store.WriteAsideAsync(
            async db =>
            {
                var now = clock.GetUtcNow();
                var buckets = await LockBucketsAsync(db, uses, now, cancellationToken);
                var availableAt = buckets.Max(bucket => TokenBucket.AvailableAt(bucket.Row, bucket.Rate, now));
                if (availableAt > now)
                {
                    comeAgain = availableAt;
                    return;
                }

                comeAgain = null;
                buckets.ForEach(bucket => TokenBucket.TryTake(bucket.Row, bucket.Rate, now));
            },
            cancellationToken);
        return comeAgain;
    }

    /// <summary>What <see cref="TakeTokensAsync"/> took was not used.</summary>
    public Task GiveTokensBackAsync(IReadOnlyList<BucketUse> uses, CancellationToken cancellationToken) => store.WriteAsideAsync(
        async db =>
        {
            var now = clock.GetUtcNow();
            (await LockBucketsAsync(db, uses, now, cancellationToken)).ForEach(bucket => TokenBucket.GiveBack(bucket.Row, bucket.Rate, now));
        },
        cancellationToken);

    /// <summary>May the host go to the CA now?</summary>
    /// <returns>Null: yes; the turn of trying a CA that was away is taken. Else when to come again.</returns>
    public async Task<DateTimeOffset?> EnterAsync(string directory, string host, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (!CaBreaker.IsOpen(await FindConditionAsync(directory, cancellationToken)))
        {
            return null;
        }

        DateTimeOffset? comeAgain = null;
        await ChangeConditionAsync(directory, ca => comeAgain = CaBreaker.TryEnter(ca, host, now) ? null : CaBreaker.MayTryAt(ca), cancellationToken);
        return comeAgain;
    }

    public async Task SucceededAsync(string directory, CancellationToken cancellationToken)
    {
        // As a rule there is nothing to write.
        if (await FindConditionAsync(directory, cancellationToken) is { } ca && (ca.Failures > 0 || ca.OpenSince is not null || ca.Limitings > 0))
        {
            await ChangeConditionAsync(directory, CaBreaker.Succeeded, cancellationToken);
        }
    }

    /// <returns>The condition after it, for logs.</returns>
    public Task<CaCondition> FailedAsync(string directory, string host, string reason, CancellationToken cancellationToken) =>
        ChangeConditionAsync(directory, ca => CaBreaker.Failed(ca, host, reason, clock.GetUtcNow()), cancellationToken);

    public Task<CaCondition> RateLimitedAsync(string directory, DateTimeOffset? retryAt, CancellationToken cancellationToken) =>
        ChangeConditionAsync(directory, ca => CaBreaker.RateLimited(ca, retryAt, clock.GetUtcNow()), cancellationToken);

    /// <returns>Null: nothing bad was ever seen.</returns>
    public async Task<CaCondition?> FindConditionAsync(string directory, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.CaConditions.SingleOrDefaultAsync(row => row.Directory == directory, cancellationToken);
    }

    /// <summary>Rows of buckets that nobody has used for a week: all are full again, and one that is not there is full.</summary>
    public async Task<int> DeleteFullBucketsAsync(CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - TimeSpan.FromDays(7);
        var deleted = 0;
        await store.WriteAsideAsync(
            async db => deleted = await db.IssuanceBuckets.Where(row => row.At < before).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        return deleted;
    }

    private async Task<CaCondition> ChangeConditionAsync(string directory, Action<CaCondition> change, CancellationToken cancellationToken)
    {
        CaCondition? condition = null;
        await store.WriteAsideAsync(
            async db =>
            {
                await db.Database.ExecuteSqlAsync(
                    $"""INSERT INTO ca_conditions ("Directory", "Failures", "Openings", "Limitings") VALUES ({directory}, 0, 0, 0) ON CONFLICT DO NOTHING""", cancellationToken);
                var rows = db is PostgresHostDbContext
                    ? db.CaConditions.FromSql($"""SELECT * FROM ca_conditions WHERE "Directory" = {directory} FOR UPDATE""")
                    : db.CaConditions.Where(row => row.Directory == directory);
                condition = (await rows.AsTracking().ToListAsync(cancellationToken)).Single();
                change(condition);
                if (condition.Reason is { Length: > 2000 } reason)
                {
                    condition.Reason = reason[..2000];
                }
            },
            cancellationToken);
        return condition!;
    }

    private static async Task<List<(IssuanceBucket Row, TokenRate Rate)>> LockBucketsAsync(
        HostDbContext db, IReadOnlyList<BucketUse> uses, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var buckets = new List<(IssuanceBucket Row, TokenRate Rate)>();
        // In one order for all, so that two nodes never wait for each other.
        foreach (var use in uses.OrderBy(use => use.Name, StringComparer.Ordinal))
        {
            buckets.Add((await LockBucketAsync(db, TokenBucket.Full(use, now), cancellationToken), use.Rate));
        }

        return buckets;
    }

    private static async Task<IssuanceBucket> LockBucketAsync(HostDbContext db, IssuanceBucket full, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"""INSERT INTO issuance_buckets ("Name", "Tokens", "At") VALUES ({full.Name}, {full.Tokens}, {full.At.UtcTicks}) ON CONFLICT DO NOTHING""", cancellationToken);
        var rows = db is PostgresHostDbContext
            ? db.IssuanceBuckets.FromSql($"""SELECT * FROM issuance_buckets WHERE "Name" = {full.Name} FOR UPDATE""")
            : db.IssuanceBuckets.Where(row => row.Name == full.Name);
        return (await rows.AsTracking().ToListAsync(cancellationToken)).Single();
    }

    private async Task<Dictionary<CaRole, CaAllowance>> AllowancesAsync(HostDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var conditions = await db.CaConditions.ToDictionaryAsync(row => row.Directory, cancellationToken);
        var uses = choice.Roles.ToDictionary(role => role, role => (First: BudgetRules.First(limits, role, choice.DirectoryOf(role)), Renewals: BudgetRules.Renewals(limits, choice.DirectoryOf(role))));
        string[] names = [.. uses.Values.SelectMany(use => new[] { use.First.Name, use.Renewals.Name })];
        var buckets = await db.IssuanceBuckets.Where(row => names.Contains(row.Name)).ToDictionaryAsync(row => row.Name, cancellationToken);
        return uses.ToDictionary(
            use => use.Key,
            use => CaAllowance.Of(
                use.Value.First.Rate,
                use.Value.Renewals.Rate,
                conditions.GetValueOrDefault(choice.DirectoryOf(use.Key)),
                buckets.GetValueOrDefault(use.Value.First.Name),
                buckets.GetValueOrDefault(use.Value.Renewals.Name),
                now));
    }

    private async Task<bool> IsMainAwayForLongAsync(HostDbContext db, DateTimeOffset now, CancellationToken cancellationToken) =>
        choice.Has(CaRole.Fallback) && CaBreaker.IsAwayForLong(await db.CaConditions.SingleOrDefaultAsync(row => row.Directory == choice.Main, cancellationToken), now);
}
