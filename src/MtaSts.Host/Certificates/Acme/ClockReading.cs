namespace MtaSts.Host.Certificates.Acme;

/// <summary>What a machine's clock said, beside the counter that runs on by itself: two of them tell whether the clock was set in between.</summary>
/// <param name="Utc">The clock.</param>
/// <param name="Timestamp">The counter, see <see cref="TimeProvider.GetTimestamp"/>.</param>
internal readonly record struct ClockReading(DateTimeOffset Utc, long Timestamp)
{
    public static ClockReading Of(TimeProvider clock) => new(clock.GetUtcNow(), clock.GetTimestamp());

    /// <summary>Was it set, by more than <see cref="CaClock.Tolerance"/>? A machine that slept counts as well.</summary>
    public bool HasStepped(ClockReading later, TimeProvider clock) =>
        (later.Utc - Utc - clock.GetElapsedTime(Timestamp, later.Timestamp)).Duration() > CaClock.Tolerance;
}
