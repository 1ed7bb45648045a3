using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;

namespace MtaSts.Host.Certificates.Preflight;

/// <summary>
/// Looks at a policy host the way the CA will, before anything is ordered: it costs the CA no request and us none of its limits.
/// It never throws for what it finds. Bounded in time. Safe from all threads.
/// </summary>
internal sealed class HostPreflight(Resolver resolver, OutboundAddresses outbound, EchoProbe probe, IOptions<PublicOptions> reached)
{
    /// <summary>As many addresses may a name have: a CA asks any of them, so each has to be looked at.</summary>
    public const int MostAddresses = 16;

    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<PreflightReport> LookAsync(MailDomain domain, CaaIssuer ca, CancellationToken cancellationToken)
    {
        var host = domain.PolicyHost;
        var caa = CaaSearch.FindAsync(resolver, host, CaaSearch.LongestSearch, cancellationToken);
        var v4 = resolver.FindAddressesAsync(host, AddressFamily.InterNetwork, cancellationToken);
        var v6 = resolver.FindAddressesAsync(host, AddressFamily.InterNetworkV6, cancellationToken);
        await Task.WhenAll(caa, v4, v6);

        var ours = reached.Value.ReadAddresses();
        IPAddress[] addresses = [.. (await v4).Records.Concat((await v6).Records).Distinct()];
        IPAddress[] allowed = [.. addresses.Where(outbound.Allows)];
        // A stranger's address has been refused already: no request of ours goes there.
        IPAddress[] asked = addresses.Length > MostAddresses ? [] : [.. allowed.Where(address => ours.Count == 0 || ours.Contains(address))];
        var echoes = await Task.WhenAll(asked.Select(address => probe.AskAsync(host, address, cancellationToken)));
        return PreflightRules.Judge(new PreflightFacts(host, await v4, await v6, ours, [.. addresses.Except(allowed)], echoes, await caa, ca));
    }
}
