using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>All policy hosts with their certificates by name, for the API and for people at the machine.</summary>
internal sealed class CertificateList(Store store, IOptions<CertificatesOptions> options, TimeProvider clock)
{
    public static readonly string FilterHelp = $"state must be one of {string.Join(", ", CertificateWords.All)}.";

    /// <param name="filter">A word of <see cref="CertificateWords.All"/>; null: all.</param>
    /// <param name="paging">Which page; the cursor is a host.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public async Task<Page<CertificateItem>> ReadAsync(string? filter, Paging paging, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = store.Open();
        var query = Filter(db, CertificateRow.Query(db, options.Value.Source), filter, now);
        if (paging.After is { } after)
        {
            query = query.Where(row => row.Host.CompareTo(after) > 0);
        }

        var rows = await query.OrderBy(row => row.Host).Take(paging.Limit + 1).ToListAsync(cancellationToken);
        var tenants = await TenantsAsync(db, rows, cancellationToken);
        return paging.Cut(rows, row => row.Host, row => Item(row, tenants, now));
    }

    private static IQueryable<CertificateRow> Filter(HostDbContext db, IQueryable<CertificateRow> query, string? filter, DateTimeOffset now)
    {
        if (filter is not null && CertificateWords.State(filter) is { } state)
        {
            return query.Where(row => row.State == state);
        }

        // No longer served, and kept for a while only.
        var served = filter is null ? query : query.Where(row => row.State == null || row.State != JobState.Retired);
        var unexpired = filter is CertificateWords.Valid or CertificateWords.Expiring ? ServingSql.Unexpired(db, filter == CertificateWords.Expiring, now) : null;
        return filter switch
        {
            CertificateWords.None => served.Where(row => row.NotAfter == null),
            CertificateWords.Revoked => served.Where(row => row.NotAfter != null && (row.IsRevoked || row.RevokedAt != null)),
            CertificateWords.Expired => served.Where(row => row.NotAfter < now && !row.IsRevoked && row.RevokedAt == null),
            null => served,
            _ => served.Where(row => unexpired!.Contains(row.Host) && !row.IsRevoked && row.RevokedAt == null),
        };
    }

    private static CertificateItem Item(CertificateRow row, Dictionary<string, string> tenants, DateTimeOffset now)
    {
        var domain = DomainOf(row.Host);
        return new CertificateItem(
            row.Host, domain, tenants.GetValueOrDefault(domain), row.Serving(now), row.NotBefore, row.NotAfter, row.Origin is { } origin ? CertificateWords.Of(origin) : null, row.Issuance());
    }

    private static async Task<Dictionary<string, string>> TenantsAsync(HostDbContext db, List<CertificateRow> rows, CancellationToken cancellationToken)
    {
        var names = rows.ConvertAll(row => DomainOf(row.Host));
        return await db.Domains.Where(row => names.Contains(row.Name) && row.State != DomainState.Pending)
            .Select(row => new { row.Name, Tenant = row.Tenant!.Name })
            .ToDictionaryAsync(row => row.Name, row => row.Tenant, cancellationToken);
    }

    private static string DomainOf(string host) => host.StartsWith(MailDomain.PolicyHostPrefix, StringComparison.Ordinal) ? host[MailDomain.PolicyHostPrefix.Length..] : host;
}
