using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>How all certificates do, counted by the database from indexes.</summary>
/// <remarks>The clock is known in the service alone; commands do without.</remarks>
internal sealed class CertificateSummaries(
    Store store, IOptions<CertificatesOptions> options, IOptions<AcmeOptions> acme, CaChoice choice, BudgetLimits limits, IEnumerable<CaClock> caClock, TimeProvider clock)
{
    private const int MostRenewals = 10;

    public async Task<CertificatesSummary> ReadAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var isAcme = options.Value.Source == CertificateSource.Acme;
        await using var db = store.Open();
        var states = await StatesAsync(db, cancellationToken);
        var authorities = isAcme ? await AuthoritiesAsync(db, now, cancellationToken) : [];
        return new CertificatesSummary(
            now,
            isAcme ? "acme" : "localCa",
            await ServingAsync(db, states, now, cancellationToken),
            Issuance(states),
            await OldestDueAsync(db, now, cancellationToken),
            await NextRenewalsAsync(db, now, cancellationToken),
            isAcme ? await NewNamesAsync(db, now, cancellationToken) : new NewNames(0, 0, null),
            authorities,
            caClock.FirstOrDefault()?.Wrong is { } wrong ? new ClockResource(Math.Round(wrong.TotalSeconds)) : null);
    }

    public static async Task<Dictionary<JobState, int>> StatesAsync(HostDbContext db, CancellationToken cancellationToken) =>
        await db.CertificateJobs.GroupBy(job => job.State).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);

    /// <summary>What nobody works on although its time has come; new names in the queue wait by design, in a bulk for weeks.</summary>
    public static async Task<DueJob?> OldestDueAsync(HostDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        DueJob? oldest = null;
        foreach (var state in CertificateWords.States.Where(state => state != JobState.Retired))
        {
            // One state at a time: then an index has the answer in front.
            var due = db.CertificateJobs.Where(job => job.State == state && job.DueAt <= now && (job.LeaseUntil == null || job.LeaseUntil < now));
            if (state == JobState.Queued)
            {
                due = due.Where(job => job.Priority != JobPriority.NewName);
            }

            var first = await due.OrderBy(job => job.DueAt).Select(job => new DueJob(job.HostName, job.DueAt)).FirstOrDefaultAsync(cancellationToken);
            oldest = oldest is null || first?.DueAt < oldest.DueAt ? first ?? oldest : oldest;
        }

        return oldest;
    }

    /// <summary>When the name with so many before it can have its first certificate.</summary>
    public async Task<DateTimeOffset?> EstimateAsync(HostDbContext db, int ahead, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var use = BudgetRules.First(limits, CaRole.Main, choice.Main);
        var bucket = await db.IssuanceBuckets.SingleOrDefaultAsync(row => row.Name == use.Name, cancellationToken);
        return now + BulkEstimate.Of(ahead + 1, TokenBucket.Level(bucket, use.Rate, now), use.Rate, acme.Value.Workers).Left;
    }

    private static async Task<ServingCounts> ServingAsync(HostDbContext db, Dictionary<JobState, int> states, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var counted = await ServingSql.CountAsync(db, now, cancellationToken);
        var wanted = states.Where(state => state.Key != JobState.Retired).Sum(state => (long)state.Value);
        return new ServingCounts(
            Math.Max(0, wanted - counted.Total),
            counted.Total - counted.Revoked - counted.Expired - counted.Expiring,
            counted.Expiring,
            counted.Expired,
            counted.Revoked,
            counted.Late,
            counted.Total == 0 ? 0 : (double)counted.Late / counted.Total);
    }

    private static IssuanceCounts Issuance(Dictionary<JobState, int> states)
    {
        return new IssuanceCounts(
            Of(JobState.DnsWait), Of(JobState.Queued), Of(JobState.Running), Of(JobState.Idle), Of(JobState.Backoff), Of(JobState.Deferred), Of(JobState.Blocked), Of(JobState.Dormant), Of(JobState.Retired));
        int Of(JobState state) => states.GetValueOrDefault(state);
    }

    private static async Task<NextRenewals> NextRenewalsAsync(HostDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var waiting = db.CertificateJobs.Where(job => job.State == JobState.Idle && job.RenewAt != null);
        var items = await waiting.OrderBy(job => job.RenewAt).Take(MostRenewals).Select(job => new NextRenewal(job.HostName, job.RenewAt!.Value)).ToListAsync(cancellationToken);
        return new NextRenewals(await UntilAsync(TimeSpan.FromHours(1)), await UntilAsync(TimeSpan.FromDays(1)), await UntilAsync(TimeSpan.FromDays(7)), items);

        Task<int> UntilAsync(TimeSpan time)
        {
            var until = now + time;
            return waiting.CountAsync(job => job.RenewAt <= until, cancellationToken);
        }
    }

    private async Task<NewNames> NewNamesAsync(HostDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var names = db.CertificateJobs.Where(job => job.Priority == JobPriority.NewName);
        var waiting = await names.CountAsync(job => job.State == JobState.Queued, cancellationToken)
            + await names.CountAsync(job => job.State == JobState.Deferred, cancellationToken)
            // Those that were looked at and are not ready are not on their way; those that nobody has looked at yet may be.
            + await names.CountAsync(job => job.State == JobState.DnsWait && job.PreflightAt == null, cancellationToken);
        return new NewNames(waiting, limits.FirstPerHour, waiting == 0 ? null : await EstimateAsync(db, waiting - 1, now, cancellationToken));
    }

    private async Task<List<AuthorityResource>> AuthoritiesAsync(HostDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var accounts = await db.AcmeRegistrations
            .Select(row => new { row.Directory, row.AccountUrl, row.State, row.Reason, row.TermsOfService, row.CreatedAt, row.Since })
            .ToDictionaryAsync(row => row.Directory, cancellationToken);
        var conditions = await db.CaConditions.ToDictionaryAsync(row => row.Directory, cancellationToken);
        var result = new List<AuthorityResource>();
        foreach (var role in choice.Roles)
        {
            var directory = choice.DirectoryOf(role);
            result.Add(new AuthorityResource(
                CertificateWords.Of(role),
                directory,
                accounts.TryGetValue(directory, out var account)
                    ? new AccountResource(account.AccountUrl, CertificateWords.Of(account.State), account.Reason, account.TermsOfService, account.CreatedAt, account.Since)
                    : null,
                Breaker(conditions.GetValueOrDefault(directory), now),
                await BudgetsAsync(db, role, directory, now, cancellationToken)));
        }

        return result;
    }

    private static BreakerResource Breaker(CaCondition? condition, DateTimeOffset now)
    {
        var limitedUntil = condition?.LimitedUntil > now ? condition.LimitedUntil : null;
        var state = condition?.OpenSince is not null ? "open" : limitedUntil is not null ? "limited" : "closed";
        return new BreakerResource(state, condition?.Failures ?? 0, condition?.OpenSince, condition?.OpenSince is null ? null : condition.ProbeAt, limitedUntil, condition?.Reason);
    }

    private async Task<List<BudgetResource>> BudgetsAsync(HostDbContext db, CaRole role, string directory, DateTimeOffset now, CancellationToken cancellationToken)
    {
        (string Kind, BucketUse Use)[] buckets = role == CaRole.Staging
            ? [("staging", BudgetRules.First(limits, role, directory))]
            : [("first", BudgetRules.First(limits, role, directory)), ("renewals", BudgetRules.Renewals(limits, directory))];
        var result = new List<BudgetResource>();
        foreach (var (kind, use) in buckets)
        {
            var row = await db.IssuanceBuckets.SingleOrDefaultAsync(row => row.Name == use.Name, cancellationToken);
            result.Add(new BudgetResource(kind, (int)TokenBucket.Level(row, use.Rate, now), (int)use.Rate.Capacity, (int)use.Rate.PerHour));
        }

        return result;
    }
}
