using System.Net;

namespace MtaSts.Host.DnsRecords;

/// <summary>What all domains' records have in common.</summary>
/// <param name="Zone">`Dns:Zone`; empty: nobody delegates, and nothing is published.</param>
/// <param name="Addresses">`Public:Addresses`.</param>
/// <param name="Issuers">Values of the CAA property `issue`; empty: every CA may.</param>
internal sealed record ZoneSettings(string Zone, IReadOnlyList<IPAddress> Addresses, IReadOnlyList<string> Issuers)
{
    public string HostTarget(string label) => $"{label}.host.{Zone}";

    public string TextTarget(string label) => $"{label}._mta-sts.{Zone}";

    public string ReportTarget(string label) => $"{label}._smtp._tls.{Zone}";

    public string ChallengeTarget(string label) => $"{label}._acme.{Zone}";
}
