namespace MtaSts;

/// <summary>What <see cref="StsRecord.Read"/> found at the name. Immutable, safe from any thread.</summary>
/// <param name="Id">The id as written when it is well-formed, also when the record is invalid for another reason; else null.</param>
/// <param name="Errors">All that makes senders assume that there is no policy.</param>
/// <param name="Warnings">What the grammar allows although known senders stumble over it.</param>
public sealed record StsRecordReading(string? Id, IReadOnlyList<SyntaxError> Errors, IReadOnlyList<SyntaxError> Warnings)
{
    /// <summary>Is there exactly one record, and does it fit the grammar of RFC 8461 §3.1?</summary>
    public bool IsValid => Errors.Count == 0;
}
