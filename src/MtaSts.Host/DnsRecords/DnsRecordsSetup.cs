using Microsoft.Extensions.Options;
using MtaSts.Host.DnsRecords.Comparison;
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
        services.AddComparison();
        services.AddSingleton<RecordStore>();
        services.AddSingleton<RecordSync>();
        services.AddSingleton<RecordChecks>();
        services.AddSingleton<PublishMetrics>();
        if (string.IsNullOrEmpty(configuration["Dns:Zone"]))
        {
            return services;
        }

        // With a word that is none the start ends anyway, and says so.
        _ = Enum.TryParse<DnsPublisherKind>(configuration["Dns:Publisher"], ignoreCase: true, out var kind);
        _ = kind switch
        {
            DnsPublisherKind.Rfc2136 => services.AddSingleton<IDnsPublisher, Rfc2136Publisher>(),
            DnsPublisherKind.Embedded => services.AddSingleton<IDnsPublisher, EmbeddedPublisher>(),
            DnsPublisherKind.PowerDns => services.AddSingleton<IDnsPublisher, PowerDnsPublisher>(),
            DnsPublisherKind.Cloudflare => services.AddSingleton<IDnsPublisher>(
                provider => new CloudflarePublisher(provider.GetRequiredService<IOptions<DnsOptions>>(), provider.GetRequiredService<TimeProvider>())),
            _ => services,
        };
        services.AddHostedService<PublishUpkeep>();
        return services;
    }
}
