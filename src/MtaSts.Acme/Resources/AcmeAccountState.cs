namespace MtaSts.Acme;

/// <summary>An account as the CA sees it (RFC 8555 §7.1.2). Immutable.</summary>
public sealed record AcmeAccountState : AcmeResource
{
    /// <summary>What further requests take.</summary>
    public required AcmeAccount Account { get; init; }

    /// <summary>Did this very request make it (201), or was it there (200)?</summary>
    public bool Created { get; init; }

    /// <summary>The state.</summary>
    public required AccountStatus Status { get; init; }

    /// <summary>The state in the CA's own word.</summary>
    public required string StatusWord { get; init; }

    /// <summary>Contact URLs, as a rule <c>mailto:</c>. CAs may drop them.</summary>
    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>Where the account's orders are listed; null where the CA has no list.</summary>
    public Uri? Orders { get; init; }
}
