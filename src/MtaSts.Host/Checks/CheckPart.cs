namespace MtaSts.Host.Checks;

/// <summary>What a part of the check has found.</summary>
internal sealed record CheckPart(IReadOnlyList<CheckStep> Steps, IReadOnlyList<Advisory> Advisories)
{
    /// <summary>The state of a step that these advisories are all about.</summary>
    public static StepState StateOf(IEnumerable<Advisory> advisories) => advisories.Select(advisory => advisory.Severity).DefaultIfEmpty(Severity.Info).Max() switch
    {
        Severity.Error => StepState.Error,
        Severity.Warning => StepState.Warning,
        _ => StepState.Ok,
    };
}
