namespace MtaSts.Testing;

/// <summary>
/// A network of the test's own (network and mount namespace) in which real clients look up real DNS and connect to the real port 443.
/// Its resolver knows only what the test publishes (all else is NXDOMAIN), and its programs trust only the roots that the test names.
/// The file system is shared, so a Unix socket made inside can be used from outside.
/// </summary>
public sealed class ClientNetwork : IAsyncDisposable
{
    private readonly Dictionary<(string Name, string Type), string> _records = [];
    private readonly Dictionary<string, string?> _environment;
    private readonly ChildProcess _holder;
    private ChildProcess? _resolver;

    private ClientNetwork(string folder, ChildProcess holder)
    {
        Folder = folder;
        _holder = holder;
        _environment = new Dictionary<string, string?>
        {
            // Python's ssl and .NET take the first two, Debian's curl the third (with SSL_CERT_DIR set it would not look at the file).
            ["SSL_CERT_FILE"] = TrustedRoots,
            ["SSL_CERT_DIR"] = Path.Combine(folder, "no-other-roots"),
            ["CURL_CA_BUNDLE"] = TrustedRoots,
        };
        foreach (string proxy in new[] { "http_proxy", "https_proxy", "all_proxy", "no_proxy" })
        {
            _environment[proxy] = null;
            _environment[proxy.ToUpperInvariant()] = null;
        }
    }

    /// <summary>For files of programs inside; deleted with the network.</summary>
    public string Folder { get; }

    private string TrustedRoots => Path.Combine(Folder, "trusted-roots.pem");

    public static async Task<ClientNetwork> StartAsync()
    {
        Requires.Program("dnsmasq", "package dnsmasq-base");
        // RFC 5737 address: look-ups with AI_ADDRCONFIG find no IPv4 where 127.0.0.1 is the only address (getaddrinfo(3)).
        ClientNetwork network = await StartBareAsync(["192.0.2.1/32"]);
        try
        {
            await network.RestartResolverAsync();
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }

        return network;
    }

    /// <summary>A network without a resolver: the test starts its own, at 127.0.0.1. Beside loopback it has the addresses given, which lead nowhere outside.</summary>
    /// <param name="addresses">With the length of their prefix; of a whole IPv4 prefix each address is one of this network.</param>
    public static async Task<ClientNetwork> StartBareAsync(IReadOnlyList<string> addresses)
    {
        await Requires.NetworkNamespacesAsync();

        string folder = Directory.CreateTempSubdirectory("mtasts-net-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "no-other-roots"));
        await File.WriteAllTextAsync(Path.Combine(folder, "resolv.conf"), "nameserver 127.0.0.1\n");
        // A name service that speaks over a Unix socket (systemd-resolved) would answer from outside.
        await File.WriteAllTextAsync(Path.Combine(folder, "nsswitch.conf"), "hosts: files dns\n");
        const string Prepare = """
            set -e
            ip link set lo up
            for address in $1; do ip address add "$address" dev lo; done
            for file in resolv.conf nsswitch.conf; do mount --bind "$0/$file" "$(readlink -f "/etc/$file")"; done
            echo prepared
            exec sleep infinity
            """;
        ChildProcess holder = await ChildProcess.StartAsync(
            "unshare", ["--net", "--mount", "--propagation", "private", "sh", "-c", Prepare, folder, string.Join(' ', addresses)]);
        ClientNetwork network = new(folder, holder);
        try
        {
            await holder.WaitForOutputAsync("prepared\n");
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }

        return network;
    }

    /// <summary>Programs that are started from now on trust this root, and no other.</summary>
    public void Trust(string pemFile) => File.Copy(pemFile, TrustedRoots, overwrite: true);

    /// <summary>Sets the one A record of a name.</summary>
    public Task SetAddressAsync(string name, string address) => SetAsync(name, "A", $"host-record={name},{address}");

    /// <summary>Sets the one TXT record of a name; without a text it is taken out.</summary>
    public Task SetTextAsync(string name, string? text) => SetAsync(name, "TXT", text is null ? null : $"txt-record={name},\"{text}\"");

    /// <summary>Starts a program inside.</summary>
    public Task<ChildProcess> StartAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null) =>
        ChildProcess.StartAsync("nsenter", Inside(program, arguments), EnvironmentWith(environment));

    /// <summary>Runs a program inside, to its end.</summary>
    public Task<CommandResult> RunAsync(string program, params string[] arguments) =>
        ChildProcess.RunAsync("nsenter", Inside(program, arguments), _environment);

    public async ValueTask DisposeAsync()
    {
        if (_resolver is not null)
        {
            await _resolver.DisposeAsync();
        }

        await _holder.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task SetAsync(string name, string type, string? line)
    {
        if (line is null)
        {
            _records.Remove((name, type));
        }
        else
        {
            _records[(name, type)] = line;
        }

        await RestartResolverAsync();
    }

    // dnsmasq reads TXT records at its start only, not on SIGHUP.
    private async Task RestartResolverAsync()
    {
        if (_resolver is not null)
        {
            await _resolver.DisposeAsync();
        }

        string file = Path.Combine(Folder, "dnsmasq.conf");
        string[] fixedPart =
        [
            "listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts", "local=/#/", "local-ttl=1",
            "user=root", "pid-file=", "keep-in-foreground", "log-facility=-",
        ];
        await File.WriteAllLinesAsync(file, [.. fixedPart, .. _records.Values]);
        _resolver = await StartAsync("dnsmasq", [$"--conf-file={file}"]);
        await _resolver.WaitForOutputAsync("started, version");
    }

    // Without a new PID namespace nsenter does not fork: it becomes the program, whose id is then that of the child process.
    private string[] Inside(string program, IEnumerable<string> arguments) =>
        ["--target", $"{_holder.Id}", "--net", "--mount", $"--wd={Folder}", program, .. arguments];

    private Dictionary<string, string?> EnvironmentWith(IReadOnlyDictionary<string, string?>? more)
    {
        Dictionary<string, string?> all = new(_environment);
        foreach ((string name, string? value) in more ?? new Dictionary<string, string?>())
        {
            all[name] = value;
        }

        return all;
    }
}
