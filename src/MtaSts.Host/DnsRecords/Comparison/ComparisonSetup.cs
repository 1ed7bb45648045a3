using MtaSts.Host.Api;

namespace MtaSts.Host.DnsRecords.Comparison;

internal static class ComparisonSetup
{
    /// <summary>Part of <c>AddDnsRecords</c>.</summary>
    public static void AddComparison(this IServiceCollection services)
    {
        services.AddContracts(ZoneJson.Default);
        services.AddSingleton<ZoneComparison>();
        services.AddSingleton<ComparisonRuns>();
        services.AddSingleton<ZoneWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ZoneWatch>());
    }

    public static void MapZone(this IEndpointRouteBuilder api) => ZoneApi.Map(api);
}
