using System.Diagnostics.CodeAnalysis;

namespace MtaSts.Dns;

/// <summary>
/// How it went: 4 bits of the header (RFC 1035 §4.1.1, RFC 2136 §2.2), 12 with EDNS (RFC 6891 §6.1.3), 16 as the error of a signature (RFC 8945 §3).
/// 16 stands for two things; in a signature it is BADSIG.
/// </summary>
[SuppressMessage("Design", "CA1069", Justification = "One number, two meanings (RFC 8945 §8).")]
public enum DnsResponseCode : ushort
{
    /// <summary>NOERROR.</summary>
    NoError = 0,

    /// <summary>FORMERR: the server cannot read the message.</summary>
    FormatError = 1,

    /// <summary>SERVFAIL: the server has a fault of its own.</summary>
    ServerFailure = 2,

    /// <summary>NXDOMAIN: no such name. Of an update: a name that is to be there is not.</summary>
    NameError = 3,

    /// <summary>NOTIMP: the server does not do such a thing.</summary>
    NotImplemented = 4,

    /// <summary>REFUSED: the server does not do it for you.</summary>
    Refused = 5,

    /// <summary>YXDOMAIN: a name that is not to be there is (RFC 2136 §2.2).</summary>
    NameExists = 6,

    /// <summary>YXRRSET: a set of records that is not to be there is.</summary>
    RecordsExist = 7,

    /// <summary>NXRRSET: a set of records that is to be there is not, or is another one.</summary>
    RecordsMissing = 8,

    /// <summary>NOTAUTH: not a server of that zone (RFC 2136 §2.2), or the signature does not do (RFC 8945 §5.3.2).</summary>
    NotAuthoritative = 9,

    /// <summary>NOTZONE: a name is not in the zone.</summary>
    NotInZone = 10,

    /// <summary>BADVERS: another version of EDNS is needed (RFC 6891 §6.1.3).</summary>
    BadVersion = 16,

    /// <summary>BADSIG: the signature is wrong (RFC 8945 §5.2.2).</summary>
    BadSignature = 16,

    /// <summary>BADKEY: the key, or this algorithm with it, is not known (RFC 8945 §5.2.1).</summary>
    BadKey = 17,

    /// <summary>BADTIME: the clocks differ too much (RFC 8945 §5.2.3).</summary>
    BadTime = 18,

    /// <summary>BADTRUNC: the signature is cut too short (RFC 8945 §5.2.4).</summary>
    BadTruncation = 22,
}
