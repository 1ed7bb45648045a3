using System.Net;

namespace MtaSts.Host.Checks.Mail;

/// <summary>One visitor at an address at a time: whoever asks for checks cannot make this process press on a stranger's server. Safe from all threads.</summary>
internal sealed class OneAtATime
{
    private readonly Dictionary<IPAddress, Door> _doors = [];

    /// <summary>How many addresses are visited or waited for.</summary>
    public int Count
    {
        get
        {
            lock (_doors)
            {
                return _doors.Count;
            }
        }
    }

    /// <returns>The visit, which ends when it is disposed of; null: others were there all the time.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<IDisposable?> EnterAsync(IPAddress address, TimeSpan patience, CancellationToken cancellationToken)
    {
        var key = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Door door;
        lock (_doors)
        {
            door = _doors.TryGetValue(key, out var known) ? known : _doors[key] = new Door();
            door.Users++;
        }

        var entered = false;
        try
        {
            entered = await door.Free.WaitAsync(patience, cancellationToken);
            return entered ? new Visit(this, key, door) : null;
        }
        finally
        {
            if (!entered)
            {
                Leave(key, door);
            }
        }
    }

    private void Leave(IPAddress key, Door door)
    {
        lock (_doors)
        {
            if (--door.Users == 0)
            {
                _doors.Remove(key);
                door.Free.Dispose();
            }
        }
    }

    private sealed class Door
    {
        public SemaphoreSlim Free { get; } = new(1);

        public int Users { get; set; }
    }

    private sealed class Visit(OneAtATime all, IPAddress key, Door door) : IDisposable
    {
        public void Dispose()
        {
            door.Free.Release();
            all.Leave(key, door);
        }
    }
}
