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
}
