namespace MtaSts.Acme;

/// <summary>States of a challenge (RFC 8555 §7.1.6).</summary>
public enum ChallengeStatus
{
    /// <summary>A word that this library does not know: stop, and read again later.</summary>
    Unknown,

    /// <summary>Not answered.</summary>
    Pending,

    /// <summary>The CA is validating, perhaps again.</summary>
    Processing,

    /// <summary>Passed.</summary>
    Valid,

    /// <summary>Failed, for good.</summary>
    Invalid,
}
