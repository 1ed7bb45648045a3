namespace MtaSts.Acme;

/// <summary>
/// An order (RFC 8555 §7.1.3). A new one may already be <see cref="OrderStatus.Ready"/>, or be an old one given again: look at the state first.
/// Immutable.
/// </summary>
public sealed record AcmeOrder : AcmeResource
{
    /// <summary>The state.</summary>
    public required OrderStatus Status { get; init; }

    /// <summary>The state in the CA's own word.</summary>
    public required string StatusWord { get; init; }

    /// <summary>When the CA drops it.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>What it is for.</summary>
    public IReadOnlyList<AcmeIdentifier> Identifiers { get; init; } = [];

    /// <summary>Its authorizations, to be read each.</summary>
    public IReadOnlyList<Uri> Authorizations { get; init; } = [];

    /// <summary>Where it is finalized.</summary>
    public required Uri Finalize { get; init; }

    /// <summary>The certificate, once the order is <see cref="OrderStatus.Valid"/>.</summary>
    public Uri? Certificate { get; init; }

    /// <summary>The profile that the CA took (draft-ietf-acme-profiles).</summary>
    public string? Profile { get; init; }

    /// <summary>The certificate that this one replaces (RFC 9773 §5).</summary>
    public string? Replaces { get; init; }

    /// <summary>Why it is <see cref="OrderStatus.Invalid"/>. Often the useful cause is in a challenge: see <see cref="AcmeException.ForOrder"/>.</summary>
    public AcmeProblem? Error { get; init; }
}
