using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>The end of a domain's watch. Whoever was told that something is wrong is told that nobody looks any more: to him it would be wrong for ever.</summary>
internal static class AdvisoryEnd
{
    /// <summary>Watches first: a check that is writing advisories has locked its own.</summary>
    public static async Task ForgetAsync(HostDbContext db, IReadOnlyCollection<long> domainIds, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (domainIds.Count == 0)
        {
            return;
        }

        await db.DomainWatches.Where(row => domainIds.Contains(row.DomainId)).ExecuteDeleteAsync(cancellationToken);
        // Of a row that is gone this was done when it went.
        var told = await (
            from advisory in db.DomainAdvisories.AsNoTracking()
            join domain in db.Domains.AsNoTracking() on advisory.DomainId equals domain.Id
            where domainIds.Contains(advisory.DomainId) && advisory.ToldAt != null
            orderby advisory.DomainId, advisory.Code, advisory.Subject
            select new { Advisory = advisory, domain.Name, domain.TenantId, domain.Mode }).ToListAsync(cancellationToken);
        db.AdvisoryEvents.AddRange(told.Select(one => new AdvisoryEvent
        {
            DomainId = one.Advisory.DomainId,
            Domain = one.Name,
            TenantId = one.TenantId,
            At = at,
            Kind = AdvisoryEventKind.Cleared,
            Code = one.Advisory.Code,
            Subject = one.Advisory.Subject,
            Severity = one.Advisory.Severity,
            Message = "The domain is not watched any more.",
            IsEnforced = one.Mode == StsMode.Enforce,
        }));
        await db.DomainAdvisories.Where(row => domainIds.Contains(row.DomainId)).ExecuteDeleteAsync(cancellationToken);
    }
}
