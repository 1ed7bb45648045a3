using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Nodes;

/// <summary>Tells the other nodes, through the store, that this one lives and which position it serves.</summary>
internal sealed partial class NodeHeartbeats(Store store, NodeIdentity node, ServedPosition served, TimeProvider clock, ILogger<NodeHeartbeats> logger)
    : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        using var timer = new PeriodicTimer(Beat, clock);
        do
        {
            try
            {
                await BeatAsync(stoppingToken);
                failures = 0;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (failures++ == 0)
                {
                    Log.BeatFailed(logger, StoreFaults.Cause(exception) is null ? exception.Message : StoreFaults.Describe(exception));
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Remembers the last position before the end: the store may be restored from a backup while this node is down.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (served.Current is { } position)
        {
            node.Remember(position);
        }
    }

    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        if (served.Current is not { } position)
        {
            return;
        }

        var now = clock.GetUtcNow();
        await using var db = store.Open();
        var updated = await db.NodeHeartbeats.Where(beat => beat.Node == node.Name).ExecuteUpdateAsync(
            set => set
                .SetProperty(beat => beat.Epoch, position.Epoch)
                .SetProperty(beat => beat.Revision, position.Revision)
                .SetProperty(beat => beat.At, now),
            cancellationToken);
        if (updated == 0)
        {
            db.NodeHeartbeats.Add(new NodeHeartbeat { Node = node.Name, Epoch = position.Epoch, Revision = position.Revision, At = now });
            await db.SaveChangesAsync(cancellationToken);
        }

        // Last: a full disk here must not make a living node look dead.
        node.Remember(position);
    }

    private static partial class Log
    {
        [LoggerMessage(110, LogLevel.Warning, "This node's heartbeat was not written, it is tried again every 10 s: {Reason}")]
        public static partial void BeatFailed(ILogger logger, string reason);
    }
}
