using System.Net;
using System.Net.Sockets;
using DnsClient;
using Microsoft.Extensions.Options;

namespace MtaSts.Host.Lookups;

/// <summary>Whom to ask: the servers of `Dns:Resolvers`, or the system's. Safe from all threads.</summary>
internal sealed class ResolverServers(IOptions<DnsOptions> options, TimeProvider clock)
{
    // resolv.conf(5): the system itself takes no more.
    private const int MostSystemServers = 3;
    private static readonly TimeSpan SystemServersLast = TimeSpan.FromMinutes(1);

    private readonly List<ServerAddress> _configured =
        [.. DnsOptions.Split(options.Value.Resolvers).Select(text => ServerAddress.TryParse(text, out var server) ? server : throw new FormatException(text))];

    private SystemServers? _system;

    private sealed record SystemServers(IReadOnlyList<NameServer> Servers, long ReadAt);

    public async Task<IReadOnlyList<NameServer>> GetAsync(CancellationToken cancellationToken)
    {
        if (_configured.Count == 0)
        {
            return SystemNow();
        }

        var servers = new List<NameServer>();
        foreach (var configured in _configured)
        {
            try
            {
                servers.AddRange((await configured.ResolveAsync(cancellationToken)).Select(address => new NameServer(address)));
            }
            catch (SocketException)
            {
                // A resolver whose name is not known (any more) is one that does not answer; the others do.
            }
        }

        return servers;
    }

    // Read again from time to time: a network that comes up later, or changes, brings others.
    private IReadOnlyList<NameServer> SystemNow()
    {
        var system = _system;
        if (system is null || clock.GetElapsedTime(system.ReadAt) > SystemServersLast)
        {
            var found = NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false).Take(MostSystemServers).ToList();
            // resolv.conf(5): without an entry the one on this machine is meant.
            _system = system = new SystemServers(found.Count > 0 ? found : [new NameServer(IPAddress.Loopback)], clock.GetTimestamp());
        }

        return system.Servers;
    }
}
