using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Checks;

/// <summary>Loop, on one node at a time: has the guard look at the mail servers of domains whose first policy is in `enforce`, and lets their ids go into DNS when it finds them fit.</summary>
internal sealed partial class AnnouncementUpkeep(Store store, IEditGuard guard, Leases leases, TimeProvider clock, ILogger<AnnouncementUpkeep> logger) : BackgroundService
{
    private const string LeaseName = "announcements";
    private const int Batch = 64;
    private const int AtOnce = 8;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var woken = store.Written.Next;
            try
            {
                await RoundAsync(stoppingToken);
                failures = 0;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (failures++ == 0)
                {
                    Log.RoundFailed(logger, StoreFaults.Tell(exception));
                }

                woken = Task.Delay(LookEvery, clock, stoppingToken);
            }

            await Task.WhenAny(woken, Task.Delay(LookEvery, clock, stoppingToken));
        }
    }

    /// <summary>Looks at what is due, a bounded number.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        var due = await DueAsync(cancellationToken);
        if (due.Count == 0 || await leases.TryTakeAsync(LeaseName, LeaseTime, cancellationToken) is not { } lease)
        {
            return;
        }

        try
        {
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (domain, token) => await LookAsync(domain, token));
        }
        finally
        {
            await leases.ReleaseAsync(LeaseName, lease, CancellationToken.None);
        }
    }

    private async Task<List<HostedDomain>> DueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var tooFar = now + (2 * LongestPause);
        await using var db = store.Open();
        return await db.AnnouncementHolds.Where(hold => hold.NextLookAt <= now || hold.NextLookAt > tooFar).OrderBy(hold => hold.NextLookAt).Take(Batch)
            .Join(db.Domains, hold => hold.DomainId, domain => domain.Id, (hold, domain) => domain).ToListAsync(cancellationToken);
    }

    private async Task LookAsync(HostedDomain domain, CancellationToken cancellationToken)
    {
        if (domain.PolicyOrNull() is not { } policy || !MailDomain.TryParse(domain.Name, out var name, out _))
        {
            return;
        }

        var finding = policy.Mode == StsMode.Enforce ? await guard.JudgeAsync(name, policy, isOneOfMany: false, cancellationToken) : GuardFinding.None;
        var now = clock.GetUtcNow();
        await store.WriteAsideAsync(
            async db =>
            {
                // What was judged must be what is announced: another edit has its own look.
                var hold = await db.AnnouncementHolds.AsTracking().SingleOrDefaultAsync(row => row.DomainId == domain.Id, cancellationToken);
                if (hold is null || !await db.Domains.AnyAsync(row => row.Id == domain.Id && row.Version == domain.Version, cancellationToken))
                {
                    return;
                }

                if (!finding.IsRefused)
                {
                    db.AnnouncementHolds.Remove(hold);
                    // Its record is due now, and not when the last wait is over.
                    await db.DnsRecords.Where(row => row.DomainId == domain.Id && row.State == DnsRecordState.WaitingForHttps).ExecuteUpdateAsync(set => set.SetProperty(row => row.DueAt, now), cancellationToken);
                    return;
                }

                var reason = string.Join(' ', finding.Findings.Select(one => one.Message).Prepend(finding.Message));
                (hold.Code, hold.Reason) = (finding.Code, reason.Length > 1000 ? reason[..1000] : reason);
                var wait = (now - hold.Since) / 4;
                hold.NextLookAt = now + (wait < ShortestPause ? ShortestPause : wait > LongestPause ? LongestPause : wait);
            },
            cancellationToken);
        if (finding.IsRefused)
        {
            Log.Held(logger, domain.Name, finding.Code, finding.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(800, LogLevel.Warning, "Ids of new domains in enforce are not judged ({Reason}); it is tried again, and they wait")]
        public static partial void RoundFailed(ILogger logger, string reason);

        [LoggerMessage(801, LogLevel.Warning, "The id of {Domain}, whose first policy is in enforce, is not announced ({Code}): {Reason}")]
        public static partial void Held(ILogger logger, string domain, string code, string reason);
    }
}
