using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;

namespace MtaSts.Host.Checks.Rollouts;

/// <summary>Reads what is known of domains whose roll-outs are looked at.</summary>
internal static class RolloutLook
{
    /// <summary>By domain; one that is gone, or whose policy cannot be read, is left out.</summary>
    /// <param name="db">For reading.</param>
    /// <param name="ids">Of domains.</param>
    /// <param name="staleAfter">What a check has found says nothing of today after so long.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public static async Task<Dictionary<long, RolloutFacts>> FactsAsync(HostDbContext db, IReadOnlyCollection<long> ids, TimeSpan staleAfter, CancellationToken cancellationToken)
    {
        var rows = await db.Domains.AsNoTracking().Include(row => row.Tenant).Where(row => ids.Contains(row.Id)).ToListAsync(cancellationToken);
        var since = await db.PolicyVersions.AsNoTracking().Where(version => ids.Contains(version.DomainId) && version.Number == version.Domain!.Version)
            .ToDictionaryAsync(version => version.DomainId, version => version.CreatedAt, cancellationToken);
        var later = await db.PolicyVersions.AsNoTracking().Where(version => ids.Contains(version.DomainId))
            .Join(db.Rollouts, version => version.DomainId, rollout => rollout.DomainId, (version, rollout) => new { version.DomainId, version.Mode, version.MaxAge, version.CreatedAt, rollout.StageSince })
            .Where(version => version.CreatedAt > version.StageSince)
            .Select(version => new { version.DomainId, version.Mode, version.MaxAge }).Distinct().ToListAsync(cancellationToken);
        var left = later.ToLookup(version => version.DomainId, version => (version.Mode, version.MaxAge));
        var watches = await db.DomainWatches.AsNoTracking().Where(watch => ids.Contains(watch.DomainId)).ToDictionaryAsync(watch => watch.DomainId, cancellationToken);
        var wrong = (await db.DomainAdvisories.AsNoTracking().Where(advisory => ids.Contains(advisory.DomainId)).ToListAsync(cancellationToken)).ToLookup(advisory => advisory.DomainId);
        var lost = (await db.DomainProofs.Where(proof => ids.Contains(proof.DomainId) && proof.LostSince != null).Select(proof => proof.DomainId).ToListAsync(cancellationToken)).ToHashSet();
        var facts = new Dictionary<long, RolloutFacts>();
        foreach (var row in rows)
        {
            if (row.PolicyOrNull() is { } policy && since.TryGetValue(row.Id, out var versionSince))
            {
                facts.Add(row.Id, new RolloutFacts(row, policy, versionSince, HasLeft(policy, left[row.Id]), watches.GetValueOrDefault(row.Id), [.. wrong[row.Id]], staleAfter, lost.Contains(row.Id)));
            }
        }

        return facts;
    }

    // While a stage lasts, maxAge of `testing` is anybody's to change.
    private static bool HasLeft(StsPolicy present, IEnumerable<(StsMode Mode, int MaxAge)> later) =>
        later.Any(version => version.Mode != present.Mode || (present.Mode == StsMode.Enforce && version.MaxAge != present.MaxAge));

    public static async Task<RolloutFacts?> FactsAsync(HostDbContext db, long id, TimeSpan staleAfter, CancellationToken cancellationToken) => (await FactsAsync(db, [id], staleAfter, cancellationToken)).GetValueOrDefault(id);
}
