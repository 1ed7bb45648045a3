using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>
/// The built service as an operator sets it up with `Certificates:Source=Acme`, on an address of its own with real clock, and a DNS server that leads
/// every name there. The CA is the test's.
/// </summary>
internal sealed class RealCaRig : IAsyncDisposable
{
    private readonly List<ChildProcess> _services = [];
    private readonly List<HttpClient> _clients = [];

    private readonly bool _ownsDns;

    private RealCaRig(ChallTestServer dns, OwnAddress at, bool realPorts)
    {
        Dns = dns;
        _ownsDns = !realPorts;
        At = at;
        HttpPort = realPorts ? 80 : at.FreePort();
        HttpsPort = realPorts ? 443 : at.FreePort();
        AdminPort = at.FreePort();
        Admin = AdminOf(at);
    }

    public OwnAddress At { get; }

    public ChallTestServer Dns { get; }

    public int HttpPort { get; }

    public int HttpsPort { get; }

    public int AdminPort { get; }

    /// <summary>The API of the first node.</summary>
    public HttpClient Admin { get; }

    public TestFolder Data { get; } = new();

    /// <summary>What operators would give as settings; to be added to before the service starts.</summary>
    public Dictionary<string, string?> Settings { get; } = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>With a Pebble that validates at the ports of the service.</summary>
    public static async Task<(RealCaRig Rig, PebbleServer Pebble)> StartAsync(PebbleOptions options)
    {
        Requires.Program("curl", "package curl");
        var at = OwnAddress.Take();
        var rig = new RealCaRig(await ChallTestServer.StartAsync(at), at, realPorts: false);
        var pebble = await PebbleServer.StartAsync(at, rig.Dns, options with { HttpPort = rig.HttpPort, TlsPort = rig.HttpsPort });
        rig.UseCa(pebble.DirectoryUrl, pebble.EndpointCaFile);
        return (rig, pebble);
    }

    /// <summary>With Caddy as CA, which validates at ports 80 and 443.</summary>
    public static async Task<(RealCaRig Rig, CaddyAcmeServer Caddy)> StartWithCaddyAsync()
    {
        Requires.Program("curl", "package curl");
        var at = OwnAddress.Take();
        var caddy = await CaddyAcmeServer.StartAsync(at);
        var rig = new RealCaRig(caddy.Dns, at, realPorts: true);
        rig.UseCa(caddy.DirectoryUrl, caddy.RootFile);
        return (rig, caddy);
    }

    public void UseCa(Uri directory, string trustedRoots)
    {
        Settings["Acme__DirectoryUrl"] = directory.ToString();
        Settings["Acme__TrustedRoots"] = trustedRoots;
    }

    /// <param name="at">Another address than the rig's, for a second node; the ports are the same.</param>
    /// <param name="dataDirectory">Of the second node.</param>
    public async Task<ChildProcess> StartServiceAsync(OwnAddress? at = null, string? dataDirectory = null)
    {
        at ??= At;
        var settings = new Dictionary<string, string?>(
            ServiceProcess.Settings(dataDirectory ?? Data.Path, $"https://{at.At(HttpsPort)}", $"http://{at.At(HttpPort)}", $"http://{at.At(AdminPort)}"))
        {
            ["Certificates__Source"] = "Acme",
            ["Acme__AcceptTermsOfService"] = "true",
            ["Acme__NewPerHour"] = "100000",
            ["Acme__RenewalsPerHour"] = "100000",
            ["Public__HttpPort"] = Text(HttpPort),
            ["Public__HttpsPort"] = Text(HttpsPort),
            ["Network__AllowPrivateAddresses"] = "true",
            ["Dns__Resolvers"] = Dns.DnsEndpoint,
        };
        foreach (var (name, value) in Settings)
        {
            settings[name] = value;
        }

        var service = await ChildProcess.StartAsync("dotnet", [ServiceProcess.Program], settings);
        _services.Add(service);
        await service.WaitForOutputAsync("Application started.");
        return service;
    }

    public HttpClient AdminOf(OwnAddress at)
    {
        var client = ServiceProcess.Admin(AdminPort, at.ToString());
        _clients.Add(client);
        return client;
    }

    public async Task AddTenantAsync()
    {
        using var answer = await Admin.PostAsJsonAsync("tenants", new { name = "acme" }, Cancel);
        answer.EnsureSuccessStatusCode();
    }

    public async Task PutAsync(string domain)
    {
        using var answer = await Admin.PutAsJsonAsync(
            $"domains/{domain}", new { tenant = "acme", policy = new { mode = "testing", mx = new[] { $"mail.{domain}" }, maxAge = 86400 } }, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>`GET /domains/{domain}/certificate`.</summary>
    public Task<JsonElement> CertificateAsync(string domain) => Admin.GetFromJsonAsync<JsonElement>($"domains/{domain}/certificate", Cancel);

    /// <summary>`POST /domains/{domain}/certificate/renewal`.</summary>
    public async Task RenewAsync(string domain)
    {
        using var answer = await Admin.PostAsync(new Uri($"domains/{domain}/certificate/renewal", UriKind.Relative), null, Cancel);
        Assert.True(answer.StatusCode == System.Net.HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>`POST /domains/{domain}/certificate/revocation`.</summary>
    public async Task RevokeAsync(string domain)
    {
        // Right after the first issue nothing else brings the next one: between two of a name lies a floor.
        using var body = JsonContent.Create(new { reason = "superseded" });
        using var answer = await Admin.PostAsync(new Uri($"domains/{domain}/certificate/revocation", UriKind.Relative), body, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>Serial number of the certificate that each name is served with, all of them trusted by that root.</summary>
    public async Task<IReadOnlyList<string>> SerialsAsync(IEnumerable<string> domains, string rootFile)
    {
        var serials = new ConcurrentDictionary<string, int>();
        foreach (var domain in domains)
        {
            using var client = new PolicyClient(this, rootFile, new Version(1, 1), keepsConnection: false, serials);
            await client.FetchAsync(AsciiOf(domain), Cancel);
        }

        return [.. serials.Keys];
    }

    /// <summary>Waits until curl, which trusts that root only, has fetched the policy.</summary>
    public Task ServedAsync(ChildProcess service, string domain, string rootFile, OwnAddress? at = null, TimeSpan? within = null) => service.WaitUntilAsync(
        async () => await FetchAsync(domain, rootFile, at) is { ExitCode: 0 } fetched && fetched.StandardOutput.Contains($"mx: mail.{AsciiOf(domain)}\r\n", StringComparison.Ordinal),
        $"the policy of {domain} is fetched with the CA's root",
        within);

    public Task<CommandResult> FetchAsync(string domain, string rootFile, OwnAddress? at = null) => ChildProcess.RunAsync(
        "curl",
        [
            "-sS", "--noproxy", "*", "--max-time", "20", "--cacert", rootFile, "--connect-to", $"::{(at ?? At).At(HttpsPort)}",
            $"https://mta-sts.{AsciiOf(domain)}/.well-known/mta-sts.txt",
        ]);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        foreach (var service in _services)
        {
            await service.DisposeAsync();
        }

        if (_ownsDns)
        {
            await Dns.DisposeAsync();
        }

        At.Dispose();
        Data.Dispose();
    }

    private static string AsciiOf(string domain) => new IdnMapping().GetAscii(domain);

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
