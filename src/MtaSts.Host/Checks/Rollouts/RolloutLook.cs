using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;

namespace MtaSts.Host.Checks.Rollouts;

/// <summary>Reads what is known of domains whose roll-outs are looked at.</summary>
internal static class RolloutLook
{
    /// <summary>By domain; one that is gone, or whose policy cannot be read, is left out.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public static async Task<Dictionary<long, RolloutFacts>> FactsAsync(HostDbContext db, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        var rows = await db.Domains.AsNoTracking().Include(row => row.Tenant).Where(row => ids.Contains(row.Id)).ToListAsync(cancellationToken);
        var since = await db.PolicyVersions.AsNoTracking().Where(version => ids.Contains(version.DomainId) && version.Number == version.Domain!.Version)
            .ToDictionaryAsync(version => version.DomainId, version => version.CreatedAt, cancellationToken);
        var watches = await db.DomainWatches.AsNoTracking().Where(watch => ids.Contains(watch.DomainId)).ToDictionaryAsync(watch => watch.DomainId, cancellationToken);
        var wrong = (await db.DomainAdvisories.AsNoTracking().Where(advisory => ids.Contains(advisory.DomainId)).ToListAsync(cancellationToken)).ToLookup(advisory => advisory.DomainId);
        var lost = (await db.DomainProofs.Where(proof => ids.Contains(proof.DomainId) && proof.LostSince != null).Select(proof => proof.DomainId).ToListAsync(cancellationToken)).ToHashSet();
        var facts = new Dictionary<long, RolloutFacts>();
        foreach (var row in rows)
        {
            if (row.PolicyOrNull() is { } policy && since.TryGetValue(row.Id, out var versionSince))
            {
                facts.Add(row.Id, new RolloutFacts(row, policy, versionSince, watches.GetValueOrDefault(row.Id), [.. wrong[row.Id]], lost.Contains(row.Id)));
            }
        }

        return facts;
    }

    public static async Task<RolloutFacts?> FactsAsync(HostDbContext db, long id, CancellationToken cancellationToken) => (await FactsAsync(db, [id], cancellationToken)).GetValueOrDefault(id);
}
