using System.Text.Json;
using MtaSts.Host.Certificates.Preflight;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>A preflight as a job keeps it, and as the API shows it.</summary>
internal sealed record StoredPreflight(bool Passed, IReadOnlyList<string> Chain, IReadOnlyList<string> Addresses, IReadOnlyList<StoredFinding> Findings)
{
    public static string Write(PreflightReport report) => JsonSerializer.Serialize(
        new StoredPreflight(
            report.Passed,
            report.Chain,
            [.. report.Addresses.Select(address => address.ToString())],
            [.. report.Findings.Select(finding => new StoredFinding(finding.Code, finding.Severity == PreflightSeverity.Error ? "error" : "warning", finding.Message, finding.Rfc))]),
        IssuingJson.Default.StoredPreflight);

    public static StoredPreflight? Read(string? json) => json is null ? null : JsonSerializer.Deserialize(json, IssuingJson.Default.StoredPreflight);
}

internal sealed record StoredFinding(string Code, string Severity, string Message, string? Rfc);
