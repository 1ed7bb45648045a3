using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates.Sealing;

/// <summary>
/// The steps of a change of the sealing key. Each may be killed at any point and run again: a new key is on the disk before anything is sealed
/// with it, and an old one goes only when nothing needs it.
/// </summary>
internal sealed class SealingKeyChange(KeySealing sealing, Resealing resealing, Store store, IOptions<DataOptions> data, TimeProvider clock)
{
    /// <summary>How long after a change of the key a running service may still store what it had sealed before: an order at a CA, a store that was away.</summary>
    public static readonly TimeSpan OldKeyIsInUse = TimeSpan.FromHours(1);

    private static readonly TimeSpan NodeIsAlive = TimeSpan.FromMinutes(1);

    /// <summary>For one command at a time in this folder.</summary>
    /// <exception cref="IOException">Another one is at it.</exception>
    public FileStream TakeLock() =>
        FileLock.TryTake(data.Value.PathOf("sealing.lock")) ?? throw new IOException("Another command is changing the sealing key of this folder; wait for its end.");

    /// <summary>Nodes that live and are not the one of this folder.</summary>
    public async Task<int> OtherNodesAsync(string? thisNode, CancellationToken cancellationToken)
    {
        var since = clock.GetUtcNow() - NodeIsAlive;
        await using var db = store.Open();
        return await db.NodeHeartbeats.CountAsync(beat => beat.At >= since && beat.Node != thisNode, cancellationToken);
    }

    /// <summary>Puts a new key in front of those of the file.</summary>
    public SealingKey AddNew()
    {
        var key = SealingKey.New();
        sealing.KeyFile.Write([key, .. sealing.KeyFile.Read()]);
        return key;
    }

    /// <summary>Seals all with the current key, also what a running service writes meanwhile.</summary>
    public async Task<IReadOnlyList<SealedCount>> SealAllAgainAsync(CancellationToken cancellationToken)
    {
        const int MostRounds = 5;
        var counts = await resealing.SealAgainAsync(cancellationToken);
        for (var round = 1; round < MostRounds && counts.Sum(count => count.Overtaken) > 0; round++)
        {
            var next = await resealing.SealAgainAsync(cancellationToken);
            counts = [.. counts.Zip(next, (first, second) => second with { Changed = first.Changed + second.Changed })];
        }

        return counts;
    }

    /// <summary>Takes all keys but the current one out of the file; null when done, or in one sentence why not.</summary>
    public async Task<string?> ForgetOldAsync(CancellationToken cancellationToken)
    {
        var keys = sealing.KeyFile.Read();
        if (await NeedsAsync(keys, cancellationToken) is { } refused)
        {
            return refused;
        }

        // Held to the end: a service that starts meanwhile would read the file before the old key goes, and seal with what it likes.
        using var stopped = FileLock.TryTake(data.Value.PathOf("node.lock"));
        var from = sealing.KeyFile.Stamp().Written + OldKeyIsInUse;
        if (stopped is null && from > clock.GetUtcNow().UtcDateTime)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"The running service may still store what it sealed with the old key: come again at {from:yyyy-MM-dd HH:mm} UTC, or stop it first.");
        }

        sealing.KeyFile.Write(keys.Take(1));
        // Between the look and the writing another node may have stored something.
        if (await NeedsAsync(keys, cancellationToken) is { } late)
        {
            sealing.KeyFile.Write(keys);
            return late;
        }

        return null;
    }

    private async Task<string?> NeedsAsync(IReadOnlyList<SealingKey> keys, CancellationToken cancellationToken)
    {
        var counts = await resealing.CountAsync(tryToOpen: false, cancellationToken);
        var needing = keys.Skip(1).Sum(key => counts.Sum(count => count.ByKey.GetValueOrDefault(key.Id)));
        return needing == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{needing} sealed keys still need an old key: run mtasts sealing-key rotate, which goes on with them.");
    }
}
