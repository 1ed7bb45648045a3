using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Tests.Checks.Following;

/// <summary>The ids in DNS: each is there as soon as its text is served, or stays away for as long as a test wants.</summary>
internal sealed class SettableIds : IPublishedIds
{
    public bool IsStuck { get; set; }

    /// <summary>Since when the present id is out; null: since its text is served.</summary>
    public DateTimeOffset? OutSince { get; set; }

    public async Task<IReadOnlyDictionary<long, PublishedDns>> OfAsync(HostDbContext db, IReadOnlyList<HostedDomain> rows, CancellationToken cancellationToken)
    {
        var published = new Dictionary<long, PublishedDns>();
        foreach (var row in rows)
        {
            var served = await db.PolicyVersions.Where(version => version.DomainId == row.Id && version.Number == row.Version).Select(version => version.ServedFrom).SingleOrDefaultAsync(cancellationToken);
            if (served is { } since)
            {
                published[row.Id] = IsStuck ? new PublishedDns("former", "wrong", since) : new PublishedDns(row.PolicyId, "ok", OutSince ?? since);
            }
        }

        return published;
    }
}
