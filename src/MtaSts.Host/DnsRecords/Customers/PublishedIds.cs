using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Dns;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>Which id DNS gives for a domain: of the record that we publish, or else of the customer's own, as the last look found it.</summary>
internal sealed class PublishedIds(IOptions<DnsOptions> dns) : IPublishedIds
{
    public async Task<IReadOnlyDictionary<long, PublishedDns>> OfAsync(HostDbContext db, IReadOnlyList<HostedDomain> rows, CancellationToken cancellationToken)
    {
        var published = new Dictionary<long, PublishedDns>();
        var zone = new ZoneSettings(dns.Value.Zone, [], []);
        if (zone.Zone.Length > 0)
        {
            var names = rows.ToDictionary(row => zone.TextTarget(row.Label), row => row.Id);
            foreach (var record in await db.DnsRecords.Where(record => record.Type == "TXT" && names.Keys.Contains(record.Name)).ToListAsync(cancellationToken))
            {
                if (TextRules.IdOf([.. StoredPolicy.Lines(record.Published ?? record.Offered).Select(DnsText.Joined)]) is { } id)
                {
                    published[names[record.Name]] = new PublishedDns(id, RecordWords.Of(record.State), record.Since);
                }
            }
        }

        var others = rows.Select(row => row.Id).Where(id => !published.ContainsKey(id)).ToList();
        if (others.Count > 0)
        {
            foreach (var look in await db.CustomerLooks.Where(look => others.Contains(look.DomainId)).ToListAsync(cancellationToken))
            {
                if (RecordReports.Read(look) is { PolicyId: { } id, PolicyIdState: { } state, PolicyIdSince: { } since })
                {
                    published[look.DomainId] = new PublishedDns(id, state, since);
                }
            }
        }

        return published;
    }
}
