using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;

namespace MtaSts.Host.Nodes;

/// <summary>
/// The newest time that anybody had written into the store when this process started: a clock that is far ahead of it is wrong, or nobody has run for long.
/// Starts before this node writes a time of its own.
/// </summary>
internal sealed class StoreTime(Store store, TimeProvider clock) : IHostedService
{
    /// <summary>Null for a store that is new.</summary>
    public DateTimeOffset? NewestAtStart { get; private set; }

    /// <summary>The counter at that moment, see <see cref="ClockReading"/>.</summary>
    public long StartedAt { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        StartedAt = clock.GetTimestamp();
        await using var db = store.Open();
        var beat = await db.NodeHeartbeats.OrderByDescending(row => row.At).Select(row => (DateTimeOffset?)row.At).FirstOrDefaultAsync(cancellationToken);
        var deed = await db.Audit.OrderByDescending(row => row.Id).Select(row => (DateTimeOffset?)row.At).FirstOrDefaultAsync(cancellationToken);
        NewestAtStart = deed is null || beat > deed ? beat : deed;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
