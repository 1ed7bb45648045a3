namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>What a node gave out for a domain.</summary>
/// <param name="Outcome">The gist.</param>
/// <param name="Code">Stable code of what is wrong; empty when nothing is.</param>
/// <param name="Reason">The same for people.</param>
internal sealed record FetchedPolicy(FetchOutcome Outcome, string Code = "", string Reason = "");

internal enum FetchOutcome
{
    /// <summary>Text and id are those that were wanted, under a certificate of that name.</summary>
    Present,

    /// <summary>That node answers, with something else.</summary>
    OtherText,

    /// <summary>The handshake was refused, or the certificate is none that a sender takes.</summary>
    NoCertificate,

    /// <summary>Nothing answers in time.</summary>
    Unreachable,

    /// <summary>Another node answers, or something else.</summary>
    Stranger,
}
