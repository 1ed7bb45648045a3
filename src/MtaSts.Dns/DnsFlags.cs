using System.Diagnostics.CodeAnalysis;

namespace MtaSts.Dns;

/// <summary>The flags of a header, at their places in its second 16 bits (RFC 1035 §4.1.1, RFC 4035 §3.2).</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "The word of RFC 1035.")]
public enum DnsFlags : ushort
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>QR: this is an answer.</summary>
    Response = 0x8000,

    /// <summary>AA: from a server that has the zone.</summary>
    Authoritative = 0x0400,

    /// <summary>TC: more than fits; ask over TCP.</summary>
    Truncated = 0x0200,

    /// <summary>RD: find it elsewhere, too.</summary>
    RecursionDesired = 0x0100,

    /// <summary>RA: the server would.</summary>
    RecursionAvailable = 0x0080,

    /// <summary>AD: the data were proven (RFC 4035 §3.2.3).</summary>
    AuthenticData = 0x0020,

    /// <summary>CD: do not prove the data (RFC 4035 §3.2.2).</summary>
    CheckingDisabled = 0x0010,
}
