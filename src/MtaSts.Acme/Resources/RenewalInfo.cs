namespace MtaSts.Acme;

/// <summary>
/// When the CA wants one certificate to be renewed (RFC 9773 §4.2). It belongs to that certificate alone: never keep it for the next one.
/// Choose a random time in the window once per window, see <see cref="ChooseTime"/>. A window in the past means: now, as after a revocation.
/// Immutable.
/// </summary>
public sealed record RenewalInfo : AcmeResource
{
    /// <summary>Begin of the window.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>End of the window; after its start.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>A page with the reason, for people.</summary>
    public Uri? Explanation { get; init; }

    /// <summary>A uniformly random time in the window (RFC 9773 §4.2). Store it; where it has passed already, renew now.</summary>
    /// <param name="random">Between 0 and 1; stored with the certificate it gives the same time again.</param>
    public DateTimeOffset ChooseTime(double random)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(random);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(random, 1);
        return Start + (End - Start) * random;
    }
}
