using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords;

/// <summary>What the records of one domain follow from.</summary>
/// <param name="DomainId">Of its row.</param>
/// <param name="Label">Its name in the zone.</param>
/// <param name="FormerLabels">Of rows of this name that are gone: CNAMEs may still lead there, and the name is served by this row now.</param>
/// <param name="State">A pending one is not served.</param>
/// <param name="PolicyId">Of the present version.</param>
/// <param name="Revision">Of the row.</param>
/// <param name="ReportAddresses">Of `_smtp._tls`; null: no such record.</param>
/// <param name="HasRecordEnded">The removal has taken the record out of what is wanted.</param>
/// <param name="ChallengeTexts">TXT data of open dns-01 challenges.</param>
internal sealed record DomainFacts(
    long DomainId,
    string Label,
    IReadOnlyList<string> FormerLabels,
    DomainState State,
    string PolicyId,
    long Revision,
    IReadOnlyList<string>? ReportAddresses,
    bool HasRecordEnded,
    IReadOnlyList<string> ChallengeTexts);
