using System.Text.Json;

namespace MtaSts.Testing;

/// <summary>What <see cref="StubCa"/> answers.</summary>
internal sealed record StubAnswer(int Status, string MediaType, byte[] Body)
{
    public string? Location { get; init; }

    public IReadOnlyList<string> Links { get; init; } = [];

    public string? RetryAfter { get; init; }

    /// <summary>Cut the connection instead.</summary>
    public bool IsLost { get; init; }

    public static StubAnswer Lost { get; } = new(0, "", []) { IsLost = true };

    public static StubAnswer Json(int status, object json) => new(status, "application/json", JsonSerializer.SerializeToUtf8Bytes(json));

    public static StubAnswer Of(StubRefusal refusal) => Problem(refusal.Status, refusal.Problem) with
    {
        RetryAfter = refusal.RetryAfter,
        Links = refusal.Link is null ? [] : [refusal.Link],
        Location = refusal.Location,
    };

    public static StubAnswer Of(StubFailure failure) => failure switch
    {
        { IsLost: true } => Lost,
        { Problem: { } problem } => Problem(failure.Status, problem) with { RetryAfter = failure.RetryAfter },
        _ => new StubAnswer(failure.Status, "text/html", System.Text.Encoding.UTF8.GetBytes(failure.Body ?? "")) { RetryAfter = failure.RetryAfter },
    };

    private static StubAnswer Problem(int status, StubProblem problem) =>
        new(status, "application/problem+json", JsonSerializer.SerializeToUtf8Bytes(problem.ToJson(status)));
}
