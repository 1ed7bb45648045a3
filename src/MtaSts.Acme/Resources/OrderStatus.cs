namespace MtaSts.Acme;

/// <summary>States of an order (RFC 8555 §7.1.6).</summary>
public enum OrderStatus
{
    /// <summary>A word that this library does not know: stop, and read again later.</summary>
    Unknown,

    /// <summary>Authorizations are open.</summary>
    Pending,

    /// <summary>To be finalized.</summary>
    Ready,

    /// <summary>The certificate is being issued.</summary>
    Processing,

    /// <summary>The certificate is there.</summary>
    Valid,

    /// <summary>Failed or expired, for good.</summary>
    Invalid,
}
