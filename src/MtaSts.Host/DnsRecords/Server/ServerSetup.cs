using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Server;

internal static class ServerSetup
{
    /// <summary>The name server of `Dns:Zone`, with `Dns:Publisher=Embedded` only. After <c>AddDnsRecords</c>.</summary>
    public static IServiceCollection AddDnsServer(this IServiceCollection services, IConfiguration configuration)
    {
        if (!configuration.GetValue("Dns:Publisher", "")!.Equals(nameof(DnsPublisherKind.Embedded), StringComparison.OrdinalIgnoreCase))
        {
            return services;
        }

        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<DnsOptions>>().Value;
            return new Zone(options.Zone, DnsOptions.Split(options.Embedded.NameServers), options.Embedded.Contact);
        });
        services.AddSingleton<RateLimit>();
        services.AddSingleton<TcpPlaces>();
        services.AddSingleton<DnsServerMetrics>();
        services.AddSingleton<DnsResponder>();
        services.AddHostedService<ZoneLoader>();
        services.AddHostedService<DnsServer>();
        return services;
    }
}
