using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>
/// The built service as a provider runs it: a zone of its own, delegated from its parent; a customer with a key of his own who sets the CNAMEs once; Pebble as CA, which
/// asks that DNS; a sending side's program. From the PUT on nobody helps.
/// </summary>
public sealed class DelegationTests
{
    private const string Zone = "sts.provider.test";
    private const string ZoneRecords = "@ NS ns.provider.test.";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Embedded", "http-01")]
    [InlineData("BIND", "http-01")]
    [InlineData("BIND", "dns-01")]
    [InlineData("Knot", "dns-01")]
    [InlineData("PowerDNS", "dns-01")]
    public async Task A_customer_who_sets_his_CNAMEs_once_is_found_by_senders_after_each_edit_and_after_his_removal(string server, string challenge)
    {
        Requires.Program("mta-sts-query", StsDaemon.Package);
        await Requires.NetworkNamespacesAsync();
        using var at = OwnAddress.Take();
        using var customerAt = OwnAddress.Take();
        using var worldAt = OwnAddress.Take();
        using var data = new TestFolder();
        await using var zone = await ZoneServer.StartAsync(server, at);
        var customer = UpdateKey.Create("customer");
        await using var customers = await BindServer.StartAsync(new Dictionary<string, string?> { ["example.test"] = "@ NS ns.example.test.\nns A " + customerAt }, customer);
        await using var customerRelay = DnsRelay.Start(customerAt, customers.EndPoint);
        var parent = new Dictionary<string, string?> { ["test"] = $"sts.provider NS ns.provider.test.\nns.provider A {at}\nexample NS ns.example.test.\nns.example A {customerAt}" };
        await using var resolver = await BindServer.StartDelegatingAsync(parent, port: 53);
        // CA and sender have another: it does not remember what the service asked before the records were there.
        await using var worldsResolver = await BindServer.StartDelegatingAsync(parent, port: 53);
        await using var relay = DnsRelay.Start(worldAt, worldsResolver.EndPoint);
        await using var pebble = await PebbleServer.StartAsync(at, worldsResolver.Address, new PebbleOptions { HttpPort = 80, TlsPort = 443 });
        var adminPort = at.FreePort();
        var settings = new Dictionary<string, string?>(ServiceProcess.Settings(data.Path, $"https://{at.At(443)}", $"http://{at.At(80)}", $"http://{at.At(adminPort)}"))
        {
            ["Certificates__Source"] = "Acme",
            ["Acme__AcceptTermsOfService"] = "true",
            ["Acme__Challenges"] = challenge,
            ["Acme__DirectoryUrl"] = pebble.DirectoryUrl.ToString(),
            ["Acme__TrustedRoots"] = pebble.EndpointCaFile,
            ["Network__AllowPrivateAddresses"] = "true",
            ["Public__Addresses"] = at.ToString(),
            ["Dns__Resolvers"] = resolver.Address,
            ["Dns__Zone"] = Zone,
        };
        foreach (var (name, value) in zone.Settings)
        {
            settings[name] = value;
        }

        await using var service = await ChildProcess.StartAsync("dotnet", [ServiceProcess.Program], settings);
        await service.WaitForOutputAsync("Application started.");
        using var provider = ServiceProcess.Admin(adminPort, at.ToString());
        (await provider.PostAsJsonAsync("tenants", new { name = "acme" }, Cancel)).EnsureSuccessStatusCode();
        using var tenant = await TenantAsync(provider);
        var sender = new Sender(data.Path, worldAt, await pebble.WriteRootAsync());

        var first = await PutAsync(tenant, "mx.example.test");
        var target = await SetCnamesAsync(tenant, customers, customer);
        // He looks whether he has typed it right; without that it would be found a minute later.
        await service.WaitUntilAsync(async () => (await RecordsAsync(tenant)).Where(IsHisCname).All(item => item.GetProperty("state").GetString() == "ok"), "his records are right");

        await service.WaitUntilAsync(() => IsLiveAsync(tenant, first), "the first id is out", TimeSpan.FromMinutes(3));
        var found = await sender.QueryAsync("example.test");
        Assert.Contains("VALID", found, StringComparison.Ordinal);
        Assert.Contains("mx.example.test", found, StringComparison.Ordinal);
        Assert.Equal(1, pebble.Certificates);

        var edited = await PutAsync(tenant, "new.example.test");
        await service.WaitUntilAsync(() => IsLiveAsync(tenant, edited), "the edit's id is out");
        Assert.Contains("new.example.test", await sender.QueryAsync("example.test"), StringComparison.Ordinal);
        Assert.Contains(edited, await TextAsync(at, target), StringComparison.Ordinal);

        using (var removal = await tenant.DeleteAsync(new Uri("domains/example.test", UriKind.Relative), Cancel))
        {
            Assert.Equal(HttpStatusCode.Accepted, removal.StatusCode);
        }

        // RFC 8461 §8.3: first everybody learns that there is no policy any more; record and host stay until none of the old ones can be cached.
        await service.WaitUntilAsync(async () => (await sender.QueryAsync("example.test")).Contains("none", StringComparison.Ordinal), "a sender finds that nothing is to be enforced");
        Assert.DoesNotContain("PRIVATE KEY", service.Output, StringComparison.Ordinal);
        Assert.All(zone.Secrets, secret => Assert.DoesNotContain(secret, service.Output, StringComparison.Ordinal));
    }

    private static async Task<bool> IsLiveAsync(HttpClient tenant, string id) =>
        (await tenant.GetFromJsonAsync<JsonElement>("domains/example.test", Cancel)).GetProperty("published").GetProperty("dns") is { ValueKind: JsonValueKind.Object } dns
        && dns.GetProperty("policyId").GetString() == id && dns.GetProperty("state").GetString() == "live";

