using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Nodes;

/// <summary>
/// Tells the other nodes, through the store, that this one lives and what it serves. The first beat comes before the first load of policies, so that a node
/// that nobody knows of serves nothing old; at a clean stop the row goes, once the listeners have closed.
/// </summary>
internal sealed partial class NodeHeartbeats(
    Store store, NodeIdentity node, ServedPosition served, NodeFaults faults, TimeProvider clock, ILogger<NodeHeartbeats> logger)
    : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2);

    private int _failures;
    private Lazy<Task>? _goodbye;

    /// <remarks>
    /// A store that can be read and not be written keeps no node from serving: the next beat registers it. Until then the others may announce what it does not
    /// serve yet, for as long as its loader takes to see it.
    /// </remarks>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryBeatAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Beat, clock);
        var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        while (true)
        {
            var news = served.News.Next;
            await TryBeatAsync(stoppingToken);
            await Task.WhenAny(tick, news);
            stoppingToken.ThrowIfCancellationRequested();
            if (tick.IsCompleted)
            {
                tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            }
        }
    }

    /// <summary>Remembers the last position before the end: the store may be restored from a backup while this node is down.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (served.Current is { } position)
        {
            node.Remember(position);
        }

        // Who stops the service a second time waits for the same goodbye.
        Interlocked.CompareExchange(ref _goodbye, new Lazy<Task>(SayGoodbyeAsync), null);
        await _goodbye.Value;
    }

    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        // Before the faults, which may be newer than the position, and not older.
        var position = served.Verified;
        var unwritten = faults.Unwritten();
        await store.WriteAsideAsync(
            async db =>
            {
                store.RefuseAnother(await db.StoreState.SingleAsync(cancellationToken));
                await faults.WriteAsync(db, unwritten, cancellationToken);
                var row = new NodeHeartbeat
                {
                    Node = node.Name,
                    Epoch = position?.Epoch ?? "",
                    Revision = position?.Revision ?? 0,
                    At = clock.GetUtcNow(),
                    PolicyAddresses = served.PolicyAddresses,
                };
                db.Entry(row).State = await db.NodeHeartbeats.AnyAsync(beat => beat.Node == node.Name, cancellationToken) ? EntityState.Modified : EntityState.Added;
            },
            cancellationToken);
        faults.Written(unwritten);
        if (served.Current is { } current)
        {
            // Last: a full disk here must not make a living node look dead.
            node.Remember(current);
        }
    }

    private async Task TryBeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            await BeatAsync(cancellationToken);
            _failures = 0;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (_failures++ == 0)
            {
                Log.BeatFailed(logger, StoreFaults.Tell(exception));
            }
        }
    }

    /// <summary>Nobody is to wait for a node that serves no longer. Without it the others take the node for dead, in a while.</summary>
    private async Task SayGoodbyeAsync()
    {
        using var bound = new CancellationTokenSource(LongestGoodbye);
        try
        {
            await store.WriteAsideAsync(
                async db =>
                {
                    await db.NodeFaults.Where(fault => fault.Node == node.Name).ExecuteDeleteAsync(bound.Token);
                    await db.NodeHeartbeats.Where(beat => beat.Node == node.Name).ExecuteDeleteAsync(bound.Token);
                },
                bound.Token);
        }
        catch (Exception exception)
        {
            Log.NoGoodbye(logger, StoreFaults.Tell(exception));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(110, LogLevel.Warning, "This node's heartbeat was not written, it is tried again every 10 s: {Reason}")]
        public static partial void BeatFailed(ILogger logger, string reason);

        [LoggerMessage(111, LogLevel.Warning, "This node could not say goodbye ({Reason}); the others wait up to five minutes for it before they announce an edit")]
        public static partial void NoGoodbye(ILogger logger, string reason);
    }
}
