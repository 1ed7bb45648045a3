using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MtaSts.Host.Lookups;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Domains.Ownership;

/// <summary>
/// DNS of all customers, which a test changes as it goes: two name servers for every domain of two labels, which are also the resolvers. Wildcards work as in
/// RFC 4592, CNAMEs are given and not followed.
/// </summary>
internal sealed class CustomerDns : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Name, int Type), string[]> _records = new();
    private readonly ConcurrentDictionary<(string Name, int Type), string[]> _onlyAtSecond = new();
    private readonly DnsStub[] _servers = new DnsStub[2];

    public CustomerDns()
    {
        _servers[0] = new DnsStub(query => IsFirstSilent && !IsForResolver(query) ? null : Answer(query, _records));
        _servers[1] = new DnsStub(query => IsSecondSilent ? null : Answer(query, _records, _onlyAtSecond), Port);
    }

    public int Port => _servers[0].EndPoint.Port;

    public bool IsFirstSilent { get; set; }

    public bool IsSecondSilent { get; set; }

    /// <summary>Every question so far.</summary>
    public int Questions => _servers.Sum(server => server.Queries.Count);

    /// <summary>`TYPE name` of each question, by those who ask the zone's servers themselves or by those who ask a resolver.</summary>
    public string[] Asked(bool resolver) => [.. _servers.SelectMany(server => server.Queries).Where(query => IsForResolver(query) == resolver).Select(query => $"{query.Type} {query.Name.ToLowerInvariant()}")];

    /// <summary>As resolvers know them.</summary>
    public string Resolver => _servers[0].Address;

    public (string, string?)[] Settings =>
        [("Dns:Resolvers", _servers[0].Address), ("Dns:Zone", "sts.provider.example"), ("Network:AllowPrivateAddresses", "true")];

    /// <summary>The servers listen at no port 53, and those that are silent are not waited for long.</summary>
    public void Use(IServiceCollection services)
    {
        Authorities.Use(services, Port);
        services.Replace(ServiceDescriptor.Singleton(provider => new AuthoritativeLook(provider.GetRequiredService<AuthoritativeServers>())
        {
            Patience = TimeSpan.FromSeconds(2),
        }));
    }

    public void Alias(string name, string target) => _records[(name, DnsStubQuery.Cname)] = [target];

    public void Text(string name, params string[] texts) => _records[(name, DnsStubQuery.Txt)] = texts;

    /// <summary>What the second server says instead.</summary>
    public void TextAtSecond(string name, params string[] texts) => _onlyAtSecond[(name, DnsStubQuery.Txt)] = texts;

    public void Address(string name, string address) => _records[(name, DnsStubQuery.A)] = [address];

    public void Clear(string name)
    {
        foreach (var type in new[] { DnsStubQuery.Cname, DnsStubQuery.Txt, DnsStubQuery.A })
        {
            _records.TryRemove((name, type), out _);
            _onlyAtSecond.TryRemove((name, type), out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private static bool IsForResolver(DnsStubQuery query) => (query.Bytes[2] & 1) == 1;

    private byte[] Answer(DnsStubQuery query, params ConcurrentDictionary<(string, int), string[]>[] layers)
    {
        var name = query.Name.ToLowerInvariant();
        return DnsStubQuery.WithAuthority((name, query.Type) switch
        {
            ("ns1.dns.test", DnsStubQuery.A) => query.Answer((query.Name, DnsStubQuery.A, _servers[0].EndPoint.Address.GetAddressBytes())),
            ("ns2.dns.test", DnsStubQuery.A) => query.Answer((query.Name, DnsStubQuery.A, _servers[1].EndPoint.Address.GetAddressBytes())),
            (_, DnsStubQuery.Ns) when name.Count(character => character == '.') == 1 =>
                query.Answer((query.Name, DnsStubQuery.Ns, DnsStubQuery.Wire("ns1.dns.test")), (query.Name, DnsStubQuery.Ns, DnsStubQuery.Wire("ns2.dns.test"))),
            _ => Records(query, name, layers),
        });
    }

    private static byte[] Records(DnsStubQuery query, string name, ConcurrentDictionary<(string, int), string[]>[] layers)
    {
        if (Find(DnsStubQuery.A, name) is [var address])
        {
            return query.Type == DnsStubQuery.A ? query.Answer((query.Name, DnsStubQuery.A, System.Net.IPAddress.Parse(address).GetAddressBytes())) : query.Empty();
        }

        var owner = new[] { name, "*" + name[Math.Max(name.IndexOf('.', StringComparison.Ordinal), 0)..] }.FirstOrDefault(candidate => Find(DnsStubQuery.Cname, candidate) is not null || Find(DnsStubQuery.Txt, candidate) is not null);
        if (owner is null)
        {
            return query.Fail(3);
        }

        if (Find(DnsStubQuery.Cname, owner) is [var target])
        {
            return query.Answer((query.Name, DnsStubQuery.Cname, DnsStubQuery.Wire(target)));
        }

        return query.Type == DnsStubQuery.Txt ? query.Answer([.. Find(DnsStubQuery.Txt, owner)!.Select(text => (query.Name, DnsStubQuery.Txt, DnsStubQuery.TxtData(text)))]) : query.Empty();

        string[]? Find(int type, string at) => layers.Reverse().Select(layer => layer.GetValueOrDefault((at, type))).FirstOrDefault(found => found is not null);
    }
}
