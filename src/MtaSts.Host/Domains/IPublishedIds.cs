using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>What DNS gives for domains, as the domain resource shows it. The answer lives a level up, with the records; DnsRecords implements it.</summary>
internal interface IPublishedIds
{
    /// <returns>By the row's id; nothing for those of which no id is out, or known to be.</returns>
    Task<IReadOnlyDictionary<long, PublishedDns>> OfAsync(HostDbContext db, IReadOnlyList<HostedDomain> rows, CancellationToken cancellationToken);
}
