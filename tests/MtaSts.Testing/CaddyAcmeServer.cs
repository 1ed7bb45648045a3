namespace MtaSts.Testing;

/// <summary>
/// Caddy's `acme_server`, a CA on other code than Pebble's: validates inside the request, issues for 12 hours, cannot change account keys.
/// It validates at ports 80 and 443 only and asks the system's resolver, neither of which can be set. So the service under test listens on
/// ADDRESS:80 and ADDRESS:443, and Caddy alone sees, in a mount namespace of its own, a resolver that leads every name to ADDRESS.
/// </summary>
public sealed class CaddyAcmeServer : IAsyncDisposable
{
    public const string Package = "package caddy";

    private readonly string _folder = Directory.CreateTempSubdirectory("mtasts-caddy-").FullName;
    private readonly string _acme;
    private readonly ChallTestServer _dns;
    private ChildProcess? _server;

    private CaddyAcmeServer(OwnAddress at, ChallTestServer dns)
    {
        _acme = at.At(at.FreePort());
        _dns = dns;
    }

    /// <summary>What Caddy and whoever else is told so knows of DNS.</summary>
    public ChallTestServer Dns => _dns;

    public Uri DirectoryUrl => new($"https://{_acme}/acme/local/directory");

    /// <summary>PEM file: the root of its ACME endpoint and of all that it issues.</summary>
    public string RootFile => Path.Combine(_folder, "data", "pki", "authorities", "local", "root.crt");

    public string Output => Running.Output;

    public ChildProcess Running => _server ?? throw new InvalidOperationException("Not started.");

    public static async Task<CaddyAcmeServer> StartAsync(OwnAddress at)
    {
        string program = Requires.Program("caddy", Package);
        await Requires.MountNamespacesAsync();
        CaddyAcmeServer caddy = new(at, await ChallTestServer.StartAsync(at, dnsPort: 53));
        try
        {
            await caddy.StartAsync(program, at);
        }
        catch
        {
            await caddy.DisposeAsync();
            throw;
        }

        return caddy;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _dns.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync(string program, OwnAddress at)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "resolv.conf"), $"nameserver {at}\noptions timeout:1 attempts:1\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "hosts"), "127.0.0.1 localhost\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "nsswitch.conf"), "hosts: files dns\n");
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "Caddyfile"),
            $$"""
            {
            	admin off
            	skip_install_trust
            	auto_https disable_redirects
            	storage file_system "{{_folder}}/data"
            }
            https://{{_acme}} {
            	bind {{at}}
            	tls internal
            	acme_server
            }

            """);
        // Nothing here forks for good: the shell becomes Caddy, which so keeps the signal at the end of the test process.
        const string Prepare = """
            set -e
            for file in resolv.conf hosts nsswitch.conf; do mount --bind "$0/$file" "$(readlink -f "/etc/$file")"; done
            exec "$1" run --config "$0/Caddyfile" --adapter caddyfile
            """;
        _server = await ChildProcess.StartAsync(
            "unshare",
            ["--mount", "--propagation", "private", "sh", "-c", Prepare, _folder, program],
            new Dictionary<string, string?> { ["HOME"] = _folder, ["XDG_DATA_HOME"] = _folder, ["XDG_CONFIG_HOME"] = _folder });
        await _server.WaitUntilAsync(AnswersAsync, "Caddy gives its directory");
    }

    private async Task<bool> AnswersAsync()
    {
        // Written in one go, but not at once.
        if (!File.Exists(RootFile) || !(await File.ReadAllTextAsync(RootFile)).Contains("-----END", StringComparison.Ordinal))
        {
            return false;
        }

        using HttpClient client = TrustingClient.Create(RootFile);
        try
        {
            using HttpResponseMessage directory = await client.GetAsync(DirectoryUrl);
            return directory.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
