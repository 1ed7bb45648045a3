namespace MtaSts.Acme;

/// <summary>What all answers of a CA have in common. Immutable, safe from any thread.</summary>
public abstract record AcmeResource
{
    /// <summary>Where it can be read again. An order's URL comes once, with its making: store it.</summary>
    public required Uri Url { get; init; }

    /// <summary>How long the CA asks to wait (RFC 8555 §8.2, RFC 9110 §10.2.3), 1 s to 1 day; null where it says nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The CA's clock, from its <c>Date</c>; null where it says nothing.</summary>
    public DateTimeOffset? ServerDate { get; init; }
}
