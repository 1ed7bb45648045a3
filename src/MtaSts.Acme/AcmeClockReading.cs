namespace MtaSts.Acme;

/// <summary>A CA's <c>Date</c> (RFC 9110 §6.6.1) beside the own clock at its arrival. Seconds only: under two seconds they are equal. Immutable.</summary>
/// <param name="Authority">What the CA's clock said.</param>
/// <param name="Local">What the own clock said.</param>
public sealed record AcmeClockReading(DateTimeOffset Authority, DateTimeOffset Local)
{
    /// <summary>How far the own clock is behind the CA's; negative when it is ahead.</summary>
    public TimeSpan Skew => Authority - Local;
}
