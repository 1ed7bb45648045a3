namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>How many requests an API may be asked: a bucket that fills with time, and a pause that the API asked for. Safe from all threads.</summary>
internal sealed class RequestAllowance
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly double _capacity;
    private readonly double _perSecond;
    private double _left;
    private long _at;
    private TimeSpan _pause;

    /// <param name="clock">Its monotonic side: a clock that is set changes nothing.</param>
    /// <param name="capacity">So many at once.</param>
    /// <param name="perSecond">So fast they come back.</param>
    public RequestAllowance(TimeProvider clock, double capacity, double perSecond) =>
        (_clock, _capacity, _perSecond, _left, _at) = (clock, capacity, perSecond, capacity, clock.GetTimestamp());

    /// <param name="wait">When to come again; zero when one was taken.</param>
    public bool TryTake(out TimeSpan wait)
    {
        lock (_lock)
        {
            Pass();
            // A millisecond more, so that rounding makes nobody come a moment too early.
            wait = _pause > TimeSpan.Zero ? _pause : _left >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _left) / _perSecond) + TimeSpan.FromMilliseconds(1);
            if (wait > TimeSpan.Zero)
            {
                return false;
            }

            _left--;
            return true;
        }
    }

    /// <summary>Nothing more for this long.</summary>
    public void Pause(TimeSpan time)
    {
        lock (_lock)
        {
            Pass();
            _pause = time > _pause ? time : _pause;
        }
    }

    private void Pass()
    {
        var now = _clock.GetTimestamp();
        var passed = _clock.GetElapsedTime(_at, now);
        _at = now;
        _left = Math.Min(_capacity, _left + (passed.TotalSeconds * _perSecond));
        _pause = _pause > passed ? _pause - passed : TimeSpan.Zero;
    }
}
