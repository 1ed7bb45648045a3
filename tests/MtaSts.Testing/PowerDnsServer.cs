using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace MtaSts.Testing;

/// <summary>
/// PowerDNS with the zones of a test in a SQLite database, on an address of its own; takes updates that are signed with the keys given (whose types
/// and names it does not limit), and changes over its HTTP API. It transfers its zones to everybody at loopback.
/// </summary>
public sealed class PowerDnsServer : IAsyncDisposable
{
    public const string Package = "packages pdns-server and pdns-backend-sqlite3";

    private const string Schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";

    private readonly OwnAddress _address = OwnAddress.Take();
    private readonly string _folder = Directory.CreateTempSubdirectory("mtasts-pdns-").FullName;
    private readonly int _apiPort;
    private ChildProcess? _server;

    private PowerDnsServer()
    {
        EndPoint = new IPEndPoint(_address.Address, _address.FreePort());
        _apiPort = _address.FreePort();
    }

    /// <summary>Over UDP and TCP.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Where the HTTP API is: below it `api/v1/servers/localhost/zones/ZONE.`.</summary>
    public Uri ApiUrl => new(string.Create(CultureInfo.InvariantCulture, $"http://{_address.Address}:{_apiPort}/"));

    /// <summary>What the API wants as `X-API-Key`.</summary>
    public string ApiKey { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>The process, for waits that fail with PowerDNS's log.</summary>
    public ChildProcess Running => _server ?? throw new InvalidOperationException("Not started.");

    /// <param name="zones">Records of each zone as in a zone file, relative to it; SOA and NS are added.</param>
    /// <param name="keys">May each update the zones that they say.</param>
    public static async Task<PowerDnsServer> StartAsync(IReadOnlyDictionary<string, string> zones, params IReadOnlyList<UpdateKey> keys)
    {
        string program = Requires.Program("pdns_server", Package);
        Requires.Program("pdnsutil", Package);
        Requires.Program("sqlite3", "package sqlite3");
        Requires.Program(Schema, Package);
        PowerDnsServer server = new();
        try
        {
            await server.StartAsync(program, zones, keys);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
        _address.Dispose();
    }

    private async Task StartAsync(string program, IReadOnlyDictionary<string, string> zones, IReadOnlyList<UpdateKey> keys)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "pdns.conf"), Configuration());
        await RunAsync("sqlite3", Path.Combine(_folder, "pdns.db"), $".read {Schema}");
        foreach (UpdateKey key in keys)
        {
            await UtilAsync("import-tsig-key", key.Name, key.Algorithm, key.Secret);
        }

        foreach ((string zone, string records) in zones)
        {
            string file = Path.Combine(_folder, "zone");
            await File.WriteAllTextAsync(file, ZoneFile.Text(zone, records));
            await UtilAsync("load-zone", zone, file);
            await UtilAsync(["set-meta", zone, "TSIG-ALLOW-DNSUPDATE", .. keys.Where(key => key.MayWrite(zone)).Select(key => key.Name)]);
            await UtilAsync(["set-meta", zone, "TSIG-ALLOW-AXFR", .. keys.Where(key => key.MayWrite(zone) && key.MayTransfer).Select(key => key.Name)]);
            // The same rule for both ways; otherwise an update over DNS sets a serial of its date (docs: SOA-EDIT-DNSUPDATE).
            await UtilAsync("set-meta", zone, "SOA-EDIT-DNSUPDATE", "INCREASE");
            await UtilAsync("set-meta", zone, "SOA-EDIT-API", "INCREASE");
        }

        _server = await ChildProcess.StartAsync(program, [$"--config-dir={_folder}", "--daemon=no", "--guardian=no", "--disable-syslog"]);
        await _server.WaitForOutputAsync("Done launching threads");
    }

    // No caches: a change is to be seen at once. No question for advisories: tests ask nobody outside.
    private string Configuration() => string.Create(CultureInfo.InvariantCulture, $"""
        launch=gsqlite3
        gsqlite3-database={_folder}/pdns.db
        local-address={EndPoint.Address}
        local-port={EndPoint.Port}
        socket-dir={_folder}
        write-pid=no
        receiver-threads=1
        cache-ttl=0
        query-cache-ttl=0
        negquery-cache-ttl=0
        zone-cache-refresh-interval=0
        security-poll-suffix=
        dnsupdate=yes
        allow-dnsupdate-from=127.0.0.0/8
        api=yes
        api-key={ApiKey}
        webserver=yes
        webserver-address={EndPoint.Address}
        webserver-port={_apiPort}
        webserver-allow-from=127.0.0.0/8

        """);

    private Task UtilAsync(params string[] arguments) => RunAsync("pdnsutil", [$"--config-dir={_folder}", .. arguments]);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        CommandResult result = await ChildProcess.RunAsync(program, arguments);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {arguments[^1]} ended with {result.ExitCode}: {result.Output}");
        }
    }
}
