using System.Net;
using System.Net.Sockets;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>Looks up a policy host and fetches the policy from each of its addresses. The addresses judged are those connected to. Safe from all threads.</summary>
internal sealed class HostLook(Resolver resolver, OutboundAddresses outbound, PolicyRequest request, OneAtATime turns, TimeProvider clock)
{
    /// <summary>More are not looked at.</summary>
    public const int MostAddresses = 8;

    // Known senders name themselves too; the request without is the other one.
    private const string Agent = "MtaSts.Host";

    /// <summary>For everything together; what is not done by then was not looked at.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<HostFacts> LookAsync(string host, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        var start = clock.GetTimestamp();
        var v4 = resolver.FindAddressesAsync(host, AddressFamily.InterNetwork, cancellationToken);
        var v6 = resolver.FindAddressesAsync(host, AddressFamily.InterNetworkV6, cancellationToken);
        await Task.WhenAll(v4, v6);
        var took = clock.GetElapsedTime(start);
        // Of both kinds in turn, so that many of the one leave room for the other.
        var all = Indexed(await v4).Concat(Indexed(await v6)).OrderBy(item => item.Index).Select(item => item.Item).ToList();
        var allowed = all.Where(outbound.Allows).ToList();

        var fetches = await Task.WhenAll(allowed.Take(MostAddresses).Select(address => FetchAsync(host, address, Agent, bound.Token, cancellationToken)));
        var answered = fetches.FirstOrDefault(fetch => fetch is { Outcome: FetchOutcome.Complete, Status: 200 });
        return new HostFacts(host, clock.GetUtcNow(), await v4, await v6, fetches, [.. all.Except(allowed)], [.. allowed.Skip(MostAddresses)], took)
        {
            WithoutAgent = answered is null ? null : await FetchAsync(host, answered.Address, agent: null, bound.Token, cancellationToken),
        };
    }

    private async Task<FetchFacts> FetchAsync(string host, IPAddress address, string? agent, CancellationToken bound, CancellationToken cancellationToken)
    {
        try
        {
            using var turn = await turns.EnterAsync(address, PolicyRequest.Port, bound);
            return await request.SendAsync(host, address, agent, bound);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new FetchFacts(address, FetchOutcome.Unchecked) { Detail = "the time was over" };
        }
    }

    private static IEnumerable<(int Index, IPAddress Item)> Indexed(Lookup<IPAddress> found) =>
        // The same ones each time, in whatever order DNS gives them.
        found.Records.Distinct().OrderBy(address => address.ToString(), StringComparer.Ordinal).Index();
}
