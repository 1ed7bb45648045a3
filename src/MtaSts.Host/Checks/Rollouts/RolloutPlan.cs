using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Checks.Rollouts;

/// <summary>The stages of one roll-out, in their order. Pure.</summary>
internal static class RolloutPlan
{
    public const int Day = 86_400;
    public const int Week = 7 * Day;

    /// <summary>The last stage is reached sooner where no more than a day or a week is wanted; the stage in which it is stands in it in any case.</summary>
    public static IReadOnlyList<RolloutStep> Of(Rollout rollout)
    {
        var step = TimeSpan.FromDays(rollout.StageDays);
        List<RolloutStep> steps = [new(RolloutStage.Testing, StsMode.Testing, null, TimeSpan.FromDays(rollout.TestingDays))];
        if (rollout.WantedMaxAge > Day || rollout.Stage == RolloutStage.Day)
        {
            steps.Add(new RolloutStep(RolloutStage.Day, StsMode.Enforce, Day, step));
        }

        if (rollout.WantedMaxAge > Week || rollout.Stage == RolloutStage.Week)
        {
            steps.Add(new RolloutStep(RolloutStage.Week, StsMode.Enforce, Week, step));
        }

        steps.Add(new RolloutStep(RolloutStage.Wanted, StsMode.Enforce, rollout.WantedMaxAge, null));
        return steps;
    }

    public static RolloutStep Present(Rollout rollout) => Of(rollout).Single(step => step.Stage == rollout.Stage);

    /// <summary>Null: the last one has begun.</summary>
    public static RolloutStep? Next(Rollout rollout) => Of(rollout).FirstOrDefault(step => step.Stage > rollout.Stage);

    /// <summary>Whether the policy is that of the present stage. Of the first one a roll-out has not made it: there maxAge only has to be less than the next one's.</summary>
    public static bool IsAtStage(Rollout rollout, StsPolicy policy)
    {
        var present = Present(rollout);
        return policy.Mode == present.Mode
            && (rollout.Stage == RolloutStage.Testing || (rollout.Since(rollout.Stage) is null ? !(policy.MaxAge >= Next(rollout)?.MaxAge) : policy.MaxAge == present.MaxAge));
    }

    /// <summary>Where a domain with this policy begins; null: it is there already.</summary>
    public static RolloutStage? First(StsPolicy present, int wantedMaxAge) => present switch
    {
        { Mode: StsMode.Testing } => RolloutStage.Testing,
        { Mode: StsMode.Enforce } when present.MaxAge >= wantedMaxAge => null,
        { Mode: StsMode.Enforce, MaxAge: < Week } => RolloutStage.Day,
        _ => RolloutStage.Week,
    };
}

/// <param name="Stage">Its name.</param>
/// <param name="Mode">Of the policy.</param>
/// <param name="MaxAge">Seconds; null: as it is.</param>
/// <param name="Lasts">At least; null: it is the last one.</param>
internal sealed record RolloutStep(RolloutStage Stage, StsMode Mode, int? MaxAge, TimeSpan? Lasts)
{
    /// <summary>The policy of this stage with the patterns of the present one.</summary>
    public StsPolicy Policy(StsPolicy present) => new(Mode, present.Mx, MaxAge ?? present.MaxAge);
}
