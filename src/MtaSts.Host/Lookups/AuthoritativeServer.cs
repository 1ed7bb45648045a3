using System.Net;

namespace MtaSts.Host.Lookups;

/// <summary>One address of one server of a zone.</summary>
/// <param name="Name">As the zone's NS record, or the setting, names it; a server with several addresses is several of these.</param>
/// <param name="EndPoint">Where it is asked.</param>
internal sealed record AuthoritativeServer(string Name, IPEndPoint EndPoint);

/// <summary>Who is to be asked for names of a zone.</summary>
/// <param name="Zone">The zone; empty when none was found.</param>
/// <param name="Outcome">`Answer`, or why the servers are not known. `NoName`: not even the top-level domain is there.</param>
/// <param name="Servers">Never more than <see cref="AuthoritativeServers.MostAddresses"/>.</param>
/// <param name="Missing">Names of servers that cannot be asked: without addresses, or only with ones that no request may go to.</param>
internal sealed record ZoneServers(string Zone, LookupOutcome Outcome, IReadOnlyList<AuthoritativeServer> Servers, IReadOnlyList<string> Missing);
