namespace MtaSts.Acme;

/// <summary>An account's right to certificates of one name (RFC 8555 §7.1.4). Immutable.</summary>
public sealed record AcmeAuthorization : AcmeResource
{
    /// <summary>The state.</summary>
    public required AuthorizationStatus Status { get; init; }

    /// <summary>The state in the CA's own word.</summary>
    public required string StatusWord { get; init; }

    /// <summary>The name; without <c>*.</c> where it is a wildcard's.</summary>
    public required AcmeIdentifier Identifier { get; init; }

    /// <summary>Is it a wildcard's?</summary>
    public bool Wildcard { get; init; }

    /// <summary>When a valid one expires, or a pending one is dropped.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>In the CA's order, which is random: choose by <see cref="AcmeChallenge.Type"/>, and answer one only.</summary>
    public IReadOnlyList<AcmeChallenge> Challenges { get; init; } = [];

    /// <summary>The challenge of a type, see <see cref="AcmeChallengeTypes"/>; null where the CA does not offer it for this name.</summary>
    public AcmeChallenge? FindChallenge(string type) => Challenges.FirstOrDefault(challenge => challenge.Type == type);
}
