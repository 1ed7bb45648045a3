using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Tests.Lookups;

/// <summary>Resolvers of tests.</summary>
internal static class Resolving
{
    /// <summary>Asks these servers, in this order.</summary>
    public static Resolver By(params string[] servers) => new(Servers(servers));

    /// <summary>Does not wait long for servers that are silent on purpose; on a busy machine others may be too late for it.</summary>
    public static Resolver Hurried(params string[] servers) =>
        new(Servers(servers)) { Patience = TimeSpan.FromMilliseconds(200), LongestLookup = TimeSpan.FromSeconds(5) };

    public static ResolverServers Servers(params string[] servers) => new(Options.Create(new DnsOptions { Resolvers = string.Join(", ", servers) }), TimeProvider.System);
}
