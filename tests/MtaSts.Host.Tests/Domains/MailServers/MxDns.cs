using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Domains.MailServers;

/// <summary>MX records of every domain `*.test` of two labels: a resolver and two servers of the zone, each of which says what a test wants.</summary>
internal sealed class MxDns : IAsyncDisposable
{
    private readonly DnsStub _resolver;
    private readonly DnsStub[] _zone = new DnsStub[2];

    public MxDns()
    {
        _resolver = new DnsStub(query => query.Name.Equals(Hangs, StringComparison.OrdinalIgnoreCase) ? null : Resolve(query));
        _zone[0] = new DnsStub(query => Authoritative(query, InZone));
        _zone[1] = new DnsStub(query => SecondRefuses ? query.Fail(5) : Authoritative(query, InZoneAtSecond ?? InZone), _zone[0].EndPoint.Port);
    }

    /// <summary>Names, or `preference name`; null: it fails.</summary>
    public string[]? AtResolver { get; set; } = [];

    public string[]? InZone { get; set; } = [];

    /// <summary>What the second server says instead; null: the same.</summary>
    public string[]? InZoneAtSecond { get; set; }

    /// <summary>The resolver is silent on this name.</summary>
    public string? Hangs { get; set; }

    /// <summary>The second server does not serve the zone.</summary>
    public bool SecondRefuses { get; set; }

    public int Ttl { get; set; } = 3600;

    /// <summary>Of a CNAME in the zone from `alias.test` to `end.test`.</summary>
    public int AliasTtl { get; set; } = 3600;

    /// <summary>Of mail servers.</summary>
    public Dictionary<string, System.Net.IPAddress> Addresses { get; } = [];

    /// <summary>The names whose MX records the resolver was asked for so far.</summary>
    public string[] MailQuestions => [.. _resolver.Queries.Where(query => query.Type == DnsStubQuery.Mx).Select(query => query.Name.ToLowerInvariant())];

    public (string, string?)[] Settings => [("Dns:Resolvers", _resolver.Address), ("Network:AllowPrivateAddresses", "true")];

    /// <summary>Everybody knows.</summary>
    public void Set(params string[] mx) => (AtResolver, InZone, InZoneAtSecond) = (mx, mx, null);

    public void Use(IServiceCollection services) => Authorities.Use(services, _zone[0].EndPoint.Port);

    public async ValueTask DisposeAsync()
    {
        await _resolver.DisposeAsync();
        await _zone[0].DisposeAsync();
        await _zone[1].DisposeAsync();
    }

    private byte[] Resolve(DnsStubQuery query)
    {
        var name = query.Name.ToLowerInvariant();
        return (name, query.Type) switch
        {
            ("ns1.dns.test", DnsStubQuery.A) => query.Answer((query.Name, DnsStubQuery.A, _zone[0].EndPoint.Address.GetAddressBytes())),
            ("ns2.dns.test", DnsStubQuery.A) => query.Answer((query.Name, DnsStubQuery.A, _zone[1].EndPoint.Address.GetAddressBytes())),
            (_, DnsStubQuery.Ns) when name.Count(character => character == '.') == 1 =>
                query.Answer((query.Name, DnsStubQuery.Ns, DnsStubQuery.Wire("ns1.dns.test")), (query.Name, DnsStubQuery.Ns, DnsStubQuery.Wire("ns2.dns.test"))),
            (_, DnsStubQuery.Mx) => Records(query, AtResolver),
            (_, DnsStubQuery.A) when Addresses.TryGetValue(name, out var address) => query.Answer((query.Name, DnsStubQuery.A, address.GetAddressBytes())),
            (_, DnsStubQuery.Aaaa) when Addresses.ContainsKey(name) => query.Empty(),
            _ => query.Fail(3),
        };
    }

    private byte[] Authoritative(DnsStubQuery query, string[]? mx) => DnsStubQuery.WithAuthority(
        query.Type != DnsStubQuery.Mx ? query.Empty()
        : query.Name.Equals("alias.test", StringComparison.OrdinalIgnoreCase) ? (query with { Ttl = AliasTtl }).Answer((query.Name, DnsStubQuery.Cname, DnsStubQuery.Wire("end.test")))
        : Records(query, mx));

    private byte[] Records(DnsStubQuery query, string[]? mx) => mx is null
        ? query.Fail(2)
        : mx.Length > 10 && !query.OverTcp ? query.CutOff()
        : (query with { Ttl = Ttl }).Answer([.. mx.Select(text => text.Split(' ', 2)).Select(parts =>
            (query.Name, DnsStubQuery.Mx, parts.Length == 2 ? DnsStubQuery.MxData(int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), parts[1]) : DnsStubQuery.MxData(10, parts[0])))]);
}
