namespace MtaSts.Host.Lookups;

/// <summary>How one authoritative server answered; only the first three are its word on the name.</summary>
internal enum ServerOutcome
{
    /// <summary>There are records of this type at this very name.</summary>
    Answer,

    /// <summary>There are none; perhaps others, perhaps a CNAME.</summary>
    NoData,

    /// <summary>NXDOMAIN: there is no such name.</summary>
    NoName,

    /// <summary>It answers without authority (AA), or names others: it does not serve the zone.</summary>
    NotAuthoritative,

    /// <summary>No answer in time, or nothing listens there.</summary>
    Timeout,

    Refused,

    ServerFailure,

    /// <summary>No answer to the question, or one that cannot be read.</summary>
    Malformed,
}
