namespace MtaSts.Dns;

/// <summary>Why an update or a transfer failed.</summary>
public enum DnsErrorKind
{
    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>No connection, or it was lost.</summary>
    Unreachable,

    /// <summary>The answer is not a DNS message, or not one to the request.</summary>
    Malformed,

    /// <summary>The answer is not signed with the key: whoever sent it, what it says counts for nothing.</summary>
    Unauthenticated,

    /// <summary>The update is longer than a message can be.</summary>
    TooLong,

    /// <summary>The zone is larger than the caller's limits.</summary>
    TooLarge,

    /// <summary>BADKEY (RFC 8945 §5.2.1).</summary>
    BadKey,

    /// <summary>BADSIG (RFC 8945 §5.2.2).</summary>
    BadSignature,

    /// <summary>BADTIME (RFC 8945 §5.2.3), or the answer's time is not that of this clock.</summary>
    BadTime,

    /// <summary>REFUSED (RFC 2136 §3.3).</summary>
    Refused,

    /// <summary>NOTAUTH without more: the server does not have the zone (RFC 2136 §3.1), or wants a key.</summary>
    NotAuthoritative,

    /// <summary>NOTZONE: a name is not in the zone (RFC 2136 §3.4.1).</summary>
    NotInZone,

    /// <summary>FORMERR.</summary>
    FormatError,

    /// <summary>NOTIMP: the server takes no updates, or transfers no zones.</summary>
    NotImplemented,

    /// <summary>SERVFAIL.</summary>
    ServerFailure,

    /// <summary>Prerequisite: a name is in use (YXDOMAIN).</summary>
    NameExists,

    /// <summary>Prerequisite: there are such records (YXRRSET).</summary>
    RecordsExist,

    /// <summary>Prerequisite: a name is not in use (NXDOMAIN).</summary>
    NameMissing,

    /// <summary>Prerequisite: there are no such records, or others (NXRRSET).</summary>
    RecordsMissing,

    /// <summary>Another code.</summary>
    Other,
}
