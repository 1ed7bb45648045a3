namespace MtaSts.Acme;

/// <summary>States of an account (RFC 8555 §7.1.6).</summary>
public enum AccountStatus
{
    /// <summary>A word that this library does not know.</summary>
    Unknown,

    /// <summary>In use.</summary>
    Valid,

    /// <summary>Given up by its owner, for good.</summary>
    Deactivated,

    /// <summary>Taken away by the CA, for good.</summary>
    Revoked,
}
