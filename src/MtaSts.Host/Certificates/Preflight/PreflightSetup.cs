namespace MtaSts.Host.Certificates.Preflight;

internal static class PreflightSetup
{
    /// <param name="services">After <c>AddLookups</c> and <c>AddListeners</c>.</param>
    /// <param name="secret">What all nodes of one store share and nobody else knows; asked for at each use.</param>
    public static IServiceCollection AddPreflight(this IServiceCollection services, Func<IServiceProvider, byte[]> secret)
    {
        services.AddSingleton(provider => new PreflightEcho(() => secret(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EchoProbe>();
        services.AddSingleton<HostPreflight>();
        return services;
    }
}