    private static async Task<HttpClient> TenantAsync(HttpClient provider)
    {
        using var answer = await provider.PostAsJsonAsync("tenants/acme/keys", new { name = "customer", role = "editor" }, Cancel);
        answer.EnsureSuccessStatusCode();
        var secret = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("secret").GetString();
        return new HttpClient { BaseAddress = provider.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", secret) } };
    }

    private static async Task<IEnumerable<JsonElement>> RecordsAsync(HttpClient tenant) =>
        (await tenant.GetFromJsonAsync<JsonElement>("domains/example.test/records", Cancel)).GetProperty("items").EnumerateArray();

    private static bool IsHisCname(JsonElement record) => record.GetProperty("owner").GetString() == "customer" && record.GetProperty("type").GetString() == "CNAME";

    private static async Task<string> SetCnamesAsync(HttpClient tenant, BindServer customers, UpdateKey key)
    {
        var cnames = (await RecordsAsync(tenant)).Where(IsHisCname).ToDictionary(item => item.GetProperty("name").GetString()!, item => item.GetProperty("wanted")[0].GetString()!);
        await Nsupdate.SendAsync(customers.EndPoint, key, "example.test", cnames.Select(cname => $"add {cname.Key}. 60 CNAME {cname.Value}"));
        return cnames["_mta-sts.example.test"];
    }

    // As a resolver asks when its copy's TTL is over.
    private static async Task<string> TextAsync(OwnAddress server, string name) =>
        (await ChildProcess.RunAsync(Requires.Program("dig", "package bind9-dnsutils"), [$"@{server}", "+norec", "+short", "TXT", name])).StandardOutput;

    private static async Task<string> PutAsync(HttpClient tenant, string mx)
    {
        using var answer = await tenant.PutAsJsonAsync("domains/example.test", new { policy = new { mode = "testing", mx = new[] { mx }, maxAge = 86400 } }, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("policyId").GetString()!;
    }

    /// <summary>Who answers for the provider's zone, at port 53 of an address, and what the service must know to write it.</summary>
    private sealed class ZoneServer(IReadOnlyDictionary<string, string?> settings, params IReadOnlyList<IAsyncDisposable> parts) : IAsyncDisposable
    {
        public IReadOnlyDictionary<string, string?> Settings => settings;

        public IEnumerable<string> Secrets => settings.Where(setting => setting.Key.EndsWith("Secret", StringComparison.Ordinal)).Select(setting => setting.Value!);

        public static async Task<ZoneServer> StartAsync(string server, OwnAddress at)
        {
            var key = UpdateKey.Create("provider");
            switch (server)
            {
                case "Embedded":
                    return new ZoneServer(new Dictionary<string, string?> { ["Dns__Publisher"] = "Embedded", ["Dns__Embedded__Listen"] = at.At(53), ["Dns__Embedded__NameServers"] = "ns.provider.test" });
                case "BIND":
                    var bind = await BindServer.StartAsync(new Dictionary<string, string?> { [Zone] = ZoneRecords }, key);
                    return new ZoneServer(Updates(bind.EndPoint, key), DnsRelay.Start(at, bind.EndPoint), bind);
                case "Knot":
                    var knot = await KnotServer.StartAsync(new Dictionary<string, string> { [Zone] = ZoneRecords }, key);
                    return new ZoneServer(Updates(knot.EndPoint, key), DnsRelay.Start(at, knot.EndPoint), knot);
                default:
                    var powerDns = await PowerDnsServer.StartAsync(new Dictionary<string, string> { [Zone] = ZoneRecords }, key);
                    return new ZoneServer(Updates(powerDns.EndPoint, key), DnsRelay.Start(at, powerDns.EndPoint), powerDns);
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var part in parts)
            {
                await part.DisposeAsync();
            }
        }

        private static Dictionary<string, string?> Updates(IPEndPoint to, UpdateKey key) => new()
        {
            ["Dns__Publisher"] = "Rfc2136",
            ["Dns__Rfc2136__Server"] = to.ToString(),
            ["Dns__Rfc2136__KeyName"] = key.Name,
            ["Dns__Rfc2136__KeySecret"] = key.Secret,
        };
    }

    /// <summary>A machine that asks the test's resolver and trusts Pebble's root, and nothing else.</summary>
    private sealed class Sender
    {
        private const string Inside = """
            set -e
            mount --bind "$0/resolv.conf" "$(readlink -f /etc/resolv.conf)"
            mount --bind "$0/nsswitch.conf" "$(readlink -f /etc/nsswitch.conf)"
            exec "$@"
            """;

        private readonly string _folder;
        private readonly Dictionary<string, string?> _environment;

        public Sender(string folder, OwnAddress resolver, string root)
        {
            _folder = folder;
            _environment = new Dictionary<string, string?> { ["SSL_CERT_FILE"] = root, ["SSL_CERT_DIR"] = Path.Combine(folder, "no-other-roots"), ["http_proxy"] = null, ["https_proxy"] = null };
            File.WriteAllText(Path.Combine(folder, "resolv.conf"), string.Create(CultureInfo.InvariantCulture, $"nameserver {resolver}\n"));
            File.WriteAllText(Path.Combine(folder, "nsswitch.conf"), "hosts: files dns\n");
        }

        public async Task<string> QueryAsync(string domain) => (await RunAsync("mta-sts-query", domain)).Output;

        private Task<CommandResult> RunAsync(params string[] command) =>
            ChildProcess.RunAsync("unshare", ["--mount", "--propagation", "private", "sh", "-c", Inside, _folder, .. command], _environment);
    }
}
