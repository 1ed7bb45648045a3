using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices.Mail;

/// <summary>What a message is made of.</summary>
/// <param name="Events">What waited, in its order; the last word on each advisory counts.</param>
/// <param name="GoOn">How many advisories are there at present beside those told here.</param>
/// <param name="DomainsWithErrors">Names of domains that have errors which go on, some of them.</param>
/// <param name="Tenants">Names by id, where the receiver is told of several; empty: his own alone.</param>
/// <param name="Dropped">How many were dropped because too many waited, ever.</param>
internal sealed record DigestFacts(
    IReadOnlyList<AdvisoryEvent> Events, int GoOn, IReadOnlyList<string> DomainsWithErrors, IReadOnlyDictionary<int, string> Tenants, long Dropped);
