using Microsoft.Extensions.DependencyInjection;

namespace MtaSts.Host.Tests;

/// <summary>For tests that write the rows themselves which a loop of the service writes.</summary>
internal static class ServicesWithoutLoops
{
    public static IServiceCollection Without<T>(this IServiceCollection services)
    {
        foreach (var loop in services.Where(service => service.ImplementationType == typeof(T)).ToList())
        {
            services.Remove(loop);
        }

        return services;
    }
}
