using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Checks.Watching;

/// <summary>
/// Loop, on every node: sees that each served domain has a time for its next check, soon after an edit of its policy, by reading what changed since the last look; takes old
/// events out; counts what is overdue. What two nodes do twice does no harm.
/// </summary>
internal sealed partial class WatchIntake(Store store, WatchStatus status, IOptions<ChecksOptions> options, TimeProvider clock, ILogger<WatchIntake> logger) : RoundLoop(LookEvery, clock)
{
    private const int Batch = 500;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TidyEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan IsOverdue = TimeSpan.FromMinutes(10);

    // Time for the new id to come into DNS, and for caches; many edits at once are spread a little.
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan SoonSpread = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan IsNew = TimeSpan.FromHours(1);

    private (string? Epoch, long Revision, long Id) _read;
    private DateTimeOffset? _tidied;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.AtOnce == 0 ? Task.CompletedTask : base.ExecuteAsync(stoppingToken);

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        if (await TakeInAsync(cancellationToken) == Batch)
        {
            return true;
        }

        if (_tidied is null || (Clock.GetUtcNow() - _tidied.Value).Duration() >= TidyEvery)
        {
            _tidied = Clock.GetUtcNow();
            await TidyAsync(cancellationToken);
        }

        return false;
    }

    protected override void TellFailure(string reason) => Log.Failed(logger, reason);

    protected override void CountFailure() => status.Failures.Add(1);

    /// <summary>One page of the domains that changed since the last; from a restart on, of all.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<int> TakeInAsync(CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        List<Change> changes;
        (string, long, long) read;
        await using (var db = store.Open())
        {
            var epoch = await db.StoreState.Select(state => state.Epoch).SingleAsync(cancellationToken);
            // Revisions of another history mean nothing.
            var (revision, id) = _read.Epoch == epoch ? (_read.Revision, _read.Id) : (0, 0);
            changes = await (
                from domain in db.Domains
                where domain.Revision >= revision && (domain.Revision > revision || domain.Id > id)
                orderby domain.Revision, domain.Id
                join watch in db.DomainWatches on domain.Id equals watch.DomainId into found
                from watch in found.DefaultIfEmpty()
                select new Change(domain.Id, domain.Revision, domain.State, domain.Version, domain.UpdatedAt, watch == null ? null : watch.VersionChecked, watch == null ? null : watch.NextCheckAt))
                .Take(Batch).ToListAsync(cancellationToken);
            read = changes.Count == 0 ? (epoch, revision, id) : (epoch, changes[^1].Revision, changes[^1].Id);
        }

        await KeepAsync(changes, now, cancellationToken);
        _read = read;
        return changes.Count;
    }

    /// <summary>Takes a bounded number of old events out, and counts what is overdue.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        var oldest = now - options.Value.KeepEvents;
        await using (var db = store.Open())
        {
            var overdue = now - IsOverdue;
            status.Last = new WatchSnapshot(
                await db.DomainWatches.CountAsync(row => row.NextCheckAt < overdue, cancellationToken),
                await db.DomainWatches.Where(row => row.NextCheckAt < now).OrderBy(row => row.NextCheckAt).Select(row => (DateTimeOffset?)row.NextCheckAt).FirstOrDefaultAsync(cancellationToken));
            if (!await db.AdvisoryEvents.AnyAsync(row => row.At < oldest, cancellationToken))
            {
                return;
            }
        }

        var deleted = 2 * Batch;
        while (deleted == 2 * Batch)
        {
            await store.WriteAsideAsync(
                async db => deleted = await db.AdvisoryEvents.Where(row => row.At < oldest).OrderBy(row => row.At).Take(2 * Batch).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        }
    }

    private async Task KeepAsync(List<Change> changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var soon = now + Soon;
        var watched = changes.Where(change => WatchClaims.IsWatched(change.State)).ToList();
        var added = watched.Where(change => change.VersionChecked is null).ToList();
        var edited = watched.Where(change => change.VersionChecked is { } version && version != change.Version && change.NextCheckAt > soon + SoonSpread).ToList();
        var ended = changes.Where(change => !WatchClaims.IsWatched(change.State) && change.VersionChecked is not null).Select(change => change.Id).ToList();
        if (added.Count + edited.Count + ended.Count == 0)
        {
            return;
        }

        await store.WriteAsideAsync(
            async db =>
            {
                foreach (var change in added)
                {
                    var wait = change.UpdatedAt > now - IsNew ? Soon + (SoonSpread * Random.Shared.NextDouble()) : options.Value.Every * Random.Shared.NextDouble();
                    await WatchClaims.AddAsync(db, change.Id, now + wait, cancellationToken);
                }

                foreach (var change in edited)
                {
                    var at = soon + (SoonSpread * Random.Shared.NextDouble());
                    await db.DomainWatches.Where(row => row.DomainId == change.Id).ExecuteUpdateAsync(set => set.SetProperty(row => row.NextCheckAt, at), cancellationToken);
                }

                await AdvisoryEnd.ForgetAsync(db, ended, now, cancellationToken);
            },
            cancellationToken);
    }

    private sealed record Change(long Id, long Revision, DomainState State, int Version, DateTimeOffset UpdatedAt, int? VersionChecked, DateTimeOffset? NextCheckAt);

    private static partial class Log
    {
        [LoggerMessage(814, LogLevel.Warning, "New and changed domains are not taken in for checks ({Reason}); it is tried again every 5 seconds")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
