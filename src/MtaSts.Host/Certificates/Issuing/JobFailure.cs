namespace MtaSts.Host.Certificates.Issuing;

/// <summary>An attempt ended without a certificate.</summary>
/// <param name="Kind">Whose failure it was.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Reason">For people.</param>
/// <param name="Problem">The CA's problem document as JSON (RFC 8555 §6.7).</param>
/// <param name="RetryAt">When the CA says to come again.</param>
internal sealed record JobFailure(FailureKind Kind, string Code, string Reason, string? Problem = null, DateTimeOffset? RetryAt = null);
