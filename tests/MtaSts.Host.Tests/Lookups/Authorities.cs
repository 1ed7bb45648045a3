using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Tests.Lookups;

/// <summary>Authoritative servers of tests: found by a resolver of the test, and all at one port that is not 53.</summary>
internal static class Authorities
{
    public static AuthoritativeServers By(string resolver, int port, bool allowPrivate = true, string zone = "", string authoritative = "", TimeProvider? clock = null) => new(
        Resolving.By(resolver),
        new OutboundAddresses(Options.Create(new NetworkOptions { AllowPrivateAddresses = allowPrivate })),
        Options.Create(new DnsOptions { Zone = zone, Authoritative = authoritative }),
        clock ?? TimeProvider.System)
    { Port = port };

    /// <summary>Those of a service: whatever its resolver says, they are at this port.</summary>
    public static void Use(IServiceCollection services, int port) => services.Replace(ServiceDescriptor.Singleton(provider => new AuthoritativeServers(
        provider.GetRequiredService<Resolver>(), provider.GetRequiredService<OutboundAddresses>(), provider.GetRequiredService<IOptions<DnsOptions>>(), provider.GetRequiredService<TimeProvider>())
    { Port = port }));
}
