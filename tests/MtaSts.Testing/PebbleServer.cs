using System.Globalization;
using System.Net;
using System.Text.Json;

namespace MtaSts.Testing;

/// <summary>
/// Pebble, the ACME CA (RFC 8555) that Let's Encrypt makes for tests, on an address of the test's own. Everything it knows, its issuing CA
/// too, is lost when it is started again; address, ports and the certificate of its own endpoint stay.
/// </summary>
public sealed class PebbleServer : IAsyncDisposable
{
    public const string Package = "package pebble";

    private readonly string _program;
    private readonly string _folder = Directory.CreateTempSubdirectory("mtasts-pebble-").FullName;
    private readonly string _acme;
    private readonly string _managementEndpoint;
    private readonly string _dnsEndpoint;
    private ChildProcess? _server;

    private PebbleServer(string program, OwnAddress at, string dnsEndpoint, PebbleOptions options)
    {
        _program = program;
        _acme = at.At(at.FreePort());
        _managementEndpoint = at.At(at.FreePort());
        _dnsEndpoint = dnsEndpoint;
        Options = options;
        EndpointCertificate.Write(_folder, at.Address);
        Management = TrustingClient.Create(EndpointCaFile);
        Management.BaseAddress = new Uri($"https://{_managementEndpoint}/");
    }

    public PebbleOptions Options { get; private set; }

    public Uri DirectoryUrl => new($"https://{_acme}/dir");

    /// <summary>PEM file: what a client of the ACME API must trust.</summary>
    public string EndpointCaFile => Path.Combine(_folder, EndpointCertificate.CaFile);

    /// <summary>Pebble's management API: `roots/N`, `intermediates/N`, `cert-status-by-serial/HEX`.</summary>
    public HttpClient Management { get; }

    /// <summary>What it has logged since its last start.</summary>
    public string Output => Running.Output;

    /// <summary>Orders that were made since its last start, by its log.</summary>
    public int Orders => Count("Added order ");

    /// <summary>Certificates that were issued since its last start, by its log.</summary>
    public int Certificates => Count("Issued certificate serial ");

    /// <summary>Accounts that were made since its last start, by its log.</summary>
    public int Accounts => Count(" accounts in memory");

    /// <summary>The process, for waits that fail with Pebble's log.</summary>
    public ChildProcess Running => _server ?? throw new InvalidOperationException("Not started.");

    public static Task<PebbleServer> StartAsync(OwnAddress at, ChallTestServer dns, PebbleOptions options) =>
        StartAsync(at, dns.DnsEndpoint, options);

    /// <param name="at">Where it listens.</param>
    /// <param name="dnsEndpoint">`ADDRESS:PORT` of the DNS server that it asks.</param>
    /// <param name="options">How it behaves.</param>
    public static async Task<PebbleServer> StartAsync(OwnAddress at, string dnsEndpoint, PebbleOptions options)
    {
        PebbleServer pebble = new(Requires.Program("pebble", Package), at, dnsEndpoint, options);
        try
        {
            await pebble.StartAsync();
        }
        catch
        {
            await pebble.DisposeAsync();
            throw;
        }

        return pebble;
    }

    /// <summary>Ends it: the CA is away until <see cref="StartAsync()"/>.</summary>
    public Task StopAsync() => Running.StopAsync(PosixSignalNumber.Kill);

    /// <summary>Ends it and starts it again at the same place, with nothing that it knew.</summary>
    public async Task RestartAsync(PebbleOptions? options = null)
    {
        await StopAsync();
        Options = options ?? Options;
        await StartAsync();
    }

    public async Task StartAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        string configuration = Path.Combine(_folder, "pebble.json");
        await File.WriteAllTextAsync(configuration, JsonSerializer.Serialize(new
        {
            pebble = new
            {
                listenAddress = _acme,
                managementListenAddress = _managementEndpoint,
                certificate = Path.Combine(_folder, EndpointCertificate.File),
                privateKey = Path.Combine(_folder, EndpointCertificate.KeyFile),
                httpPort = Options.HttpPort,
                tlsPort = Options.TlsPort,
                ocspResponderURL = "",
                certificateValidityPeriod = Options.ValiditySeconds,
                domainBlocklist = Options.Blocklist,
                externalAccountBindingRequired = Options.ExternalAccounts.Count > 0,
                externalAccountMACKeys = Options.ExternalAccounts,
            },
        }));
        _server = await ChildProcess.StartAsync(
            _program, ["-config", configuration, "-dnsserver", _dnsEndpoint, $"-strict={(Options.Strict ? "true" : "false")}"], Environment());
        await _server.WaitUntilAsync(AnswersAsync, "Pebble gives its directory and its root");
    }

    /// <summary>PEM of the roots that its certificates lead to since its last start, one for each chain; the first is that of the default chain.</summary>
    public async Task<IReadOnlyList<string>> RootPemsAsync()
    {
        List<string> roots = [];
        for (int number = 0; number <= Options.AlternateRoots; number++)
        {
            roots.Add(await Management.GetStringAsync(string.Create(CultureInfo.InvariantCulture, $"roots/{number}")));
        }

        return roots;
    }

    /// <summary>Writes the root of the default chain anew; what policy fetchers trust.</summary>
    /// <returns>The path, the same each time.</returns>
    public async Task<string> WriteRootAsync()
    {
        string file = Path.Combine(_folder, "issuer-root.pem");
        await File.WriteAllTextAsync(file, (await RootPemsAsync())[0]);
        return file;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Management.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private int Count(string inLog) => Output.Split(inLog).Length - 1;

    private Dictionary<string, string?> Environment() => new()
    {
        ["PEBBLE_WFE_NONCEREJECT"] = Text(Options.RefusedNonces),
        ["PEBBLE_AUTHZREUSE"] = Text(Options.ReusedAuthorizations),
        ["PEBBLE_VA_NOSLEEP"] = Options.ValidationSleepSeconds == 0 ? "1" : null,
        ["PEBBLE_VA_SLEEPTIME"] = Options.ValidationSleepSeconds == 0 ? null : Text(Options.ValidationSleepSeconds),
        ["PEBBLE_VA_ALWAYS_VALID"] = null,
        ["PEBBLE_ALTERNATE_ROOTS"] = Text(Options.AlternateRoots),
        ["PEBBLE_CHAIN_LENGTH"] = Text(Options.ChainLength),
        ["PEBBLE_WFE_ORDERS_PER_PAGE"] = Text(Options.OrdersPerPage),
    };

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using HttpResponseMessage directory = await Management.GetAsync(DirectoryUrl);
            using HttpResponseMessage root = await Management.GetAsync("roots/0");
            return directory.StatusCode == HttpStatusCode.OK && root.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
