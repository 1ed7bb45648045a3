using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>What kind of answer was written: the limit of answers counts each apart.</summary>
internal enum ReplyKind
{
    /// <summary>Nothing was written: the query is not to be answered.</summary>
    None,

    /// <summary>Records.</summary>
    Records,

    /// <summary>The name is there, such records are not.</summary>
    NoRecords,

    /// <summary>NXDOMAIN.</summary>
    NoName,

    /// <summary>FORMERR, NOTIMP, REFUSED, BADVERS.</summary>
    Error,
}

/// <param name="Kind">What was written.</param>
/// <param name="Code">How it went.</param>
/// <param name="QuestionEnd">Where in the answer the question ends.</param>
internal readonly record struct Reply(ReplyKind Kind, DnsResponseCode Code = DnsResponseCode.NoError, int QuestionEnd = DnsHeader.Length)
{
    private const int TypeAndClass = 4;

    /// <summary>The name in the question; empty when there was none to read.</summary>
    public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> message) =>
        QuestionEnd == DnsHeader.Length ? [] : message[DnsHeader.Length..(QuestionEnd - TypeAndClass)];
}
