namespace MtaSts.Acme;

/// <summary>Where the operations of a CA are, and what it says about itself (RFC 8555 §7.1.1). Immutable.</summary>
public sealed record AcmeDirectory : AcmeResource
{
    /// <summary>Gives nonces.</summary>
    public required Uri NewNonce { get; init; }

    /// <summary>Makes and finds accounts.</summary>
    public required Uri NewAccount { get; init; }

    /// <summary>Takes orders.</summary>
    public required Uri NewOrder { get; init; }

    /// <summary>Revokes; null where the CA has none.</summary>
    public Uri? RevokeCert { get; init; }

    /// <summary>Changes account keys; null where the CA has none.</summary>
    public Uri? KeyChange { get; init; }

    /// <summary>Tells when to renew (RFC 9773); null where the CA does not.</summary>
    public Uri? RenewalInfo { get; init; }

    /// <summary>The terms to agree to.</summary>
    public Uri? TermsOfService { get; init; }

    /// <summary>The CA's page.</summary>
    public Uri? Website { get; init; }

    /// <summary>Names that CAA records may hold for this CA (RFC 8659).</summary>
    public IReadOnlyList<string> CaaIdentities { get; init; } = [];

    /// <summary>Does a new account need an external account binding?</summary>
    public bool ExternalAccountRequired { get; init; }

    /// <summary>The profiles on offer, each with a description (draft-ietf-acme-profiles). Empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Profiles { get; init; } = new Dictionary<string, string>();
}
