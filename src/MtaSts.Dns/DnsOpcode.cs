namespace MtaSts.Dns;

/// <summary>What a message asks for (RFC 1035 §4.1.1), four bits.</summary>
public enum DnsOpcode : byte
{
    /// <summary>A look-up.</summary>
    Query = 0,

    /// <summary>A server's state (RFC 1035 §4.1.1).</summary>
    Status = 2,

    /// <summary>A zone has changed (RFC 1996).</summary>
    Notify = 4,

    /// <summary>Change a zone (RFC 2136).</summary>
    Update = 5,
}
