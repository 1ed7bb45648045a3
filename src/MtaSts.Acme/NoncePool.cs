namespace MtaSts.Acme;

/// <summary>
/// Nonces from answers, each for one use (RFC 8555 §6.5). Newest first and only for minutes: CAs forget old ones, and a CA behind a
/// balancer may not know them at all.
/// </summary>
internal sealed class NoncePool(TimeProvider time)
{
    private const int Capacity = 32;

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Nonce, long At)> _nonces = new();

    public void Add(string nonce)
    {
        lock (_lock)
        {
            _nonces.AddFirst((nonce, time.GetTimestamp()));
            if (_nonces.Count > Capacity)
            {
                _nonces.RemoveLast();
            }
        }
    }

    public string? Take()
    {
        lock (_lock)
        {
            if (_nonces.First is not { } newest)
            {
                return null;
            }

            if (time.GetElapsedTime(newest.Value.At) > MaxAge)
            {
                // The others are older still.
                _nonces.Clear();
                return null;
            }

            _nonces.RemoveFirst();
            return newest.Value.Nonce;
        }
    }
}
