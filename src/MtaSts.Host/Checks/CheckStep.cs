namespace MtaSts.Host.Checks;

/// <summary>One step of the sender's way, as it went.</summary>
/// <param name="Name">Which: `record`, `host`, `fetch`, `policy`, `id`, `mx`, `smtp`, `reports`.</param>
/// <param name="Subject">The name or address that it was about.</param>
/// <param name="State">How it went.</param>
/// <param name="Took">How long.</param>
/// <param name="Evidence">What was seen, a line each, for people; without control characters and cut off.</param>
internal sealed record CheckStep(string Name, string Subject, StepState State, TimeSpan Took, IReadOnlyList<string> Evidence);

internal enum StepState
{
    Ok,

    Warning,

    Error,

    /// <summary>It makes no sense after what went before.</summary>
    Skipped,
}
