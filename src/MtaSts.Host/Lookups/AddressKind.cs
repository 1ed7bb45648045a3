namespace MtaSts.Host.Lookups;

internal enum AddressKind
{
    /// <summary>Reached by everybody.</summary>
    Public,

    /// <summary>Reached by some: private, loopback, link-local, shared, for documentation, for tests, for protocols.</summary>
    Private,

    /// <summary>Nobody's: unspecified, multicast, reserved. On Linux a connection to 0.0.0.0 reaches the machine itself.</summary>
    Unusable,
}
