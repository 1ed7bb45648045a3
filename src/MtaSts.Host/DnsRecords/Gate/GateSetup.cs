namespace MtaSts.Host.DnsRecords.Gate;

internal static class GateSetup
{
    public static IServiceCollection AddGate(this IServiceCollection services)
    {
        services.AddSingleton<PolicyFetch>();
        services.AddSingleton<ServingGate>();
        services.AddSingleton<GateWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<GateWatch>());
        services.AddHostedService<ReadBack>();
        services.AddHostedService<VersionUpkeep>();
        return services;
    }
}
