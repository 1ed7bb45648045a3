using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>
/// The built service as a provider runs it: a zone of its own at a real BIND, delegated from its parent; a customer who sets two CNAMEs once; Pebble as CA, which asks
/// that DNS; a sending side's program. From the PUT on nobody helps.
/// </summary>
public sealed class DelegationTests
{
    private const string Zone = "sts.provider.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http-01")]
    [InlineData("dns-01")]
    public async Task A_customer_who_sets_his_CNAMEs_once_is_found_by_senders_after_each_edit_and_after_his_removal(string challenge)
    {
        Requires.Program("mta-sts-query", StsDaemon.Package);
        await Requires.NetworkNamespacesAsync();
        using var at = OwnAddress.Take();
        using var resolverAt = OwnAddress.Take();
        using var data = new TestFolder();
        var (provider, customer) = (UpdateKey.Create("provider") with { Zones = [Zone] }, UpdateKey.Create("customer") with { Zones = ["example.test"] });
        await using var authority = await BindServer.StartAsync(
            new Dictionary<string, string?> { ["test"] = "sts.provider NS ns.invalid.\nexample NS ns.invalid.", [Zone] = "", ["example.test"] = "" }, provider, customer);
        await using var resolver = await BindServer.StartResolverAsync(authority);
        await using var relay = DnsRelay.Start(resolverAt, resolver.EndPoint);
        await using var pebble = await PebbleServer.StartAsync(at, resolver.Address, new PebbleOptions { HttpPort = 80, TlsPort = 443 });
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
            ["Dns__Authoritative"] = authority.Address,
            ["Dns__Zone"] = Zone,
            ["Dns__Publisher"] = "Rfc2136",
            ["Dns__Rfc2136__Server"] = authority.Address,
            ["Dns__Rfc2136__KeyName"] = provider.Name,
            ["Dns__Rfc2136__KeySecret"] = provider.Secret,
        };
        await using var service = await ChildProcess.StartAsync("dotnet", [ServiceProcess.Program], settings);
        await service.WaitForOutputAsync("Application started.");
        using var admin = ServiceProcess.Admin(adminPort, at.ToString());
        (await admin.PostAsJsonAsync("tenants", new { name = "acme" }, Cancel)).EnsureSuccessStatusCode();
        var sender = new Sender(data.Path, resolverAt, await pebble.WriteRootAsync());

        await PutAsync(admin, "mx.example.test");
        var records = await admin.GetFromJsonAsync<JsonElement>("domains/example.test/records", Cancel);
        var target = records.GetProperty("items").EnumerateArray().Single(item => item.GetProperty("name").GetString() == "_mta-sts.example.test" && item.GetProperty("type").GetString() == "CNAME")
            .GetProperty("wanted")[0].GetString()!;
        var script = new List<string> { $"server {authority.EndPoint.Address} {authority.EndPoint.Port}", "zone example.test", $"key {customer.Algorithm}:{customer.Name} {customer.Secret}" };
        script.AddRange(records.GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("owner").GetString() == "customer" && item.GetProperty("type").GetString() == "CNAME")
            .Select(item => $"update add {item.GetProperty("name").GetString()}. 60 CNAME {item.GetProperty("wanted")[0].GetString()}"));
        await File.WriteAllLinesAsync(Path.Combine(data.Path, "customer"), [.. script, "send"], Cancel);
        Assert.Equal(0, (await ChildProcess.RunAsync(Requires.Program("nsupdate", "package bind9-dnsutils"), [Path.Combine(data.Path, "customer")])).ExitCode);

        await service.WaitUntilAsync(async () => (await sender.QueryAsync("example.test")) is var found && found.Contains("VALID", StringComparison.Ordinal) && found.Contains("mx.example.test", StringComparison.Ordinal),
            "a sender finds the policy", TimeSpan.FromMinutes(3));
        Assert.Equal(1, pebble.Certificates);

        var edited = await PutAsync(admin, "new.example.test");
        await service.WaitUntilAsync(async () => (await sender.QueryAsync("example.test")).Contains("new.example.test", StringComparison.Ordinal), "a sender finds the edit");
        await service.WaitUntilAsync(async () => (await TextAsync(authority, target)).Contains(edited, StringComparison.Ordinal), "its id is out; resolvers have it when the TTL is over");
        await service.WaitUntilAsync(
            async () => (await admin.GetFromJsonAsync<JsonElement>("domains/example.test", Cancel)).GetProperty("published").GetProperty("dns") is { ValueKind: JsonValueKind.Object } dns
                && dns.GetProperty("policyId").GetString() == edited && dns.GetProperty("state").GetString() == "live",
            "the domain shows that its id is out");

        using (var removal = await admin.DeleteAsync(new Uri("domains/example.test", UriKind.Relative), Cancel))
        {
            Assert.Equal(System.Net.HttpStatusCode.Accepted, removal.StatusCode);
        }

        // RFC 8461 §8.3: first everybody learns that there is no policy any more; record and host stay until none of the old ones can be cached.
        await service.WaitUntilAsync(async () => (await sender.QueryAsync("example.test")).Contains("none", StringComparison.Ordinal), "a sender finds that nothing is to be enforced");
        Assert.DoesNotContain("PRIVATE KEY", service.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(provider.Secret, service.Output, StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(BindServer server, string name) => (await ChildProcess.RunAsync(
        Requires.Program("dig", "package bind9-dnsutils"),
        [$"@{server.EndPoint.Address}", "-p", server.EndPoint.Port.ToString(CultureInfo.InvariantCulture), "+norec", "+short", "TXT", name])).StandardOutput;

    private static async Task<string> PutAsync(HttpClient admin, string mx)
    {
        using var answer = await admin.PutAsJsonAsync("domains/example.test", new { tenant = "acme", policy = new { mode = "testing", mx = new[] { mx }, maxAge = 86400 } }, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("policyId").GetString()!;
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
