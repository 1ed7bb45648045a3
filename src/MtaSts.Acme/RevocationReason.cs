namespace MtaSts.Acme;

/// <summary>Why a certificate is revoked (RFC 5280 §5.3.1); those that CAs take from subscribers.</summary>
public enum RevocationReason
{
    /// <summary>Nothing is said.</summary>
    Unspecified = 0,

    /// <summary>Somebody else may have the key. It can never be used for a certificate again.</summary>
    KeyCompromise = 1,

    /// <summary>Another certificate is in use.</summary>
    Superseded = 4,

    /// <summary>The name is no longer the subscriber's.</summary>
    CessationOfOperation = 5,
}
