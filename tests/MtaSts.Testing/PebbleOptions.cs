namespace MtaSts.Testing;

/// <summary>How a <see cref="PebbleServer"/> behaves. The defaults are quick and even; Pebble's own are meant to surprise.</summary>
public sealed record PebbleOptions
{
    /// <summary>Per cent of good nonces that are refused with badNonce.</summary>
    public int RefusedNonces { get; init; }

    /// <summary>Per cent of authorizations that are taken from an older order where there is a valid one. Pebble takes one per cent more: 0 is 1.</summary>
    public int ReusedAuthorizations { get; init; }

    /// <summary>Each validation waits a random number of whole seconds below this one; 0 for none.</summary>
    public int ValidationSleepSeconds { get; init; }

    /// <summary>Enforces what Pebble may enforce one day (`-strict`).</summary>
    public bool Strict { get; init; }

    /// <summary>Key id → MAC key, base64url without padding. Where there is one, accounts need an external binding (RFC 8555 §7.3.4).</summary>
    public IReadOnlyDictionary<string, string> ExternalAccounts { get; init; } = new Dictionary<string, string>();

    public int ValiditySeconds { get; init; } = 90 * 24 * 3600;

    /// <summary>Where it connects to for http-01, at the address that the name has.</summary>
    public int HttpPort { get; init; } = 80;

    /// <summary>Where it connects to for tls-alpn-01.</summary>
    public int TlsPort { get; init; } = 443;

    /// <summary>Names, with all below them, that are refused as rejectedIdentifier.</summary>
    public IReadOnlyList<string> Blocklist { get; init; } = [];

    /// <summary>How many other chains, each to a root of its own, every certificate has.</summary>
    public int AlternateRoots { get; init; }

    /// <summary>Certificates between leaf and root.</summary>
    public int ChainLength { get; init; } = 1;

    /// <summary>Orders on one page of an account's list.</summary>
    public int OrdersPerPage { get; init; } = 3;
}
