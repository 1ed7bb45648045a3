using System.Net;

namespace MtaSts.Host.Certificates.Preflight;

/// <summary>May a certificate be ordered for this policy host now, and why not. Immutable.</summary>
/// <param name="PolicyHost">The name looked at.</param>
/// <param name="Findings">All of them, errors first.</param>
/// <param name="Chain">Where CNAMEs led from the policy host, in their order.</param>
/// <param name="Addresses">All that A and AAAA gave.</param>
/// <param name="Challenges">Those of our challenge types that CAA lets the CA use (RFC 8657 §4), in our order.</param>
internal sealed record PreflightReport(
    string PolicyHost,
    IReadOnlyList<PreflightFinding> Findings,
    IReadOnlyList<string> Chain,
    IReadOnlyList<IPAddress> Addresses,
    IReadOnlyList<string> Challenges)
{
    public bool Passed => Findings.All(finding => finding.Severity != PreflightSeverity.Error);
}
