namespace MtaSts.Host.Api;

/// <summary>No more than a few at a time for each key, however many there are; those that come later wait in a row. Safe from all threads.</summary>
/// <param name="each">As many at a time for one key.</param>
internal sealed class Turns<TKey>(int each)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Row> _rows = [];

    /// <summary>Waits for a turn; it ends when the result is disposed of.</summary>
    /// <exception cref="OperationCanceledException">It did not come before the token was cancelled.</exception>
    public async Task<IDisposable> EnterAsync(TKey key, CancellationToken cancellationToken)
    {
        var row = Join(key);
        try
        {
            // A free one needs no time: whoever is given little of it gets it all the same.
            if (!row.Free.Wait(0, CancellationToken.None))
            {
                await row.Free.WaitAsync(cancellationToken);
            }
        }
        catch
        {
            Leave(key, row);
            throw;
        }

        return new Turn(this, key, row);
    }

    /// <summary>The same without a wait.</summary>
    /// <returns>Null: none is free.</returns>
    public IDisposable? TryEnter(TKey key)
    {
        var row = Join(key);
        if (row.Free.Wait(0, CancellationToken.None))
        {
            return new Turn(this, key, row);
        }

        Leave(key, row);
        return null;
    }

    private Row Join(TKey key)
    {
        lock (_rows)
        {
            if (!_rows.TryGetValue(key, out var row))
            {
                _rows[key] = row = new Row(new SemaphoreSlim(each, each));
            }

            row.Users++;
            return row;
        }
    }

    private void Leave(TKey key, Row row)
    {
        lock (_rows)
        {
            if (--row.Users == 0)
            {
                _rows.Remove(key);
                row.Free.Dispose();
            }
        }
    }

    private sealed class Row(SemaphoreSlim free)
    {
        public SemaphoreSlim Free => free;

        public int Users { get; set; }
    }

    private sealed class Turn(Turns<TKey> turns, TKey key, Row row) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                row.Free.Release();
                turns.Leave(key, row);
            }
        }
    }
}
