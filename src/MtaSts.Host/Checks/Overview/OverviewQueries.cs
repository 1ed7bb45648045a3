using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Checks.Overview;

/// <summary>Counts by the database, over all domains or those of some tenants. Pending domains are served by nobody: only states count them.</summary>
internal static class OverviewQueries
{
    private static readonly TimeSpan IsOverdue = TimeSpan.FromMinutes(10);

    /// <param name="db">The store.</param>
    /// <param name="tenantId">Null: all.</param>
    /// <param name="now">By which days left and what is overdue are counted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<OverviewResource> ReadAsync(HostDbContext db, int? tenantId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var domains = tenantId is null ? db.Domains : db.Domains.Where(row => row.TenantId == tenantId);
        var counts = await domains.GroupBy(row => new { row.State, row.Mode }).Select(group => new Counted(0, group.Key.State, group.Key.Mode, group.Count())).ToListAsync(cancellationToken);
        var watches = tenantId is null ? db.DomainWatches : db.DomainWatches.Where(watch => domains.Any(row => row.Id == watch.DomainId));
        var overdue = now - IsOverdue;
        return new OverviewResource(
            counts.Sum(one => one.Count),
            Modes(counts),
            States(counts),
            await AdvisoriesAsync(db, tenantId is null ? null : domains, cancellationToken),
            await CertificatesAsync(db, domains, now, cancellationToken),
            await UnpublishedAsync(db, domains, cancellationToken),
            new ChecksState(await watches.CountAsync(watch => watch.NextCheckAt < overdue, cancellationToken), await watches.MinAsync(watch => watch.CheckedAt, cancellationToken)));
    }

    /// <summary>One line for each of these tenants.</summary>
    public static async Task<IReadOnlyList<TenantOverview>> ReadTenantsAsync(HostDbContext db, IReadOnlyList<Tenant> tenants, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ids = tenants.Select(tenant => tenant.Id).ToList();
        var overdue = now - IsOverdue;
        var domains = db.Domains.Where(row => ids.Contains(row.TenantId));
        var counts = (await domains.GroupBy(row => new { row.TenantId, row.State, row.Mode })
            .Select(group => new Counted(group.Key.TenantId, group.Key.State, group.Key.Mode, group.Count())).ToListAsync(cancellationToken)).ToLookup(one => one.TenantId);
        var wrong = (await (
            from advisory in db.DomainAdvisories
            join row in domains on advisory.DomainId equals row.Id
            where advisory.ToldAt != null
            group advisory.DomainId by new { row.TenantId, advisory.Severity } into same
            select new { same.Key.TenantId, same.Key.Severity, Count = same.Distinct().Count() }).ToListAsync(cancellationToken))
            .ToDictionary(one => (one.TenantId, one.Severity), one => one.Count);
        var checks = await (
            from watch in db.DomainWatches
            join row in domains on watch.DomainId equals row.Id
            group watch by row.TenantId into same
            select new { same.Key, Overdue = same.Count(watch => watch.NextCheckAt < overdue), Oldest = same.Min(watch => watch.CheckedAt) }).ToDictionaryAsync(one => one.Key, cancellationToken);
        return [.. tenants.Select(tenant => new TenantOverview(
            tenant.Name,
            counts[tenant.Id].Sum(one => one.Count),
            Modes(counts[tenant.Id]),
            States(counts[tenant.Id]),
            wrong.GetValueOrDefault((tenant.Id, AdvisorySeverity.Error)),
            wrong.GetValueOrDefault((tenant.Id, AdvisorySeverity.Warning)),
            checks.TryGetValue(tenant.Id, out var of) ? new ChecksState(of.Overdue, of.Oldest) : new ChecksState(0, null)))];
    }

    private static ModeCounts Modes(IEnumerable<Counted> counts)
    {
        var served = counts.Where(one => one.State != DomainState.Pending).ToLookup(one => one.Mode, one => one.Count);
        return new ModeCounts(served[StsMode.Enforce].Sum(), served[StsMode.Testing].Sum(), served[StsMode.None].Sum());
    }

    private static StateCounts States(IEnumerable<Counted> counts)
    {
        var by = counts.ToLookup(one => one.State, one => one.Count);
        return new StateCounts(by[DomainState.Pending].Sum(), by[DomainState.Active].Sum(), by[DomainState.Removing].Sum(), by[DomainState.Suspended].Sum());
    }

    private static async Task<IReadOnlyList<AdvisoryCount>> AdvisoriesAsync(HostDbContext db, IQueryable<HostedDomain>? domains, CancellationToken cancellationToken)
    {
        var told = db.DomainAdvisories.Where(row => row.ToldAt != null);
        if (domains is not null)
        {
            told = told.Where(row => domains.Any(domain => domain.Id == row.DomainId));
        }

        var counts = await told.GroupBy(row => new { row.Code, row.Severity })
            .Select(group => new { group.Key.Code, group.Key.Severity, Domains = group.Select(row => row.DomainId).Distinct().Count() }).ToListAsync(cancellationToken);
        return [.. counts.OrderByDescending(one => one.Severity).ThenByDescending(one => one.Domains).ThenBy(one => one.Code, StringComparer.Ordinal)
            .Select(one => new AdvisoryCount(one.Code, EnumWords.Of(one.Severity), one.Domains))];
    }

    private static async Task<CertificateCounts> CertificatesAsync(HostDbContext db, IQueryable<HostedDomain> domains, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (in7, in30, in90) = (now.AddDays(7), now.AddDays(30), now.AddDays(90));
        var counts = (await (
            from row in domains
            where row.State != DomainState.Pending
            join stored in db.Certificates on MailDomain.PolicyHostPrefix + row.Name equals stored.HostName into found
            from certificate in found.DefaultIfEmpty()
            let bucket = certificate == null ? 5 : certificate.NotAfter < now ? 0 : certificate.NotAfter < in7 ? 1 : certificate.NotAfter < in30 ? 2 : certificate.NotAfter < in90 ? 3 : 4
            group bucket by bucket into same
            select new { same.Key, Count = same.Count() }).ToListAsync(cancellationToken)).ToDictionary(one => one.Key, one => one.Count);
        return new CertificateCounts(Of(0), Of(1), Of(2), Of(3), Of(4), Of(5));
        int Of(int bucket) => counts.GetValueOrDefault(bucket);
    }

    private static async Task<UnpublishedId?> UnpublishedAsync(HostDbContext db, IQueryable<HostedDomain> domains, CancellationToken cancellationToken)
    {
        // Only the record of an id waits for a revision; that of a domain on its way out may wait for its end.
        var oldest = await (
            from record in db.DnsRecords
            where record.Gate > 0 && record.Wanted != null && record.State != DnsRecordState.Live
            join row in domains on record.DomainId equals row.Id
            join version in db.PolicyVersions on new { DomainId = row.Id, Number = row.Version } equals new { version.DomainId, version.Number }
            orderby version.CreatedAt
            select new { row.Name, row.PolicyId, version.CreatedAt }).FirstOrDefaultAsync(cancellationToken);
        return oldest is null ? null : new UnpublishedId(oldest.Name, oldest.PolicyId, oldest.CreatedAt);
    }

    private sealed record Counted(int TenantId, DomainState State, StsMode Mode, int Count);
}
