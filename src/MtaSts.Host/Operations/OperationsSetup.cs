using MtaSts.Host.Api;
using OpenTelemetry.Metrics;

namespace MtaSts.Host.Operations;

internal static class OperationsSetup
{
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddContracts(HealthJson.Default);
        services.AddContracts(ApiJson.Default);
        services.AddSingleton<ApiErrors>();
        services.AddRouting();
        services.AddOpenApiDocument();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("MtaSts.Host", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter());
        return services;
    }
}
