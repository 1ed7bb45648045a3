using System.Net;

namespace MtaSts.Host.Checks;

/// <summary>Never more than one connection to an address at a time in the whole process, however many checks lead there. Safe from all threads.</summary>
internal sealed class OneAtATime
{
    private readonly Dictionary<IPAddress, Turn> _turns = [];

    /// <summary>Waits for the turn of this address; it ends when the result is disposed of.</summary>
    /// <exception cref="OperationCanceledException">It did not come before the token was cancelled.</exception>
    public async Task<IDisposable> EnterAsync(IPAddress address, CancellationToken cancellationToken)
    {
        // ::ffff:192.0.2.1 reaches the same machine as 192.0.2.1.
        var key = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Turn? turn;
        lock (_turns)
        {
            if (!_turns.TryGetValue(key, out turn))
            {
                _turns[key] = turn = new Turn();
            }

            turn.Users++;
        }

        try
        {
            await turn.Free.WaitAsync(cancellationToken);
        }
        catch
        {
            Leave(key, turn);
            throw;
        }

        return new Entered(this, key, turn);
    }

    private void Leave(IPAddress key, Turn turn)
    {
        lock (_turns)
        {
            if (--turn.Users == 0)
            {
                _turns.Remove(key);
                turn.Free.Dispose();
            }
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Free { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Entered(OneAtATime all, IPAddress key, Turn turn) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                turn.Free.Release();
                all.Leave(key, turn);
            }
        }
    }
}
