namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Why an attempt failed, as far as the next one depends on it.</summary>
/// <param name="Kind">Whose failure it is.</param>
/// <param name="Code">Stable.</param>
/// <param name="Reason">The same for people.</param>
/// <param name="Problem">The CA's problem document, cut.</param>
/// <param name="RetryAt">Not before; from the CA's Retry-After.</param>
internal sealed record JobFailure(FailureKind Kind, string Code, string Reason, string? Problem = null, DateTimeOffset? RetryAt = null);

internal enum FailureKind
{
    /// <summary>The name's: its DNS, its web server. Backs off.</summary>
    Name,

    /// <summary>The CA will not issue for the name: no attempt will help.</summary>
    Blocked,

    /// <summary>No failure of the name; again when the CA says so.</summary>
    RateLimit,

    /// <summary>The CA's, or the way to it. The order is gone on with.</summary>
    Ca,

    /// <summary>Our account at the CA cannot be used; every name fails alike.</summary>
    Account,

    /// <summary>Our own: the CA does not take what we sent.</summary>
    Own,

    /// <summary>The CA knows the order no longer: another one is made.</summary>
    OrderGone,
}
