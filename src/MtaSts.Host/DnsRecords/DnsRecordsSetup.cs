using Microsoft.Extensions.Options;
using MtaSts.Host.DnsRecords.Gate;
using MtaSts.Host.DnsRecords.Publishers;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords;

internal static class DnsRecordsSetup
{
    /// <summary>After <c>AddPolicies</c> and <c>AddDomains</c>.</summary>
    public static IServiceCollection AddDnsRecords(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddGate();
        services.AddSingleton<RecordStore>();
        services.AddSingleton<RecordSync>();
        services.AddSingleton<RecordChecks>();
        services.AddSingleton<PublishMetrics>();
        if (string.IsNullOrEmpty(configuration["Dns:Zone"]))
        {
            return services;
        }

        // With a word that is none the start ends anyway, and says so.
        if (Enum.TryParse<DnsPublisherKind>(configuration["Dns:Publisher"], ignoreCase: true, out var kind) && kind == DnsPublisherKind.Rfc2136)
        {
            services.AddSingleton<IDnsPublisher>(provider => new Rfc2136Publisher(provider.GetRequiredService<IOptions<DnsOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        }

        services.AddHostedService<PublishUpkeep>();
        return services;
    }
}
