namespace MtaSts;

/// <summary>What <see cref="StsPolicyParser.Read"/> found in a text. Immutable, safe from any thread.</summary>
/// <param name="Policy">The policy; null unless the text is valid.</param>
/// <param name="Version">The first <c>version</c> as written, or null.</param>
/// <param name="Mode">The first <c>mode</c> as written, or null.</param>
/// <param name="MaxAge">The first <c>max_age</c> when it is a number, also one out of range; else null.</param>
/// <param name="Mx">Every <c>mx</c> as written, repeats and malformed ones too.</param>
/// <param name="Errors">All that makes the text invalid. When the list is full, its last entry is <see cref="SyntaxCodes.TooMany"/> and reading stopped there.</param>
/// <param name="Warnings">What the grammar allows although known senders stumble over it.</param>
public sealed record StsPolicyReading(
    StsPolicy? Policy,
    string? Version,
    string? Mode,
    long? MaxAge,
    IReadOnlyList<string> Mx,
    IReadOnlyList<SyntaxError> Errors,
    IReadOnlyList<SyntaxError> Warnings)
{
    /// <summary>Does the text fit the grammar and the rules of RFC 8461 §3.2?</summary>
    public bool IsValid => Errors.Count == 0;
}
