using System.Net;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Comparison;

/// <summary>A real server with a zone in which a stranger has a label, and that can be changed behind the service's back.</summary>
internal sealed class RealZone : IAsyncDisposable
{
    public const string Name = "sts.provider.test";
    public const string Stranger = "stranger.host." + Name;

    // `elsewhere` lies below none of our parts.
    private const string Records = "stranger.host TXT \"theirs\"\nstranger.host A 192.0.2.66\nelsewhere A 192.0.2.67\n_mta-sts TXT \"also elsewhere\"";

    private readonly IAsyncDisposable _server;
    private readonly Func<string, string, Task> _delete;

    private RealZone(IAsyncDisposable server, IPEndPoint endPoint, (string, string?)[] settings, Func<string, string, Task> delete)
    {
        (_server, EndPoint, _delete) = (server, endPoint, delete);
        Settings = [("Dns:Zone", Name), ("Dns:Authoritative", endPoint.ToString()), ("Public:Addresses", "192.0.2.10, 2001:db8::10"), .. settings];
    }

    public IPEndPoint EndPoint { get; }

    public (string Key, string? Value)[] Settings { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RealZone> StartAsync(string program, bool mayTransfer = true)
    {
        var key = UpdateKey.Create("mtasts") with { MayTransfer = mayTransfer };
        switch (program)
        {
            case "BIND":
                var bind = await BindServer.StartAsync(new Dictionary<string, string?> { [Name] = Records }, key);
                return new RealZone(bind, bind.EndPoint, Updates(bind.EndPoint, key), (name, type) => DeleteAsync(bind.EndPoint, key, name, type));
            case "Knot":
                var knot = await KnotServer.StartAsync(new Dictionary<string, string> { [Name] = Records }, key);
                return new RealZone(knot, knot.EndPoint, Updates(knot.EndPoint, key), (name, type) => DeleteAsync(knot.EndPoint, key, name, type));
            default:
                var power = await PowerDnsServer.StartAsync(new Dictionary<string, string> { [Name] = Records });
                return new RealZone(
                    power,
                    power.EndPoint,
                    [("Dns:Publisher", "PowerDns"), ("Dns:PowerDns:Url", power.ApiUrl.ToString()), ("Dns:PowerDns:ApiKey", power.ApiKey)],
                    (name, type) => DeleteAsync(power, name, type));
        }
    }

    /// <summary>Takes a record set away, as somebody at the server does.</summary>
    public Task DeleteAsync(string name, string type) => _delete(name, type);

    public async Task<IReadOnlyList<string>> AskAsync(string name, string type)
    {
        // Nobody is looked for: the server is known.
        var answer = await new AuthoritativeLook(null!).AskAsync(new AuthoritativeServer("zone", EndPoint), name, type, Cancel);
        Assert.True(answer.IsWord, $"{name} {type}: {answer.Outcome}");
        return answer.Data;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static (string, string?)[] Updates(IPEndPoint server, UpdateKey key) =>
    [
        ("Dns:Publisher", "Rfc2136"),
        ("Dns:Rfc2136:Server", server.ToString()),
        ("Dns:Rfc2136:KeyName", key.Name),
        ("Dns:Rfc2136:KeyAlgorithm", key.Algorithm),
        ("Dns:Rfc2136:KeySecret", key.Secret),
    ];

    private static Task DeleteAsync(IPEndPoint server, UpdateKey key, string name, string type) => Nsupdate.SendAsync(server, key, Name, $"delete {name} {type}");

    private static async Task DeleteAsync(PowerDnsServer server, string name, string type)
    {
        using HttpClient http = new() { BaseAddress = server.ApiUrl };
        using HttpRequestMessage request = new(HttpMethod.Patch, $"api/v1/servers/localhost/zones/{Name}.")
        {
            Headers = { { "X-API-Key", server.ApiKey } },
            Content = new StringContent($$"""{"rrsets":[{"name":"{{name}}.","type":"{{type}}","changetype":"DELETE"}]}"""),
        };
        using var answer = await http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }
}
