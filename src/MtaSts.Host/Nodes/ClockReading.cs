namespace MtaSts.Host.Nodes;

/// <summary>What a machine's clock said, beside the counter that runs on by itself: two of them tell whether the clock was set in between.</summary>
/// <param name="Utc">The clock.</param>
/// <param name="Timestamp">The counter, see <see cref="TimeProvider.GetTimestamp"/>.</param>
internal readonly record struct ClockReading(DateTimeOffset Utc, long Timestamp)
{
    /// <summary>Less than this is no step: clocks are corrected by seconds all the time.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public static ClockReading Of(TimeProvider clock)
    {
        while (true)
        {
            var timestamp = clock.GetTimestamp();
            var utc = clock.GetUtcNow();
            // A pause between the two would look like a step.
            if (clock.GetElapsedTime(timestamp) < TimeSpan.FromSeconds(1))
            {
                return new(utc, timestamp);
            }
        }
    }

    /// <summary>By how much it was set; negative: back. A machine that slept counts as well.</summary>
    public TimeSpan Step(ClockReading later, TimeProvider clock) => later.Utc - Utc - clock.GetElapsedTime(Timestamp, later.Timestamp);

    public bool HasStepped(ClockReading later, TimeProvider clock) => Step(later, clock).Duration() > Tolerance;
}
