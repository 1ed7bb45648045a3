namespace MtaSts.Acme;

/// <summary>States of an authorization (RFC 8555 §7.1.6).</summary>
public enum AuthorizationStatus
{
    /// <summary>A word that this library does not know: stop, and read again later.</summary>
    Unknown,

    /// <summary>A challenge is to be answered.</summary>
    Pending,

    /// <summary>Control of the name is shown.</summary>
    Valid,

    /// <summary>A challenge failed, for good.</summary>
    Invalid,

    /// <summary>Given up by the account.</summary>
    Deactivated,

    /// <summary>Was valid for its time.</summary>
    Expired,

    /// <summary>Taken away by the CA.</summary>
    Revoked,
}
