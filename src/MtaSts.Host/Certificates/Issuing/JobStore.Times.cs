using Microsoft.EntityFrameworkCore;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>What a clock that was wrong has left behind, of whichever node.</summary>
internal sealed partial class JobStore
{
    private static readonly TimeSpan LongestBreakerWait = TimeSpan.FromHours(1);

    /// <summary>
    /// Repairs times that lie further in the future than any rule sets them, of jobs, budgets, breakers and accounts. As a rule there are none.
    /// </summary>
    /// <param name="clockStepped">
    /// This node's clock was set by much just now: then names that wait for DNS are taken up too, because for how long they have waited is not known any more.
    /// </param>
    /// <param name="cancellationToken">What was repaired before it stays so.</param>
    /// <returns>How many jobs were repaired.</returns>
    public async Task<int> RepairTimesAsync(bool clockStepped, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var future = now + JobRules.ClockSlack;
        var leased = future + Lease;
        var asked = future + TimeSpan.FromDays(1);
        string[] hosts;
        await using (var db = store.Open())
        {
            hosts = await db.CertificateJobs.Where(row => row.Since > future || row.LastAttemptAt > future || row.LastIssuedAt > future || row.OrderedAt > future
                    || row.PreflightAt > future || row.UnreachableSince > future || row.AriCheckAt > asked || row.LeaseUntil > leased
                    || (clockStepped && row.UnreachableSince != null))
                .OrderBy(row => row.HostName).Select(row => row.HostName).ToArrayAsync(cancellationToken);
        }

        var repaired = hosts.Length == 0 ? 0 : await ChangeAsync(hosts, (job, inService) => JobRules.ClockWasWrong(job, inService, now), cancellationToken);
        await RepairSharedTimesAsync(now, future, cancellationToken);
        return repaired;
    }

    private Task RepairSharedTimesAsync(DateTimeOffset now, DateTimeOffset future, CancellationToken cancellationToken) => store.WriteAsideAsync(
        async db =>
        {
            await db.IssuanceBuckets.Where(row => row.At > future).ExecuteUpdateAsync(set => set.SetProperty(row => row.At, now), cancellationToken);
            await db.AcmeRegistrations.Where(row => row.Since > future).ExecuteUpdateAsync(set => set.SetProperty(row => row.Since, now), cancellationToken);
            var longest = future + LongestBreakerWait;
            foreach (var ca in await db.CaConditions.AsTracking().Where(row => row.OpenSince > future || row.ProbeAt > longest || row.LimitedUntil > longest).ToListAsync(cancellationToken))
            {
                CaBreaker.ClockWasWrong(ca, now);
            }
        },
        cancellationToken);
}
