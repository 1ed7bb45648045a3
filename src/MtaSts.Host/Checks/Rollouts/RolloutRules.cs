using MtaSts.Host.Checks.Records;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.Ownership;

namespace MtaSts.Host.Checks.Rollouts;

/// <summary>What is known of a domain when its roll-out is looked at.</summary>
/// <param name="Domain">Its row.</param>
/// <param name="Policy">Its present policy.</param>
/// <param name="VersionSince">When its present version was made.</param>
/// <param name="HasLeft">Whether a version since the stage began was of another mode or maxAge: somebody has gone back, and did so for a reason.</param>
/// <param name="Watch">What its checks came to; null: there was none.</param>
/// <param name="Wrong">What is wrong with it at present.</param>
/// <param name="Stale">What a check has found says nothing of today after so long.</param>
/// <param name="IsProofLost">Whether the proof that it is the tenant's is gone.</param>
internal sealed record RolloutFacts(HostedDomain Domain, StsPolicy Policy, DateTimeOffset VersionSince, bool HasLeft, DomainWatch? Watch, IReadOnlyList<DomainAdvisory> Wrong, TimeSpan Stale, bool IsProofLost);

/// <param name="State">In which the roll-out is.</param>
/// <param name="Code">What keeps it; null: time alone, or nothing.</param>
/// <param name="Reason">The same for people.</param>
/// <param name="At">When the next stage may begin at the earliest, as things are; null: nobody knows.</param>
/// <param name="Step">The stage to begin now; null: none.</param>
/// <param name="AnnouncedAt">Since when senders have the policy of the stage; null: nobody knows yet.</param>
internal sealed record RolloutDecision(RolloutState State, string? Code, string? Reason, DateTimeOffset? At, RolloutStep? Step = null, DateTimeOffset? AnnouncedAt = null);

/// <summary>May the next stage begin? A mistake costs as much mail as senders keep the policy for, so each longer stage comes after a time without any. Pure.</summary>
internal static class RolloutRules
{
    /// <summary>Checks must have found no error for so long, or for the whole stage where that is shorter.</summary>
    private static readonly TimeSpan CleanFor = TimeSpan.FromDays(3);

    // Warnings in general; for a roll-out they mean that senders do not have the policy of the stage at all.
    private static readonly string[] NotAnnounced = [RecordCodes.IdBehind.Code, RecordCodes.IdUnknown.Code, RecordCodes.TextDiffers.Code];

    public static RolloutDecision Judge(Rollout rollout, RolloutFacts facts, DateTimeOffset now)
    {
        if (!rollout.IsOpen)
        {
            return new RolloutDecision(rollout.State, rollout.Code, rollout.Reason, null);
        }

        var present = RolloutPlan.Present(rollout);
        if (Ended(rollout, facts) is { } ended)
        {
            return ended;
        }

        if (rollout.State == RolloutState.Paused)
        {
            return new RolloutDecision(RolloutState.Paused, rollout.Code, rollout.Reason, null);
        }

        if (RolloutPlan.Next(rollout) is not { } next)
        {
            return new RolloutDecision(RolloutState.Done, null, null, null);
        }

        if (Kept(rollout, facts, now) is { } halted)
        {
            return halted;
        }

        if (facts.Watch is not { CheckedAt: { } checkedAt } watch || watch.VersionChecked < facts.Domain.Version)
        {
            return new RolloutDecision(RolloutState.Running, "rollout.unchecked", $"{facts.Domain.Name} has not been checked since its policy was changed.", null);
        }

        // With errors that somebody has taken upon himself: from when he did, or from when others that came since have gone.
        var cleanSince = Later(watch.CleanSince ?? (rollout.State == RolloutState.Running ? Later(rollout.AcceptedAt ?? checkedAt, rollout.StateSince) : now), facts.VersionSince);
        // Nothing is wrong with its announcement, or it would be kept: senders have the policy since that check at the latest.
        var announcedAt = rollout.AnnouncedAt ?? Later(checkedAt, rollout.StageSince);
        var at = Later(announcedAt + present.Lasts!.Value, cleanSince + (present.Lasts < CleanFor ? present.Lasts.Value : CleanFor));
        return new RolloutDecision(RolloutState.Running, null, null, at, now >= at ? next : null, announcedAt);
    }

    /// <summary>Of what is wrong with a domain, what keeps a roll-out.</summary>
    public static IEnumerable<DomainAdvisory> Keeping(Rollout rollout, IEnumerable<DomainAdvisory> wrong)
    {
        var accepted = rollout.Accepted?.Split('\n') ?? [];
        return wrong.Where(advisory => (advisory.Severity == AdvisorySeverity.Error || NotAnnounced.Contains(advisory.Code)) && !accepted.Contains(Line(advisory)));
    }

    /// <summary>How <see cref="Rollout.Accepted"/> names it.</summary>
    public static string Line(DomainAdvisory advisory) => $"{advisory.Code} {advisory.Subject}";

    private static RolloutDecision? Ended(Rollout rollout, RolloutFacts facts) =>
        facts.Domain.State == DomainState.Removing
            ? new RolloutDecision(RolloutState.Ended, "domain.removing", $"{facts.Domain.Name} is being removed.", null)
            : facts.Domain.TemplateId is not null
            ? new RolloutDecision(RolloutState.Ended, "template.set", $"The policy of {facts.Domain.Name} comes from a template now.", null)
            : RolloutPlan.IsAtStage(rollout, facts.Policy) && !facts.HasLeft
                ? null
                : new RolloutDecision(
                    RolloutState.Ended, "rollout.edited", $"Edits have changed mode or maxAge of {facts.Domain.Name}, which has {facts.Policy.Mode.ToWord()} and {facts.Policy.MaxAge} now; the roll-out has ended there.", null);

    private static RolloutDecision? Kept(Rollout rollout, RolloutFacts facts, DateTimeOffset now)
    {
        if (facts.Domain.State != DomainState.Active)
        {
            return new RolloutDecision(RolloutState.Halted, "domain.suspended", $"{facts.Domain.Name} is suspended by the provider.", null);
        }

        if (facts.IsProofLost)
        {
            return new RolloutDecision(RolloutState.Halted, ProofCodes.Lost, $"The proof that {facts.Domain.Name} is the tenant's is not in DNS any more.", null);
        }

        if (facts.Watch?.CheckedAt < now - facts.Stale)
        {
            return new RolloutDecision(RolloutState.Halted, "rollout.unchecked", $"{facts.Domain.Name} has not been checked for {facts.Stale.TotalDays:0} days.", null);
        }

        var keeping = Keeping(rollout, facts.Wrong).ToList();
        return keeping.Count == 0
            ? null
            : new RolloutDecision(
                RolloutState.Halted,
                "rollout.errors",
                $"The last check found: {string.Join(' ', keeping.Take(5).Select(advisory => $"{advisory.Message} ({advisory.Code})"))}{(keeping.Count > 5 ? $" And {keeping.Count - 5} more." : "")}",
                null);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
