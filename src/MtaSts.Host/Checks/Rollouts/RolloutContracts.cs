using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Checks.Rollouts;

/// <summary>The body of `POST …/rollout`; all may be left out.</summary>
/// <param name="MaxAge">Seconds; of the last stage. 2592000 (30 days) when left out.</param>
/// <param name="TestingDays">How long `testing` lasts at least, 1 to 365; 14 when left out.</param>
/// <param name="StageDays">How long each stage of `enforce` before the last lasts at least, 1 to 365; 7 when left out.</param>
internal sealed record RolloutRequest(int? MaxAge, int? TestingDays, int? StageDays);

/// <summary>A <see cref="RolloutRequest"/> after all rules held.</summary>
internal sealed record RolloutInput(int MaxAge, int TestingDays, int StageDays);

/// <summary>`GET …/rollout`.</summary>
/// <param name="Domain">Lower-case A-labels.</param>
/// <param name="State">`halted` goes on by itself when what keeps it is mended, `paused` by hand.</param>
/// <param name="Code">What keeps it, or has ended it; null: time alone.</param>
/// <param name="Message">The same for people.</param>
/// <param name="Since">Since when it is in its state.</param>
/// <param name="Stage">In which it is.</param>
/// <param name="NextAt">When the next stage may begin at the earliest, as things are; null: nobody knows.</param>
/// <param name="MaxAge">Wanted, in seconds.</param>
/// <param name="TestingDays">Of the plan.</param>
/// <param name="StageDays">Of the plan.</param>
/// <param name="Accepted">Errors that an admin has taken upon himself for this stage.</param>
/// <param name="StartedAt">When it was begun.</param>
/// <param name="StartedBy">By which key.</param>
/// <param name="Stages">The plan with its dates.</param>
/// <param name="CachedUntil">Until when a sender may hold one of the versions; null: none was served.</param>
/// <param name="Versions">Those that a sender may still hold, newest first, at most 100.</param>
internal sealed record RolloutResource(
    string Domain,
    [property: OneOf("running", "halted", "paused", "done", "ended")] string State,
    string? Code,
    string? Message,
    DateTimeOffset Since,
    [property: OneOf("testing", "day", "week", "wanted")] string Stage,
    DateTimeOffset? NextAt,
    int MaxAge,
    int TestingDays,
    int StageDays,
    IReadOnlyList<string> Accepted,
    DateTimeOffset StartedAt,
    string StartedBy,
    IReadOnlyList<RolloutStageResource> Stages,
    DateTimeOffset? CachedUntil,
    IReadOnlyList<RolloutVersion> Versions);

/// <param name="Stage">Its name.</param>
/// <param name="Mode">Of its policy.</param>
/// <param name="MaxAge">Seconds; null: as it is.</param>
/// <param name="StartedAt">When it began; null: not yet, or before the roll-out.</param>
/// <param name="EarliestAt">When it may begin at the earliest, if nothing comes between; null: it has begun, or nobody knows.</param>
internal sealed record RolloutStageResource(
    [property: OneOf("testing", "day", "week", "wanted")] string Stage, [property: OneOf("enforce", "testing")] string Mode, int? MaxAge, DateTimeOffset? StartedAt, DateTimeOffset? EarliestAt);

/// <summary>A version of the policy, and until when a sender may hold it.</summary>
internal sealed record RolloutVersion(int Number, string PolicyId, [property: OneOf("enforce", "testing", "none")] string Mode, int MaxAge, string? Reason, DateTimeOffset CreatedAt, DateTimeOffset? MayBeCachedUntil);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RolloutRequest))]
[JsonSerializable(typeof(RolloutResource))]
internal sealed partial class RolloutsJson : JsonSerializerContext;
