using System.Net;

namespace MtaSts.Testing;

/// <summary>
/// BIND 9 with the zones of a test, authoritative for all of DNS: it has a root zone of its own, so that every other name is NXDOMAIN. It takes updates
/// that are signed with the keys given, and transfers a zone to them; one without keys to everybody. Or a resolver in front of such a one.
/// </summary>
public sealed class BindServer : IAsyncDisposable
{
    private const int Starts = 5;

    private readonly string _folder;
    private readonly ChildProcess _named;

    private BindServer(string folder, ChildProcess named, IPEndPoint endPoint)
    {
        _folder = folder;
        _named = named;
        EndPoint = endPoint;
    }

    /// <summary>Over UDP and TCP.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>As a setting: `host:port`.</summary>
    public string Address => EndPoint.ToString();

    /// <param name="zones">Records of each zone as in a zone file, relative to it; SOA and NS are added. Null: a secondary whose primary never answers, so that all its names are SERVFAIL.</param>
    /// <param name="keys">May each update the zones, as far as they say; never the root.</param>
    public static Task<BindServer> StartAsync(IReadOnlyDictionary<string, string?> zones, params IReadOnlyList<UpdateKey> keys) => StartAsync(
        "recursion no;",
        async (folder, endPoint) => [.. keys.Select(Key), .. await WriteZonesAsync(folder, endPoint, zones, keys)]);

    /// <summary>A resolver as a provider has one: it follows CNAMEs, remembers, and asks <paramref name="authority"/> for everything.</summary>
    public static Task<BindServer> StartResolverAsync(BindServer authority) => StartResolverAsync(authority.EndPoint);

    /// <summary>The same in front of any server.</summary>
    public static Task<BindServer> StartResolverAsync(IPEndPoint authority) => StartAsync(
        $"recursion yes; allow-recursion {{ any; }}; empty-zones-enable no; forward only; forwarders {{ {authority.Address} port {authority.Port}; }};",
        (folder, endPoint) => Task.FromResult<IEnumerable<string>>([]));

    /// <summary>A resolver that has the zones given, and follows the delegations in them to servers at <paramref name="port"/> instead of 53.</summary>
    public static Task<BindServer> StartDelegatingAsync(IReadOnlyDictionary<string, string?> zones, int port) => StartAsync(
        $"port {port}; recursion yes; allow-recursion {{ any; }}; empty-zones-enable no;",
        (folder, endPoint) => WriteZonesAsync(folder, endPoint, zones, []));

    public async ValueTask DisposeAsync()
    {
        await _named.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<BindServer> StartAsync(string options, Func<string, IPEndPoint, Task<IEnumerable<string>>> zones)
    {
        string program = Requires.Program("named", "package bind9");
        string folder = Directory.CreateTempSubdirectory("mtasts-named-").FullName;
        for (int start = 1; ; start++)
        {
            // It listens at addresses of interfaces only, so not at all of 127.0.0.0/8.
            IPEndPoint endPoint = new(IPAddress.Loopback, FreePort.Next());
            await File.WriteAllLinesAsync(Path.Combine(folder, "named.conf"), [Options(folder, endPoint, options), .. await zones(folder, endPoint)]);
            ChildProcess named = await ChildProcess.StartAsync(program, ["-g", "-n", "1", "-c", Path.Combine(folder, "named.conf")]);
            try
            {
                await named.WaitForOutputAsync(" running\n");
                // It runs on without a listener where the address is taken.
                if (!named.Output.Contains("interface ignored", StringComparison.Ordinal))
                {
                    return new BindServer(folder, named, endPoint);
                }

                await named.DisposeAsync();
            }
            catch
            {
                await named.DisposeAsync();
                Directory.Delete(folder, recursive: true);
                throw;
            }

            if (start == Starts)
            {
                Directory.Delete(folder, recursive: true);
                throw new InvalidOperationException($"BIND found no free port in {Starts} starts:\n{named.Output}");
            }
        }
    }

    private static string Options(string folder, IPEndPoint endPoint, string more) => $$"""
        options {
            directory "{{folder}}";
            pid-file none;
            session-keyfile "{{folder}}/session.key";
            managed-keys-directory "{{folder}}";
            listen-on port {{endPoint.Port}} { {{endPoint.Address}}; };
            listen-on-v6 { none; };
            reuseport no;
            dnssec-validation no;
            notify no;
            {{more}}
        };
        controls { };
        """;

    private static string Key(UpdateKey key) => $"key \"{key.Name}\" {{ algorithm {key.Algorithm}; secret \"{key.Secret}\"; }};";

    private static string Grant(UpdateKey key, string zone) =>
        $"grant {key.Name} {(key.Below is null ? "zonesub" : $"subdomain {key.Below}.{zone}.")} {(key.Types.Count == 0 ? "ANY" : string.Join(' ', key.Types))};";

    private static string Transfers(IEnumerable<UpdateKey> keys) => string.Concat(keys.Where(key => key.MayTransfer).Select(key => $"key {key.Name}; ")) + "none;";

    private static async Task<IEnumerable<string>> WriteZonesAsync(
        string folder, IPEndPoint endPoint, IReadOnlyDictionary<string, string?> zones, IReadOnlyList<UpdateKey> keys)
    {
        List<string> configuration = [];
        foreach ((string zone, string? records) in zones.ContainsKey(".") ? zones : zones.Append(new(".", "ns.invalid. A 127.0.0.1")))
        {
            string file = Path.Combine(folder, $"zone{configuration.Count}");
            if (records is null)
            {
                configuration.Add($"zone \"{zone}\" {{ type secondary; file \"{file}\"; primaries {{ {endPoint.Address} port 1; }}; }};");
                continue;
            }

            List<string> grants = [.. keys.Where(key => key.MayWrite(zone) && zone != ".").Select(key => Grant(key, zone))];
            string updates = grants.Count == 0 ? "" : $" update-policy {{ {string.Join(' ', grants)} }}; allow-transfer {{ {Transfers(keys.Where(key => key.MayWrite(zone)))} }};";
            configuration.Add($"zone \"{zone}\" {{ type primary; file \"{file}\";{updates} }};");
            await File.WriteAllTextAsync(file, ZoneFile.Text(zone, records));
        }

        return configuration;
    }
}
