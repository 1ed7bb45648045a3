namespace MtaSts.Acme;

/// <summary>One way to show control of a name (RFC 8555 §7.1.5 and §8). Immutable.</summary>
public sealed record AcmeChallenge : AcmeResource
{
    /// <summary>See <see cref="AcmeChallengeTypes"/>; others are kept.</summary>
    public required string Type { get; init; }

    /// <summary>The state.</summary>
    public required ChallengeStatus Status { get; init; }

    /// <summary>The state in the CA's own word.</summary>
    public required string StatusWord { get; init; }

    /// <summary>Characters of base64url only; null at types without a token.</summary>
    public string? Token { get; init; }

    /// <summary>When it passed.</summary>
    public DateTimeOffset? Validated { get; init; }

    /// <summary>Why it failed, or why the last try did while it is <see cref="ChallengeStatus.Processing"/>.</summary>
    public AcmeProblem? Error { get; init; }
}
