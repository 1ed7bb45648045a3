using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Policies;

/// <summary>
/// Loop: has the revision moved? Then read the rows that changed since, and swap those entries. The first load must succeed or the
/// process stops; a later failure leaves everything that was published in place.
/// </summary>
internal sealed partial class PolicyLoader(
    Store store,
    StoreHealth health,
    PublishedPolicies published,
    ServedPosition served,
    TimeProvider clock,
    ILogger<PolicyLoader> logger) : BackgroundService
{
    // Writes of this node wake the loop at once; this is how soon it sees those of other nodes.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private SharedBodies _bodies = new();
    private int _failures;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var written = store.Written.Next;
        while (true)
        {
            await Task.WhenAny(written, Task.Delay(LookEvery, clock, stoppingToken));
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            written = store.Written.Next;
            try
            {
                await LoadAsync(stoppingToken);
                if (Interlocked.Exchange(ref _failures, 0) > 0)
                {
                    Log.LoadedAgain(logger, published.Count);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                health.Failed(exception);
                if (_failures++ == 0)
                {
                    Log.LoadFailed(logger, StoreFaults.Tell(exception), published.Count);
                }
            }
        }
    }

    /// <summary>One round. Reads the counter first: rows of later writes may come along, and are read again next time.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var state = await db.StoreState.SingleAsync(cancellationToken);
        store.RefuseAnother(state);
        var known = served.Current;
        if (StorePosition.Of(state) == known)
        {
            health.Answered();
            return;
        }

        // Restored under our feet?
        if (known?.Epoch == state.Epoch && await StoreStart.NewEpochAfterRestoreAsync(store, known, logger, cancellationToken))
        {
            state = await db.StoreState.SingleAsync(cancellationToken);
        }

        if (known is null || known.Epoch != state.Epoch)
        {
            await LoadAllAsync(db, cancellationToken);
        }
        else
        {
            await LoadChangesAsync(db, known.Revision, cancellationToken);
        }

        health.Answered();
        store.Identity = state.Identity;
        served.Current = StorePosition.Of(state);
        published.Changed.Pulse();
    }

    private async Task LoadAllAsync(HostDbContext db, CancellationToken cancellationToken)
    {
        _bodies = new SharedBodies();
        var policies = new Dictionary<string, PublishedPolicy>();
        await foreach (var row in db.Domains.Where(row => row.State != DomainState.Pending).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (TryPublish(row) is { } policy)
            {
                policies[row.Name] = policy;
            }
            else if (published.TryGet(row.Name, out var before))
            {
                policies[row.Name] = before;
            }
        }

        published.ReplaceAll(policies);
        Log.Loaded(logger, published.Count);
    }

    private async Task LoadChangesAsync(HostDbContext db, long since, CancellationToken cancellationToken)
    {
        var rows = await db.Domains.Where(row => row.Revision > since).ToListAsync(cancellationToken);
        var removed = await db.RemovedDomains.Where(row => row.Revision > since).ToListAsync(cancellationToken);

        foreach (var row in rows)
        {
            if (row.IsServed)
            {
                if (TryPublish(row) is { } policy)
                {
                    published.TryGet(row.Name, out var before);
                    published.Set(row.Name, policy);
                    Release(before);
                }
            }
            else
            {
                Withdraw(row.Name, row.Id);
            }
        }

        // After what is there: a name that goes over to another row, or was removed and added again, is never without a policy in between.
        foreach (var row in removed)
        {
            Withdraw(row.Name, row.DomainId);
        }
    }

    /// <summary>Null for a row that cannot be read: what was published for that name stays, and the others must not wait for it.</summary>
    private PublishedPolicy? TryPublish(HostedDomain row)
    {
        try
        {
            return new PublishedPolicy(row.Id, row.Version, _bodies.Share(row.Policy().ToUtf8()), $"\"{row.PolicyId}\"");
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            Log.CannotPublish(logger, row.Name, row.Revision, exception.Message);
            return null;
        }
    }

    private void Withdraw(string name, long domainId)
    {
        if (published.TryGet(name, out var before) && before.DomainId == domainId)
        {
            published.Remove(name, domainId);
            Release(before);
        }
    }

    private void Release(PublishedPolicy? before)
    {
        if (before is not null)
        {
            _bodies.Release(before.Body);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(300, LogLevel.Information, "Serving {Count} policies")]
        public static partial void Loaded(ILogger logger, int count);

        [LoggerMessage(301, LogLevel.Warning, "The store cannot be read ({Reason}); {Count} policies are served on, edits must wait")]
        public static partial void LoadFailed(ILogger logger, string reason, int count);

        [LoggerMessage(303, LogLevel.Error, "The stored policy of {Domain} (revision {Revision}) is damaged and is not published; PUT it again: {Reason}")]
        public static partial void CannotPublish(ILogger logger, string domain, long revision, string reason);

        [LoggerMessage(302, LogLevel.Information, "The store can be read again; serving {Count} policies")]
        public static partial void LoadedAgain(ILogger logger, int count);
    }
}
