namespace MtaSts.Host.Certificates.Preflight;

internal enum PreflightSeverity
{
    /// <summary>Nothing is ordered while it lasts.</summary>
    Error,

    /// <summary>Worth a look; an order may go through all the same.</summary>
    Warning,
}

/// <summary>One thing that the preflight found.</summary>
/// <param name="Code">A stable name for programs, one of <see cref="PreflightCodes"/> or <see cref="Lookups.Caa.CaaCodes"/>.</param>
/// <param name="Severity">Does it keep us from ordering?</param>
/// <param name="Message">What is there and what to do, for whoever keeps the domain's DNS.</param>
/// <param name="Rfc">Where the rule stands, such as `RFC 8659 3`; null where it is none.</param>
internal sealed record PreflightFinding(string Code, PreflightSeverity Severity, string Message, string? Rfc = null);
