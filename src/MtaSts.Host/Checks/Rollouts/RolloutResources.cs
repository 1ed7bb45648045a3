using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Checks.Rollouts;

/// <summary>Rows -> what the API shows.</summary>
internal static class RolloutResources
{
    private const int MostVersions = 100;

    /// <returns>Null: the domain has none.</returns>
    public static async Task<RolloutResource?> FindAsync(HostDbContext db, HostedDomain row, TimeSpan staleAfter, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await db.Rollouts.AsNoTracking().SingleOrDefaultAsync(rollout => rollout.DomainId == row.Id, cancellationToken) is not { } rollout
            || await RolloutLook.FactsAsync(db, row.Id, staleAfter, cancellationToken) is not { } facts)
        {
            return null;
        }

        var versions = await db.PolicyVersions.AsNoTracking().Where(version => version.DomainId == row.Id && version.ServedFrom != null).OrderByDescending(version => version.Number).Take(MostVersions)
            .ToListAsync(cancellationToken);
        return Of(rollout, facts, versions, now);
    }

    /// <summary>As it is at this moment, also where the loop has not looked yet. Pure.</summary>
    private static RolloutResource Of(Rollout rollout, RolloutFacts facts, IReadOnlyList<PolicyVersion> versions, DateTimeOffset now)
    {
        var decision = RolloutRules.Judge(rollout, facts, now);
        // What the guard said when a stage was due stands until the next look.
        var kept = decision.State == RolloutState.Running && rollout.State == RolloutState.Halted ? (rollout.State, rollout.Code, rollout.Reason) : (decision.State, decision.Code, decision.Reason);
        return new RolloutResource(
            facts.Domain.Name,
            EnumWords.Of(kept.State),
            kept.Code,
            kept.Reason,
            rollout.StateSince,
            EnumWords.Of(rollout.Stage),
            decision.At,
            rollout.WantedMaxAge,
            rollout.TestingDays,
            rollout.StageDays,
            rollout.Accepted?.Split('\n') ?? [],
            rollout.StartedAt,
            rollout.StartedBy,
            Stages(rollout, decision.At),
            versions.Max(version => DomainRemoval.MayBeCachedUntil(version, now)),
            [
                .. versions.Where(version => DomainRemoval.MayBeCachedUntil(version, now) > now).Select(version => new RolloutVersion(
                    version.Number, version.PolicyId, version.Mode.ToWord(), version.MaxAge, version.Reason, version.CreatedAt, DomainRemoval.MayBeCachedUntil(version, now))),
            ]);
    }

    private static List<RolloutStageResource> Stages(Rollout rollout, DateTimeOffset? nextAt)
    {
        var stages = new List<RolloutStageResource>();
        var at = nextAt;
        foreach (var step in RolloutPlan.Of(rollout))
        {
            var isAhead = step.Stage > rollout.Stage && rollout.IsOpen;
            stages.Add(new RolloutStageResource(EnumWords.Of(step.Stage), step.Mode.ToWord(), step.MaxAge, rollout.Since(step.Stage), isAhead ? at : null));
            at = isAhead ? at + step.Lasts : at;
        }

        return stages;
    }
}
