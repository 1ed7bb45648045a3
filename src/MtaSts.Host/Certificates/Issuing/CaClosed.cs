namespace MtaSts.Host.Certificates.Issuing;

/// <summary>A CA is left alone.</summary>
/// <param name="Until">Then one may try.</param>
/// <param name="Since">Since when its breaker is open; null when it was a limit.</param>
/// <param name="Reason">What it failed with.</param>
internal sealed record CaClosed(DateTimeOffset Until, DateTimeOffset? Since, string? Reason);
