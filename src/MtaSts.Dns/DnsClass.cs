namespace MtaSts.Dns;

/// <summary>The class of a record or question (RFC 1035 §3.2.4). Any 16-bit number may occur: EDNS keeps a size here (RFC 6891 §6.1.2).</summary>
public enum DnsClass : ushort
{
    /// <summary>Reserved; not a class.</summary>
    Reserved = 0,

    /// <summary>The Internet.</summary>
    In = 1,

    /// <summary>Chaos, used by servers to tell about themselves.</summary>
    Ch = 3,

    /// <summary>In an update: this is not to be there (RFC 2136 §2.4, §2.5).</summary>
    None = 254,

    /// <summary>In a question any class; in an update, without regard to data (RFC 2136 §2.4, §2.5).</summary>
    Any = 255,
}
