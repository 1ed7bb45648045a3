using System.Globalization;

namespace MtaSts.Testing;

/// <summary>How <see cref="StubCa"/> lets a request fail.</summary>
public sealed record StubFailure
{
    public int Status { get; init; }

    /// <summary>The problem document; null: an answer of something in front of the CA, with a page instead.</summary>
    public StubProblem? Problem { get; init; }

    /// <summary>The text of <c>Retry-After</c>.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>The body instead of a problem document.</summary>
    public string? Body { get; init; }

    /// <summary>Only requests about this name fail: orders, their parts, their certificates.</summary>
    public string? Name { get; init; }

    internal bool IsLost { get; init; }

    internal bool IsCarriedOut { get; init; }

    /// <summary>A problem document.</summary>
    public static StubFailure Of(int status, string type, string detail = "The test wants it so.", string? retryAfter = null) =>
        new() { Status = status, Problem = new StubProblem(type, detail), RetryAfter = retryAfter };

    /// <summary>429 <c>rateLimited</c>.</summary>
    public static StubFailure RateLimited(TimeSpan retryAfter) =>
        Of(429, "rateLimited", "too many new orders recently", ((int)retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>429 <c>rateLimited</c>; <c>Retry-After</c> as a date of the CA's clock.</summary>
    public static StubFailure RateLimitedUntil(DateTimeOffset date) =>
        Of(429, "rateLimited", "too many new orders recently", date.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>503 of a load balancer, without a word of ACME.</summary>
    public static StubFailure Unavailable(string? retryAfter = null) =>
        new() { Status = 503, Body = "<html><body><h1>Service Unavailable</h1></body></html>", RetryAfter = retryAfter };

    /// <summary>The request is carried out, and the connection cut before the answer.</summary>
    public static StubFailure AnswerLost { get; } = new() { IsLost = true, IsCarriedOut = true };

    /// <summary>The connection is cut before the request is carried out.</summary>
    public static StubFailure RequestLost { get; } = new() { IsLost = true };
}
