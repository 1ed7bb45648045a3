using System.Net.Sockets;
using System.Security.Cryptography;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>
/// Looks at a customer's zone, at every server of it: only what is needed to judge it. Of a domain that delegates and is right that is four questions to each
/// address of its servers (A, AAAA, TXT, a sibling), and to the resolvers one for its zone, one for each of the two names, and two for each NS name; those for
/// reports, dns-01 and CAA come on top. Bounded in time; never throws for what DNS says. Safe from all threads.
/// </summary>
internal sealed class CustomerLooks(AuthoritativeServers servers, AuthoritativeLook look, Resolver resolver)
{
    private static readonly Dictionary<RecordPurpose, string[]> Types = new()
    {
        [RecordPurpose.Host] = ["A", "AAAA"],
        [RecordPurpose.PolicyId] = ["TXT"],
        [RecordPurpose.Reports] = ["TXT"],
        [RecordPurpose.Challenge] = ["CNAME"],
        [RecordPurpose.Proof] = ["TXT"],
    };

    /// <param name="domain">Whose.</param>
    /// <param name="settings">What is wanted.</param>
    /// <param name="ca">Who issues; null: nobody whom CAA records concern.</param>
    /// <param name="longest">What has not answered by then is silent.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<CustomerFacts> LookAsync(CustomerDomain domain, CustomerSettings settings, CaaIssuer? ca, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(longest);
        var wanted = CustomerRecords.Of(domain, settings).GroupBy(record => record.Name).Select(group => (Name: group.Key, group.First().Purpose)).ToList();
        // First, so that the zone of all the names is known and its servers are looked up once.
        var home = await FindAsync(domain.Domain.Name, bound.Token);
        var names = await Task.WhenAll(wanted.Select(name => AskAsync(name.Name, Types[name.Purpose], CustomerRecords.Target(domain, name.Purpose, settings), bound.Token)));
        cancellationToken.ThrowIfCancellationRequested();

        // A resolver would remember that a policy host was not there, and the preflight after this look would hear that. What holds for it then holds above it, too.
        var host = names.Single(name => name.Name == domain.Domain.PolicyHost);
        var caa = ca is null ? null : CaaSearch.FindAsync(resolver, host.IsSet ? host.Name : domain.Domain.Name, longest, cancellationToken);

        var sibling = AskSiblingAsync(domain, home, names, bound.Token);
        var doubled = await Task.WhenAll(names.Where(name => name.HasWord && !name.IsSet).Select(async name =>
            (Name: $"{name.Name}.{name.Zone.Zone}", Answers: await AskServersAsync($"{name.Name}.{name.Zone.Zone}", name.Answers.Keys.First(), bound.Token))));
        var siblings = await sibling;
        cancellationToken.ThrowIfCancellationRequested();
        return new CustomerFacts(
            names.ToDictionary(name => name.Name),
            siblings,
            // A wildcard answers there, too.
            [.. doubled.Where(name => name.Answers.Any(answer => IsSet(answer) && !siblings.Any(IsSet))).Select(name => name.Name)],
            caa is null ? null : await caa,
            ca);
    }

    private static bool IsSet(ServerAnswer answer) => answer.Data.Count > 0 || answer.Alias is not null;

    // Nobody can have set this one by its name: it lies in the domain's zone. A wildcard's CNAME shows whatever is asked for (RFC 4592 §3.3.1); of other records those count that are like what was found.
    private async Task<IReadOnlyList<ServerAnswer>> AskSiblingAsync(CustomerDomain domain, ZoneServers home, IReadOnlyList<NameFacts> names, CancellationToken cancellationToken)
    {
        var sibling = $"{RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 20)}.{domain.Domain.Name}";
        var found = names.SelectMany(name => name.Answers).Where(pair => pair.Key != "CNAME" && pair.Value.Any(IsSet)).ToList();
        var types = found.Where(pair => pair.Value.Any(answer => answer.Data.Count > 0)).Select(pair => pair.Key).Distinct().DefaultIfEmpty("TXT").ToList();
        if (found.Count == 0)
        {
            return [];
        }

        var zone = home.Servers.Count > 0 ? home : await FindAsync(sibling, cancellationToken);
        return [.. (await Task.WhenAll(types.Select(type => AskServersAsync(zone, sibling, type, cancellationToken)))).SelectMany(answers => answers)];
    }

    private async Task<ZoneServers> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await servers.FindAsync(name, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return new ZoneServers("", LookupOutcome.Timeout, [], []);
        }
    }

    private async Task<NameFacts> AskAsync(string name, string[] types, string target, CancellationToken cancellationToken)
    {
        var zone = await FindAsync(name, cancellationToken);
        var answers = (await Task.WhenAll(types.Select(async type => (type, await AskServersAsync(zone, name, type, cancellationToken))))).ToDictionary(pair => pair.type, pair => pair.Item2);
        var facts = new NameFacts(name, zone, answers);
        if (!types.Contains("CNAME") && answers.Values.Any(list => list.Any(answer => answer.Data.Count > 0 && answer.Alias is null)))
        {
            // Some servers hold a CNAME beside other records, and give what they are asked for.
            answers["CNAME"] = await AskServersAsync(zone, name, "CNAME", cancellationToken);
        }

        if (answers.Values.SelectMany(list => list).Any(answer => answer.Alias is not null && answer.Alias != target))
        {
            facts = await FollowAsync(facts, cancellationToken);
        }

        return facts;
    }

    private async Task<NameFacts> FollowAsync(NameFacts facts, CancellationToken cancellationToken)
    {
        try
        {
            return facts.Answers.ContainsKey("A")
                ? facts with { EndAddresses = await Task.WhenAll(resolver.FindAddressesAsync(facts.Name, AddressFamily.InterNetwork, cancellationToken), resolver.FindAddressesAsync(facts.Name, AddressFamily.InterNetworkV6, cancellationToken)) }
                : facts with { EndTexts = await resolver.FindTextsAsync(facts.Name, cancellationToken) };
        }
        catch (OperationCanceledException)
        {
            return facts;
        }
    }

    private async Task<IReadOnlyList<ServerAnswer>> AskServersAsync(string name, string type, CancellationToken cancellationToken) =>
        await AskServersAsync(await FindAsync(name, cancellationToken), name, type, cancellationToken);

    // Each server for itself: one that is too late does not take the others' words away.
    private async Task<IReadOnlyList<ServerAnswer>> AskServersAsync(ZoneServers zone, string name, string type, CancellationToken cancellationToken) =>
        await Task.WhenAll(zone.Servers.Select(async server =>
        {
            try
            {
                return await look.AskAsync(server, name, type, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return new ServerAnswer(server, ServerOutcome.Timeout, [], [], 0, null);
            }
        }));
}
