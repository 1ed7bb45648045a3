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
    private const int LongestReason = 1000;

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
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (held, token) => await LookWithoutHarmAsync(held, token));
        }
        finally
        {
            await leases.ReleaseAsync(LeaseName, lease, CancellationToken.None);
        }
    }

    private async Task<List<Held>> DueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var tooFar = now + (2 * LongestPause);
        await using var db = store.Open();
        return await (
            from hold in db.AnnouncementHolds
            join domain in db.Domains on hold.DomainId equals domain.Id
            where hold.NextLookAt <= now || hold.NextLookAt > tooFar
            orderby hold.NextLookAt
            select new Held(hold, domain)).Take(Batch).ToListAsync(cancellationToken);
    }

    // What goes wrong with one domain keeps no other waiting.
    private async Task LookWithoutHarmAsync(Held held, CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(held, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !StoreFaults.IsAway(exception))
        {
            Log.LookFailed(logger, held.Domain.Name, exception);
            await PutOffAsync(held, held.Hold.Code, held.Hold.Reason, clock.GetUtcNow() + LongestPause, cancellationToken);
        }
    }

    private async Task LookAsync(Held held, CancellationToken cancellationToken)
    {
        var domain = held.Domain;
        if (!MailDomain.TryParse(domain.Name, out var name, out var error))
        {
            throw new InvalidDataException($"The store holds a domain name that no rule would have let in: {error.Message}");
        }

        var policy = domain.Policy();
        var finding = policy.Mode == StsMode.Enforce ? await guard.JudgeAsync(name, policy, isOneOfMany: false, cancellationToken) : GuardFinding.None;
        if (!finding.IsRefused)
        {
            await ReleaseAsync(domain, cancellationToken);
            return;
        }

        var now = clock.GetUtcNow();
        var reason = string.Join(' ', finding.Findings.Select(one => one.Message).Prepend(finding.Message));
        var wait = (now - held.Hold.Since) / 4;
        await PutOffAsync(
            held, finding.Code, reason.Length > LongestReason ? reason[..LongestReason] : reason, now + (wait < ShortestPause ? ShortestPause : wait > LongestPause ? LongestPause : wait), cancellationToken);
        Log.Held(logger, domain.Name, finding.Code, finding.Message);
    }

    // Among the edits, and not beside them: one that leaves a held domain to the guard (a template's) has either been made by now, and is another version, or finds no hold.
    private Task<bool> ReleaseAsync(HostedDomain domain, CancellationToken cancellationToken) => store.WriteAsync(
        async write =>
        {
            var hold = await write.Db.AnnouncementHolds.SingleOrDefaultAsync(row => row.DomainId == domain.Id, cancellationToken);
            // What was judged must be what is announced: another edit has its own look.
            if (hold is null || !await write.Db.Domains.AnyAsync(row => row.Id == domain.Id && row.Version == domain.Version, cancellationToken))
            {
                return false;
            }

            write.Db.AnnouncementHolds.Remove(hold);
            // Its record is due now, and not when the last wait is over; and a customer's own is looked at for the id that he may set now.
            await write.Db.DnsRecords.Where(row => row.DomainId == domain.Id && row.State == DnsRecordState.WaitingForHttps).ExecuteUpdateAsync(set => set.SetProperty(row => row.DueAt, write.At), cancellationToken);
            await write.Db.CustomerLooks.Where(row => row.DomainId == domain.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.NextLookAt, write.At), cancellationToken);
            return true;
        },
        cancellationToken);

    // Another node may have looked as well, or an edit has ended the wait.
    private Task PutOffAsync(Held held, string? code, string? reason, DateTimeOffset until, CancellationToken cancellationToken) => store.WriteAsideAsync(
        db => db.AnnouncementHolds
            .Where(row => row.DomainId == held.Domain.Id && row.NextLookAt == held.Hold.NextLookAt && db.Domains.Any(domain => domain.Id == row.DomainId && domain.Version == held.Domain.Version))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Code, code).SetProperty(row => row.Reason, reason).SetProperty(row => row.NextLookAt, until), cancellationToken),
        cancellationToken);

    private sealed record Held(AnnouncementHold Hold, HostedDomain Domain);

    private static partial class Log
    {
        [LoggerMessage(800, LogLevel.Warning, "Ids of new domains in enforce are not judged ({Reason}); it is tried again, and they wait")]
        public static partial void RoundFailed(ILogger logger, string reason);

        [LoggerMessage(801, LogLevel.Warning, "The id of {Domain}, whose first policy is in enforce, is not announced ({Code}): {Reason}")]
        public static partial void Held(ILogger logger, string domain, string code, string reason);

        [LoggerMessage(802, LogLevel.Error, "The id of {Domain}, whose first policy is in enforce, cannot be judged; it is tried again in an hour, and it waits")]
        public static partial void LookFailed(ILogger logger, string domain, Exception exception);
    }
}
