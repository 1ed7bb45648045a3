namespace MtaSts.Testing;

/// <summary>The stub CA refuses what it was asked.</summary>
internal sealed class StubRefusal(int status, StubProblem problem) : Exception(problem.Detail)
{
    public StubRefusal(int status, string type, string detail)
        : this(status, new StubProblem(type, detail))
    {
    }

    public int Status => status;

    public StubProblem Problem => problem;

    public string? RetryAfter { get; init; }

    public string? Link { get; init; }

    public string? Location { get; init; }
}
