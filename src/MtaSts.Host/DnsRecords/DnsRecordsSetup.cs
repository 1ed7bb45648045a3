using MtaSts.Host.DnsRecords.Gate;

namespace MtaSts.Host.DnsRecords;

internal static class DnsRecordsSetup
{
    /// <summary>After <c>AddPolicies</c> and <c>AddDomains</c>.</summary>
    public static IServiceCollection AddDnsRecords(this IServiceCollection services) => services.AddGate();
}
