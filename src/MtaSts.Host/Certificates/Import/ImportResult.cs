using System.Text.Json.Serialization;

namespace MtaSts.Host.Certificates.Import;

internal enum ImportOutcome
{
    [JsonStringEnumMemberName("imported")]
    Imported,

    /// <summary>In the place of a stored one.</summary>
    [JsonStringEnumMemberName("replaced")]
    Replaced,

    /// <summary>The stored one stays.</summary>
    [JsonStringEnumMemberName("kept")]
    Kept,
    [JsonStringEnumMemberName("failed")]
    Failed,
}

/// <param name="Host">The policy host.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="File">Where its certificate was found.</param>
/// <param name="NotAfter">Of that certificate.</param>
/// <param name="Key">Its kind of key.</param>
/// <param name="IsTrusted">Whether a root of this machine stands behind it.</param>
/// <param name="Reason">Why it failed or was kept; null otherwise.</param>
internal sealed record ImportResult(string Host, ImportOutcome Outcome, string File, DateTimeOffset NotAfter, string Key, bool IsTrusted, string? Reason);
