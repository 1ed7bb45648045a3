namespace MtaSts.Host.Lookups;

/// <summary>How a look-up ended; each way to fail means something else to whoever has to mend it.</summary>
internal enum LookupOutcome
{
    /// <summary>There are records.</summary>
    Answer,

    /// <summary>The name is there, records of this type are not (RFC 2308 §2.2).</summary>
    NoData,

    /// <summary>NXDOMAIN: there is no such name (RFC 2308 §2.1).</summary>
    NoName,

    /// <summary>SERVFAIL: the servers of the zone do not answer, or DNSSEC is broken.</summary>
    ServerFailure,

    /// <summary>REFUSED: the resolver does not answer us.</summary>
    Refused,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>What came was no answer to the question, could not be read, or led to something that is no host name.</summary>
    Malformed,

    /// <summary>The CNAMEs lead back to a name they came from.</summary>
    AliasLoop,

    /// <summary>More CNAMEs one after the other than are followed.</summary>
    TooManyAliases,
}
