using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Domains;
using MtaSts.Host.Nodes;
using MtaSts.Host.Policies;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>Loop: closes versions that a later one has replaced on every node. One node at a time.</summary>
internal sealed partial class VersionUpkeep(
    Store store, PublishedPolicies published, ServedPosition served, ServingGate gate, VersionClosing closing, Leases leases, TimeProvider clock, ILogger<VersionUpkeep> logger)
    : BackgroundService
{
    private const int Batch = 500;
    private const string Lease = "versions";

    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    // The domains in which versions are open; found by their revision, so that no round goes through all of them.
    private readonly HashSet<long> _open = [];
    private StorePosition? _lookedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = ShortestPause;
        var hasFailed = false;
        while (true)
        {
            var changed = published.Changed.Next;
            try
            {
                pause = await RoundAsync(stoppingToken) ? ShortestPause : Longer(pause);
                hasFailed = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                pause = Longer(pause);
                if (!hasFailed)
                {
                    hasFailed = true;
                    Log.RoundFailed(logger, StoreFaults.Tell(exception));
                }
            }

            if (_open.Count == 0 && !hasFailed)
            {
                await changed.WaitAsync(stoppingToken);
            }

            // Where this node is alone the edit itself closes what it replaces.
            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    /// <returns>Whether something went forward.</returns>
    private async Task<bool> RoundAsync(CancellationToken cancellationToken)
    {
        if (served.Current is not { } target)
        {
            return false;
        }

        await using var db = store.Open();
        var isNew = _lookedAt != target;
        if (isNew)
        {
            var since = _lookedAt?.Epoch == target.Epoch ? _lookedAt.Revision : 0;
            _open.UnionWith(await VersionClosing.Replaced(db).Where(version => version.Domain!.Revision > since).Select(version => version.DomainId).Distinct().ToListAsync(cancellationToken));
            _lookedAt = target;
        }

        if (_open.Count == 0 || await leases.TryTakeAsync(Lease, LeaseTime, cancellationToken) is not { } owner)
        {
            return isNew;
        }

        try
        {
            return await CloseAsync(db, owner, cancellationToken) || isNew;
        }
        finally
        {
            await leases.ReleaseAsync(Lease, owner, cancellationToken);
        }
    }

    private async Task<bool> CloseAsync(HostDbContext db, string owner, CancellationToken cancellationToken)
    {
        var hasClosed = false;
        foreach (var ids in _open.ToList().Chunk(Batch))
        {
            // Another node may have closed some. The rows are read before the look, which is then about them.
            var rows = await VersionClosing.Replaced(db).Where(version => ids.Contains(version.DomainId))
                .Select(version => new { version.DomainId, version.Domain!.Revision, version.Domain.Version }).Distinct().ToListAsync(cancellationToken);
            _open.ExceptWith(ids.Except(rows.Select(row => row.DomainId)));
            var view = await gate.LookAsync([.. rows.Select(row => row.DomainId)], cancellationToken);

            // Where there is no certificate no text is given out, the old one neither.
            var over = rows.Where(row => view.Of(row.DomainId, row.Revision) is null or { Code: GateRules.WaitingForCertificate }).ToList();
            if (over.Count > 0)
            {
                await closing.CloseBeforeAsync([.. over.Select(row => (row.DomainId, row.Version))], cancellationToken);
                _open.ExceptWith(over.Select(row => row.DomainId));
                hasClosed = true;
            }

            if (!await leases.RenewAsync(Lease, owner, LeaseTime, cancellationToken))
            {
                break;
            }
        }

        return hasClosed;
    }

    private static partial class Log
    {
        [LoggerMessage(572, LogLevel.Warning, "Until when versions were served cannot be noted ({Reason}); it is tried again")]
        public static partial void RoundFailed(ILogger logger, string reason);
    }
}
