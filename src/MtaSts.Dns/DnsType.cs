namespace MtaSts.Dns;

/// <summary>The type of a record, or of a question (RFC 1035 §3.2.2, §3.2.3). Any 16-bit number may occur; <see cref="DnsText.Of(DnsType)"/> writes all.</summary>
public enum DnsType : ushort
{
    /// <summary>Not a type (RFC 6895 §3.1 reserves it).</summary>
    None = 0,

    /// <summary>IPv4 address (RFC 1035 §3.4.1).</summary>
    A = 1,

    /// <summary>Name server of a zone (RFC 1035 §3.3.11).</summary>
    Ns = 2,

    /// <summary>The name's true name (RFC 1035 §3.3.1).</summary>
    Cname = 5,

    /// <summary>Start of a zone (RFC 1035 §3.3.13).</summary>
    Soa = 6,

    /// <summary>Mail exchange (RFC 1035 §3.3.9).</summary>
    Mx = 15,

    /// <summary>Texts (RFC 1035 §3.3.14).</summary>
    Txt = 16,

    /// <summary>IPv6 address (RFC 3596 §2.1).</summary>
    Aaaa = 28,

    /// <summary>EDNS, no record of a zone (RFC 6891 §6.1.1).</summary>
    Opt = 41,

    /// <summary>Signature of a message, no record of a zone (RFC 8945 §4).</summary>
    Tsig = 250,

    /// <summary>Question for what changed in a zone (RFC 1995).</summary>
    Ixfr = 251,

    /// <summary>Question for a whole zone (RFC 5936).</summary>
    Axfr = 252,

    /// <summary>Question for any type (RFC 8482); in an update, all types (RFC 2136 §2.5.3).</summary>
    Any = 255,

    /// <summary>Which CAs may issue (RFC 8659 §4.1).</summary>
    Caa = 257,
}
