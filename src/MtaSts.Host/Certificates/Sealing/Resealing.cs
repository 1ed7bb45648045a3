using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates.Sealing;

/// <summary>What became of the sealed keys of one column.</summary>
/// <param name="Column">Which.</param>
/// <param name="ByKey">How many by the id of the sealing key that they need, as found.</param>
/// <param name="Changed">How many were changed.</param>
/// <param name="Overtaken">How many were others by the time they were to be changed; the service wrote them itself.</param>
/// <param name="Lost">How many cannot be opened.</param>
internal sealed record SealedCount(SealedColumn Column, IReadOnlyDictionary<string, int> ByKey, int Changed, int Overtaken, int Lost);

/// <summary>Walks over all sealed keys of the store, beside a running service: short transactions of some rows each.</summary>
internal sealed class Resealing(Store store, KeySealing sealing, TimeProvider clock)
{
    /// <summary>Stands for the key of what is too damaged to name one.</summary>
    public const string Damaged = "damaged";

    private const int Batch = 200;

    /// <summary>Looks only.</summary>
    public Task<IReadOnlyList<SealedCount>> CountAsync(bool tryToOpen, CancellationToken cancellationToken) =>
        WalkAsync((cell, _) => tryToOpen && !Opens(cell) ? Fate.Lost : Fate.Kept, null, cancellationToken);

    /// <summary>
    /// Seals with the current key what another one has sealed. Whatever ends it in the middle, each row is whole, and the next call goes on
    /// with those that are left.
    /// </summary>
    public Task<IReadOnlyList<SealedCount>> SealAgainAsync(CancellationToken cancellationToken)
    {
        var current = sealing.Keys[0].Id;
        return WalkAsync(
            (cell, id) => id == current ? Fate.Kept : Opens(cell) ? Fate.Changed : Fate.Lost,
            (column, db, cell) => column.ReplaceAsync(db, cell, sealing.SealAgain(cell.Content, cell.Purpose), cancellationToken),
            cancellationToken);
    }

    /// <summary>Takes away what no key of this node opens.</summary>
    public Task<IReadOnlyList<SealedCount>> LoseAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return WalkAsync(
            (cell, _) => Opens(cell) ? Fate.Kept : Fate.Changed,
            (column, db, cell) => column.LoseAsync(db, cell, now, cancellationToken),
            cancellationToken);
    }

    private enum Fate
    {
        Kept,
        Changed,
        Lost,
    }

    private async Task<IReadOnlyList<SealedCount>> WalkAsync(
        Func<SealedCell, string, Fate> judge, Func<SealedColumn, HostDbContext, SealedCell, Task<int>>? change, CancellationToken cancellationToken)
    {
        var counts = new List<SealedCount>();
        foreach (var column in SealedColumns.All)
        {
            var byKey = new SortedDictionary<string, int>(StringComparer.Ordinal);
            var (changed, due, lost) = (0, 0, 0);
            var batch = new List<SealedCell>(Batch);
            await using var db = store.Open();
            await foreach (var cell in column.ReadAsync(db).WithCancellation(cancellationToken))
            {
                var id = KeySealing.IdOf(cell.Content) ?? Damaged;
                byKey[id] = byKey.GetValueOrDefault(id) + 1;
                var fate = judge(cell, id);
                lost += fate == Fate.Lost ? 1 : 0;
                if (fate == Fate.Changed)
                {
                    due++;
                    batch.Add(cell);
                }

                if (batch.Count == Batch)
                {
                    changed += await ChangeAsync(column, batch, change!, cancellationToken);
                }
            }

            changed += await ChangeAsync(column, batch, change!, cancellationToken);
            counts.Add(new SealedCount(column, byKey, changed, due - changed, lost));
        }

        return counts;
    }

    private async Task<int> ChangeAsync(
        SealedColumn column, List<SealedCell> batch, Func<SealedColumn, HostDbContext, SealedCell, Task<int>> change, CancellationToken cancellationToken)
    {
        var changed = 0;
        if (batch.Count > 0)
        {
            await store.WriteAsideAsync(
                async db =>
                {
                    foreach (var cell in batch)
                    {
                        changed += await change(column, db, cell);
                    }
                },
                cancellationToken);
            batch.Clear();
        }

        return changed;
    }

    private bool Opens(SealedCell cell)
    {
        try
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(sealing.Open(cell.Content, cell.Purpose));
            return true;
        }
        catch (KeySealingException)
        {
            return false;
        }
    }
}
