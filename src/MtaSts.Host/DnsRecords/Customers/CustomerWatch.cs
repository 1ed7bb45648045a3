using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>
/// Loop, on one node at a time: looks at every customer's zone once a day, sooner while something is missing or after an edit. What changed is told once; what is
/// there, and whether the customer's own TXT lags the policy, stays in the store.
/// </summary>
internal sealed partial class CustomerWatch(DomainRecords records, CustomerLooks looks, Leases leases, Store store, TimeProvider clock, ILogger<CustomerWatch> logger) : RoundLoop(Every, clock)
{
    private const string LeaseName = "customer-looks";
    private const int Batch = 32;
    private const int MostBatches = 50;
    private const int AtOnce = 8;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(20);

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        if (await leases.TryTakeAsync(LeaseName, Lease, cancellationToken) is { } lease)
        {
            try
            {
                for (var batch = 0; batch < MostBatches && await LookAsync(cancellationToken) == Batch && await leases.RenewAsync(LeaseName, lease, Lease, cancellationToken); batch++)
                {
                    // The next ones, while the lease is ours.
                }
            }
            finally
            {
                await leases.ReleaseAsync(LeaseName, lease, CancellationToken.None);
            }
        }

        return false;
    }

    protected override void TellFailure(string reason) => Log.Failed(logger, reason);

    /// <summary>One batch of what is due.</summary>
    /// <returns>How many were looked at.</returns>
    public async Task<int> LookAsync(CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        // Of a clock that was ahead.
        var tooFar = now + (LookSchedule.Complete * 2);
        await using var db = store.Open();
        var due = await (
            from domain in db.Domains.Include(domain => domain.Tenant)
            join look in db.CustomerLooks on domain.Id equals look.DomainId into lasts
            from last in lasts.DefaultIfEmpty()
            where last == null || last.NextLookAt <= now || last.NextLookAt > tooFar || (domain.UpdatedAt > last.LookedAt && last.LookedAt <= now - LookSchedule.Soonest)
            orderby last == null ? 0 : 1, domain.Id
            select new { Domain = domain, Last = last }).Take(Batch).ToListAsync(cancellationToken);
        if (due.Count == 0)
        {
            return 0;
        }

        var ids = due.Select(one => one.Domain.Id).ToList();
        var holds = await db.AnnouncementHolds.Where(hold => ids.Contains(hold.DomainId)).ToDictionaryAsync(hold => hold.DomainId, cancellationToken);
        var ca = await records.FindCaAsync(db, cancellationToken);
        var made = new MadeLook[due.Count];
        await Parallel.ForAsync(0, due.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (index, cancel) =>
        {
            try
            {
                var customer = records.CustomerOf(due[index].Domain, holds.GetValueOrDefault(due[index].Domain.Id), RecordReports.Read(due[index].Last), now);
                var facts = await looks.LookAsync(customer, records.Settings, ca, LongestLook, cancel);
                made[index] = records.Make(due[index].Domain, customer, facts, due[index].Last, Clock.GetUtcNow());
            }
            catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
            {
                // A damaged row must not come first for ever.
                made[index] = DomainRecords.Unreadable(due[index].Domain, Clock.GetUtcNow());
            }
        });
        await records.KeepAsync(made, cancellationToken);
        return due.Count;
    }

    private static partial class Log
    {
        [LoggerMessage(560, LogLevel.Warning, "Customers' DNS records are not looked at, it is tried again every 15 seconds: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
