namespace MtaSts.Measure.Schedule;

/// <summary>A token bucket of the CA; written apart from ours, so that one mistake does not hide another.</summary>
internal struct Allowance
{
    private long _usedUp;

    /// <summary>Takes one if there is one.</summary>
    /// <param name="now">The time.</param>
    /// <param name="most">Capacity.</param>
    /// <param name="refill">One comes back in this time.</param>
    public bool TryTake(DateTimeOffset now, int most, TimeSpan refill)
    {
        // The generic cell rate algorithm, as the CA has it: the moment at which the bucket will be full again.
        var full = Math.Max(_usedUp, now.UtcTicks) + refill.Ticks;
        if (full - now.UtcTicks > refill.Ticks * most)
        {
            return false;
        }

        _usedUp = full;
        return true;
    }

    public readonly bool HasOne(DateTimeOffset now, int most, TimeSpan refill) => Math.Max(_usedUp, now.UtcTicks) + refill.Ticks - now.UtcTicks <= refill.Ticks * most;

    public readonly DateTimeOffset NextAt(DateTimeOffset now, int most, TimeSpan refill) =>
        new(Math.Max(now.UtcTicks, _usedUp - (refill.Ticks * (most - 1))), TimeSpan.Zero);

    public void Reset() => _usedUp = 0;
}
