using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Dns;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>Which id DNS gives for a domain: the customer's own, as the last look found it, or else that of the record that we publish, and whether he leads senders there.</summary>
internal sealed class PublishedIds(IOptions<DnsOptions> dns) : IPublishedIds
{
    public async Task<IReadOnlyDictionary<long, PublishedDns>> OfAsync(HostDbContext db, IReadOnlyList<HostedDomain> rows, CancellationToken cancellationToken)
    {
        var published = new Dictionary<long, PublishedDns>();
        var ids = rows.Select(row => row.Id).ToList();
        var looks = new Dictionary<long, StoredLook>();
        foreach (var row in await db.CustomerLooks.Where(look => ids.Contains(look.DomainId)).ToListAsync(cancellationToken))
        {
            if (RecordReports.Read(row) is { } look)
            {
                looks[row.DomainId] = look;
                if (look is { PolicyId: { } id, PolicyIdState: { } state, PolicyIdSince: { } since })
                {
                    published[row.DomainId] = new PublishedDns(id, state, since) { IsCustomers = true };
                }
            }
        }

        var zone = new ZoneSettings(dns.Value.Zone, [], []);
        if (zone.Zone.Length > 0)
        {
            var names = rows.Where(row => !published.ContainsKey(row.Id)).ToDictionary(row => zone.TextTarget(row.Label), row => row.Id);
            foreach (var record in await db.DnsRecords.Where(record => record.Type == "TXT" && names.Keys.Contains(record.Name)).ToListAsync(cancellationToken))
            {
                if (TextRules.IdOf([.. StoredPolicy.Lines(record.Published ?? record.Offered).Select(DnsText.Joined)]) is { } id)
                {
                    published[names[record.Name]] = Of(id, record, looks.GetValueOrDefault(names[record.Name]));
                }
            }
        }

        return published;
    }

    // A record that is live is seen by nobody while the customer does not lead there. Where nobody has looked, or his servers say nothing, he gets the benefit of the doubt.
    private static PublishedDns Of(string id, DnsRecordStatus record, StoredLook? look)
    {
        if (record.State != DnsRecordState.Live || Alias(look) is not { } alias)
        {
            return new PublishedDns(id, RecordWords.Of(record.State), record.Since);
        }

        var isLed = alias.State is not ("missing" or "wrong") || IsWildcardHere(alias);
        return new PublishedDns(id, isLed ? RecordWords.Of(record.State) : RecordWords.WaitingForCustomer, alias.Since > record.Since ? alias.Since.Value : record.Since);
    }

    private static RecordResource? Alias(StoredLook? look) =>
        look?.Items.FirstOrDefault(item => item.Type == "CNAME" && item.Purpose == RecordWords.Of(RecordPurpose.PolicyId) && item.State != RecordWords.Of(CustomerState.Unknown));

    // Senders cannot tell it from a record.
    private static bool IsWildcardHere(RecordResource alias) => alias.Observed.SequenceEqual(alias.Wanted) && alias.Problems.All(problem => problem.Code == CustomerCodes.Wildcard);
}
