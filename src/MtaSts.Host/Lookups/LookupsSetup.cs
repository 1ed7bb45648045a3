namespace MtaSts.Host.Lookups;

internal static class LookupsSetup
{
    public static IServiceCollection AddLookups(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<DnsOptions, DnsOptionsValidator>().BindConfiguration("Dns");
        services.AddOptionsWithValidateOnStart<NetworkOptions>().BindConfiguration("Network");
        services.AddSingleton<ResolverServers>();
        services.AddSingleton<Resolver>();
        services.AddSingleton<OutboundAddresses>();
        services.AddSingleton<AuthoritativeServers>();
        services.AddSingleton<AuthoritativeLook>();
        return services;
    }
}
