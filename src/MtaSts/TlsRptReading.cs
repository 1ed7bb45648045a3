namespace MtaSts;

/// <summary>What <see cref="TlsRptRecord.Read"/> found at the name. Immutable, safe from any thread.</summary>
/// <param name="Rua">The URIs of the first <c>rua</c> as written, malformed ones too.</param>
/// <param name="Errors">All that makes senders assume that no reports are wanted.</param>
/// <param name="Warnings">What the grammar allows although known senders stumble over it.</param>
public sealed record TlsRptReading(IReadOnlyList<string> Rua, IReadOnlyList<SyntaxError> Errors, IReadOnlyList<SyntaxError> Warnings)
{
    /// <summary>Is there exactly one record, and does it fit the grammar of RFC 8460 §3?</summary>
    public bool IsValid => Errors.Count == 0;
}
