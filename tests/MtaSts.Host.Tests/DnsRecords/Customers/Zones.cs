using System.Net;
using MtaSts.Dns;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Tests.DnsRecords.Customers;

/// <summary>Facts of tests, written as a zone is: `mta-sts CNAME target.`, names relative to the customer's zone or with final dot.</summary>
internal static class Zones
{
    public const string Name = "customer.test";
    public const string Label = "abcdefghijklmnopqrstuvwxyz";
    public const string Zone = "sts.provider.test";
    public const string Id = "20261123124501123";
    public static readonly CustomerSettings Delegating = new(Zone, [IPAddress.Parse("192.0.2.7"), IPAddress.Parse("2001:db8::7")], [], null);
    public static readonly CustomerSettings ByHand = Delegating with { Zone = "" };

    public static CustomerDomain Domain(DomainState state = DomainState.Active, params string[] rua) => new(Parse(Name), Label, Id, rua.Length == 0 ? null : rua, state);

    public static MailDomain Parse(string name) => MailDomain.TryParse(name, out var domain, out _) ? domain : throw new FormatException(name);

    /// <summary>What <see cref="CustomerLooks"/> would have found: the same at each of two servers, unless the second one has a zone of its own.</summary>
    public static CustomerFacts Facts(CustomerDomain domain, CustomerSettings settings, string zone, string? second = null, ServerOutcome? failure = null, ServerOutcome? secondFailure = null)
    {
        AuthoritativeServer[] servers = [new("ns1.dns.test", new IPEndPoint(IPAddress.Parse("192.0.2.53"), 53)), new("ns2.dns.test", new IPEndPoint(IPAddress.Parse("192.0.2.54"), 53))];
        List<(string Owner, string Type, string Data)>[] zones = [Read(zone), Read(second ?? zone)];
        ServerOutcome?[] failures = [failure, secondFailure ?? failure];
        var found = new ZoneServers(Name, LookupOutcome.Answer, servers, []);
        var names = CustomerRecords.Of(domain, settings).GroupBy(record => record.Name).ToDictionary(group => group.Key, group =>
        {
            string[] types = group.First().Purpose switch { RecordPurpose.Host => ["A", "AAAA", "CNAME"], RecordPurpose.Challenge => ["CNAME"], _ => ["TXT", "CNAME"] };
            var facts = new NameFacts(group.Key, found, types.ToDictionary(type => type, type => (IReadOnlyList<ServerAnswer>)[Answer(0, group.Key, type), Answer(1, group.Key, type)]));
            return facts.IsSet && Alias(0, group.Key) is not null ? Follow(facts, zones[0]) : facts;
        });
        return new CustomerFacts(
            names, [.. Sibling("TXT"), .. Sibling("A"), .. Sibling("AAAA")], [.. names.Keys.Select(name => $"{name}.{Name}").Where(doubled => zones[0].Exists(row => row.Owner == doubled))], null, null);

        IReadOnlyList<ServerAnswer> Sibling(string type) => zones[0].Exists(row => row.Owner == "*." + Name) ? [Answer(0, "*." + Name, type)] : [];

        string? Alias(int server, string name) => zones[server].Where(row => row.Owner == name && row.Type == "CNAME").Select(row => row.Data.TrimEnd('.')).FirstOrDefault();

        ServerAnswer Answer(int server, string name, string type)
        {
            if (failures[server] is { } failed)
            {
                return new ServerAnswer(servers[server], failed, [], [], 0, null);
            }

            var owner = zones[server].Exists(row => row.Owner == name) || !zones[server].Exists(row => row.Owner == "*." + Name) ? name : "*." + Name;
            var data = zones[server].Where(row => row.Owner == owner && row.Type == type).Select(row => row.Data).ToList();
            return new ServerAnswer(
                servers[server], data.Count > 0 ? ServerOutcome.Answer : ServerOutcome.NoData, data, [.. data.Where(_ => type == "TXT").Select(DnsText.Joined)], 60, Alias(server, owner));
        }
    }

    // As a resolver would, through the names that the zone of the test holds.
    private static NameFacts Follow(NameFacts facts, List<(string Owner, string Type, string Data)> zone)
    {
        var chain = new List<string>();
        for (var at = facts.Name; zone.Find(row => row.Owner == at && row.Type == "CNAME") is { Data: { } target };)
        {
            at = target.TrimEnd('.');
            chain.Add(at);
        }

        var texts = zone.Where(row => row.Owner == chain[^1] && row.Type == "TXT").Select(row => DnsText.Joined(row.Data)).ToList();
        return facts.Answers.ContainsKey("A")
            ? facts with { EndAddresses = [.. new[] { "A", "AAAA" }.Select(type => new Lookup<IPAddress>(facts.Name, LookupOutcome.Answer, [.. zone.Where(row => row.Owner == chain[^1] && row.Type == type).Select(row => IPAddress.Parse(row.Data))], chain))] }
            : facts with { EndTexts = new Lookup<string>(facts.Name, texts.Count > 0 ? LookupOutcome.Answer : LookupOutcome.NoData, texts, chain) };
    }

    private static List<(string Owner, string Type, string Data)> Read(string zone) =>
        [.. zone.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries))
            .Select(parts => (Absolute(parts[0]), parts[1], parts[1] == "CNAME" ? Absolute(parts[2]) + "." : parts[2]))];

    private static string Absolute(string name) => name.EndsWith('.') ? name[..^1] : $"{name}.{Name}";
}
