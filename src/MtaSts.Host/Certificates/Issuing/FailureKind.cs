namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Whose failure it was, and so what follows.</summary>
internal enum FailureKind
{
    /// <summary>The name's: its DNS, its network. It backs off.</summary>
    Name,

    /// <summary>The CA will not issue for this name whatever happens; somebody has to act.</summary>
    Blocked,

    /// <summary>A limit of the CA. Nobody's failure; the name waits.</summary>
    RateLimit,

    /// <summary>The CA is away or broken. The same order goes on later.</summary>
    Ca,

    /// <summary>Our account there; all names wait for the operator or for a new registration.</summary>
    Account,

    /// <summary>Our own: a request that the CA does not take. Once more with a new key, then somebody has to look.</summary>
    Own,

    /// <summary>The CA knows the order no longer: another one is made.</summary>
    OrderGone,
}
