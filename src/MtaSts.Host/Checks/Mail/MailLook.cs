using System.Net;
using System.Net.Sockets;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Mail;

/// <summary>Goes to the mail servers of a domain as a sender does, up to where mail would begin. Never throws for what the other side does. Safe from all threads.</summary>
internal sealed class MailLook(Resolver resolver, OutboundAddresses outbound, SmtpVisits visits, TimeProvider clock)
{
    public const int MostHosts = 10;

    /// <summary>Of each family.</summary>
    public const int MostAddresses = 4;

    // Servers that hold their visitors back are waited for side by side, or few of them use up the time of all.
    private const int MostConnections = 16;

    /// <summary>For everything together; what is not done by then was not looked at.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(60);

    /// <param name="domain">Lower-case A-labels, no final dot.</param>
    /// <param name="within">How old what is said of a server may be.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<MailFacts> LookAsync(string domain, SeenWithin within, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Longest);
        var now = clock.GetUtcNow();
        var began = clock.GetTimestamp();
        var found = await resolver.FindMailServersAsync(domain, cancellationToken);
        var mxTook = clock.GetElapsedTime(began);
        var (kind, exchanges) = Read(domain, found);
        using var places = new SemaphoreSlim(MostConnections);
        began = clock.GetTimestamp();
        var hosts = await Task.WhenAll(exchanges.Take(MostHosts).Select(exchange => LookAtAsync(exchange, within, places, bound.Token, cancellationToken)));
        var outcome = found.Outcome;
        if (kind == MxKind.Implicit && hosts[0] is { Addresses.Count: 0 } none)
        {
            outcome = Absent(none.V4) ? none.V6 : none.V4;
            kind = Absent(outcome) ? MxKind.None : MxKind.Failed;
            hosts = [];
        }

        return new MailFacts(domain, kind, outcome, hosts, [.. exchanges.Skip(MostHosts)], now, mxTook, clock.GetElapsedTime(began))
        {
            HasNullBeside = kind == MxKind.Records && found.Records.Any(exchange => exchange.Name.Length == 0),
        };
    }

    /// <summary>The same for these servers alone, of a domain whose records are known.</summary>
    public async Task<MailFacts> LookAtAsync(string domain, IReadOnlyList<MailExchange> exchanges, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Longest);
        var now = clock.GetUtcNow();
        var began = clock.GetTimestamp();
        using var places = new SemaphoreSlim(MostConnections);
        var hosts = await Task.WhenAll(exchanges.Take(MostHosts).Select(exchange => LookAtAsync(exchange, SeenWithin.Now, places, bound.Token, cancellationToken)));
        return new MailFacts(domain, MxKind.Records, LookupOutcome.Answer, hosts, [.. exchanges.Skip(MostHosts)], now, TimeSpan.Zero, clock.GetElapsedTime(began));
    }

    private static (MxKind Kind, IReadOnlyList<MailExchange> Exchanges) Read(string domain, Lookup<MailExchange> found)
    {
        if (found.IsEmpty)
        {
            return (MxKind.Implicit, [new MailExchange(0, domain)]);
        }

        if (found.Outcome != LookupOutcome.Answer)
        {
            return (MxKind.Failed, []);
        }

        // RFC 7505 §3: the null MX stands alone; among others the root's name is nobody's.
        var named = found.Records.Where(exchange => exchange.Name.Length > 0)
            .GroupBy(exchange => exchange.Name)
            .Select(same => same.MinBy(exchange => exchange.Preference)!)
            .OrderBy(exchange => exchange.Preference).ThenBy(exchange => exchange.Name, StringComparer.Ordinal)
            .ToList();
        return (named.Count == 0 ? MxKind.Null : MxKind.Records, named);
    }

    private async Task<MailHost> LookAtAsync(MailExchange exchange, SeenWithin within, SemaphoreSlim places, CancellationToken bound, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var name = exchange.Name;
        if (MailHost.IsAddressName(name))
        {
            return new MailHost(name, exchange.Preference, LookupOutcome.NoData, LookupOutcome.NoData, [], [], [], new TlsaFacts(LookupOutcome.NoData, [], false), TimeSpan.Zero);
        }

        var v4 = resolver.FindAddressesAsync(name, AddressFamily.InterNetwork, cancellationToken);
        var v6 = resolver.FindAddressesAsync(name, AddressFamily.InterNetworkV6, cancellationToken);
        var tlsa = resolver.FindTlsaAsync("_25._tcp." + name, cancellationToken);
        await Task.WhenAll(v4, v6, tlsa);
        // The same ones each time, in whatever order DNS gives them.
        var all = new[] { await v4, await v6 }.Select(found => found.Records.Distinct().OrderBy(address => address.ToString(), StringComparer.Ordinal).ToList()).ToList();
        var addresses = await Task.WhenAll(all.SelectMany(family => family.Take(MostAddresses)).Select(address => LookAtAsync(name, address, within, places, bound, cancellationToken)));
        var records = new TlsaFacts((await tlsa).Outcome, (await tlsa).Records, (await tlsa).IsValidated);
        if (within == SeenWithin.Watch && records.IsValidated && DaneRules.Strangers(records.Records, addresses) is { Count: > 0 } strangers)
        {
            // What another check saw some time ago may be the certificate before a change of both.
            addresses = await Task.WhenAll(addresses.Select(seen => strangers.Contains(seen.Address) ? AgainAsync(name, seen, within, places, bound, cancellationToken) : Task.FromResult(seen)));
        }

        return new MailHost(
            name,
            exchange.Preference,
            (await v4).Outcome,
            (await v6).Outcome,
            (await v4).Chain.Count > 0 ? (await v4).Chain : (await v6).Chain,
            addresses,
            [.. all.SelectMany(family => family.Skip(MostAddresses))],
            records,
            clock.GetElapsedTime(began));
    }

    private async Task<MailAddress> LookAtAsync(string host, IPAddress address, SeenWithin within, SemaphoreSlim places, CancellationToken bound, CancellationToken cancellationToken)
    {
        if (!outbound.Allows(address))
        {
            return new MailAddress(address, MailEnd.NotAllowed, "it is a private or special address", [], null, null, TimeSpan.Zero);
        }

        try
        {
            await places.WaitAsync(bound);
            try
            {
                return await visits.LookAsync(address, host, within, bound);
            }
            finally
            {
                places.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new MailAddress(address, MailEnd.NotLookedAt, "the time for this check was up before it could be finished", [], null, null, TimeSpan.Zero);
        }
    }

    private async Task<MailAddress> AgainAsync(string host, MailAddress seen, SeenWithin within, SemaphoreSlim places, CancellationToken bound, CancellationToken cancellationToken)
    {
        var again = await LookAtAsync(host, seen.Address, new SeenWithin(within.Bad, within.Bad), places, bound, cancellationToken);
        return again.End == MailEnd.NotLookedAt ? seen : again;
    }

    private static bool Absent(LookupOutcome outcome) => outcome is LookupOutcome.NoData or LookupOutcome.NoName;
}
