namespace MtaSts.Host.Nodes;

internal static class NodesSetup
{
    /// <summary>Call it before all that reads the store at start: hosted services start in the order of their registration.</summary>
    public static IServiceCollection AddNodes(this IServiceCollection services)
    {
        services.AddSingleton<NodeIdentity>();
        services.AddSingleton<Leases>();
        services.AddSingleton<ServedPosition>();
        services.AddSingleton<NodeFaults>();
        services.AddHostedService<StoreStart>();
        services.AddHostedService<NodeHeartbeats>();
        return services;
    }
}
