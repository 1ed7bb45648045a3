using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace MtaSts.Host.Lookups;

/// <summary>
/// Who is authoritative for a name. The resolvers say where the servers of the registered domain are; those say whether the name lies in a zone of its own below
/// it, and the records themselves are asked of that one's (<see cref="AuthoritativeLook"/>). What was found holds for an hour, failures are not kept. Safe from all
/// threads.
/// </summary>
/// <remarks>
/// No resolver is asked for a name that may not be there yet: it would remember that (RFC 2308 §5), often for an hour, and the preflight, or a CA or sender that
/// shares it, would see the customer's CNAME as late.
/// </remarks>
internal sealed class AuthoritativeServers(Resolver resolver, OutboundAddresses outbound, IOptions<DnsOptions> options, TimeProvider clock)
{
    /// <summary>As many NS names of a zone are looked at.</summary>
    public const int MostNames = 16;

    public const int MostAddresses = 32;

    private const int MostKept = 20_000;
    private const int MostCuts = 8;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly ZoneCuts _cuts = new();
    private readonly ConcurrentDictionary<string, Found> _zones = new(StringComparer.Ordinal);

    private sealed record Found(ZoneServers Servers, long At);

    /// <summary>Where servers of NS records are asked; a setting names its own ports.</summary>
    public int Port { get; init; } = ServerAddress.DnsPort;

    /// <summary>
    /// The servers of the zone that the name lies in: of the closest NS records at it or above. For names in `Dns:Zone` those of `Dns:Authoritative`, where
    /// that is set. Never throws for what DNS says.
    /// </summary>
    public Task<ZoneServers> FindAsync(string name, CancellationToken cancellationToken) => FindAsync(name, isFresh: false, cancellationToken);

    /// <summary>The same by what the resolvers say now, for who must not go by one answer for an hour.</summary>
    public Task<ZoneServers> FindFreshAsync(string name, CancellationToken cancellationToken) => FindAsync(name, isFresh: true, cancellationToken);

    private async Task<ZoneServers> FindAsync(string name, bool isFresh, CancellationToken cancellationToken)
    {
        name = name.TrimEnd('.').ToLowerInvariant();
        if (DnsOptions.Split(options.Value.Authoritative) is { Length: > 0 } configured && IsInOwnZone(name))
        {
            return await ConfiguredAsync(configured, cancellationToken);
        }

        var zone = await ClosestAsync(TopOf(name), isFresh, cancellationToken);
        for (var depth = 0; depth < MostCuts && zone.Servers.Count > 0 && zone.Zone != name; depth++)
        {
            if (await _cuts.FindAsync(zone, name, cancellationToken) is not { } cut)
            {
                break;
            }

            zone = await ClosestAsync(cut, isFresh, cancellationToken);
            if (zone.Zone != cut)
            {
                // Servers and resolvers do not agree; those of the resolvers are asked.
                break;
            }
        }

        return zone;
    }

    private string TopOf(string name) => IsInOwnZone(name) ? options.Value.Zone : RegisteredDomain.Of(name);

    // The closest NS records at the name or above, by the resolvers.
    private async Task<ZoneServers> ClosestAsync(string name, bool isFresh, CancellationToken cancellationToken)
    {
        for (string? at = name; at is not null; at = DomainNames.Parent(at))
        {
            if (!isFresh && _zones.TryGetValue(at, out var known) && clock.GetElapsedTime(known.At) < Kept)
            {
                return known.Servers;
            }

            var found = await resolver.FindNameServersAsync(at, cancellationToken);
            if (found.Chain.Count > 0 || found.IsEmpty || found.Outcome is LookupOutcome.AliasLoop)
            {
                // A name with a CNAME is no zone's (RFC 1034 §3.6.2): what stands at its end is another's.
                continue;
            }

            return found.Outcome == LookupOutcome.Answer
                ? await LocatedAsync(at, found.Records, cancellationToken)
                : new ZoneServers(at, found.Outcome, [], []);
        }

        return new ZoneServers("", LookupOutcome.NoName, [], []);
    }

    private bool IsInOwnZone(string name) =>
        options.Value.Zone is { Length: > 0 } zone && DomainNames.IsAtOrBelow(name, zone);

    private async Task<ZoneServers> ConfiguredAsync(string[] configured, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(configured.Take(MostNames).Select(async text =>
        {
            var server = ServerAddress.TryParse(text, out var parsed) ? parsed : throw new FormatException(text);
            try
            {
                return (Name: text, EndPoints: await server.ResolveAsync(cancellationToken));
            }
            catch (SocketException)
            {
                return (Name: text, EndPoints: []);
            }
        }));
        return Listed(options.Value.Zone, [.. found]);
    }

    private async Task<ZoneServers> LocatedAsync(string zone, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var isWhole = true;
        var found = await Task.WhenAll(names.Distinct().Order(StringComparer.Ordinal).Take(MostNames).Select(async server =>
        {
            var families = await Task.WhenAll(
                resolver.FindAddressesAsync(server, AddressFamily.InterNetwork, cancellationToken),
                resolver.FindAddressesAsync(server, AddressFamily.InterNetworkV6, cancellationToken));
            if (families.Any(family => family.Outcome != LookupOutcome.Answer && !family.IsEmpty))
            {
                Volatile.Write(ref isWhole, false);
            }

            IReadOnlyList<IPEndPoint> endPoints = [.. families.SelectMany(family => family.Records).Distinct().Where(outbound.Allows).Select(address => new IPEndPoint(address, Port))];
            return (Name: server, EndPoints: endPoints);
        }));
        var servers = Listed(zone, [.. found]);
        if (Volatile.Read(ref isWhole) && servers.Servers.Count > 0)
        {
            if (_zones.Count >= MostKept)
            {
                _zones.Clear();
            }

            _zones[zone] = new Found(servers, clock.GetTimestamp());
        }

        return servers;
    }

    // Where there are too many addresses each server keeps its first ones.
    private static ZoneServers Listed(string zone, IReadOnlyList<(string Name, IReadOnlyList<IPEndPoint> EndPoints)> found) => new(
        zone,
        LookupOutcome.Answer,
        [.. found.SelectMany(server => server.EndPoints.Select((endPoint, index) => (index, Server: new AuthoritativeServer(server.Name, endPoint))))
            .OrderBy(item => item.index).Take(MostAddresses).Select(item => item.Server)],
        [.. found.Where(server => server.EndPoints.Count == 0).Select(server => server.Name)]);
}
