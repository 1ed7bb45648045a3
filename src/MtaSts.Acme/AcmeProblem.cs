namespace MtaSts.Acme;

/// <summary>
/// A CA's problem document (RFC 8555 §6.7, RFC 9457), cut to a few KB, without control characters: a CA's words reach logs and people.
/// Immutable, safe from any thread.
/// </summary>
public sealed record AcmeProblem
{
    /// <summary>The whole <c>type</c>, or <c>about:blank</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What people should read.</summary>
    public string? Detail { get; init; }

    /// <summary>The HTTP status that the document names, if any.</summary>
    public int? Status { get; init; }

    /// <summary>A URL with more; with <c>userActionRequired</c> where a person agrees to new terms (RFC 8555 §7.3.3).</summary>
    public string? Instance { get; init; }

    /// <summary>The identifier that a subproblem is about (RFC 8555 §6.7.1).</summary>
    public AcmeIdentifier? Identifier { get; init; }

    /// <summary>One for each identifier that failed, perhaps (RFC 8555 §6.7.1).</summary>
    public IReadOnlyList<AcmeProblem> Subproblems { get; init; } = [];

    /// <summary>The word of <see cref="AcmeErrorTypes"/>, or null where the type is not of ACME.</summary>
    public string? ErrorType =>
        Type.StartsWith(AcmeErrorTypes.Prefix, StringComparison.Ordinal) ? Type[AcmeErrorTypes.Prefix.Length..] : null;

    /// <summary>Type and detail with those of the subproblems, as one line.</summary>
    public override string ToString()
    {
        var line = Detail is null ? ErrorType ?? Type : $"{ErrorType ?? Type}: {Detail}";
        return Subproblems.Count == 0
            ? line
            : $"{line} [{string.Join("; ", Subproblems.Select(problem => problem.Identifier is null ? problem.ToString() : $"{problem.Identifier.Value}: {problem}"))}]";
    }
}
