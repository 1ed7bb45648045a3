namespace MtaSts.Host.DnsRecords.Gate;

internal static class GateSetup
{
    public static IServiceCollection AddGate(this IServiceCollection services)
    {
        services.AddSingleton<PolicyFetch>();
        services.AddSingleton<ServingGate>();
        return services;
    }
}
