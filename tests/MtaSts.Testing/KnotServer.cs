using System.Net;

namespace MtaSts.Testing;

/// <summary>Knot DNS with the zones of a test, on an address of its own; takes updates that are signed with the keys given, and transfers a zone to them; one without keys to everybody.</summary>
public sealed class KnotServer : IAsyncDisposable
{
    public const string Package = "package knot";

    private readonly OwnAddress _address = OwnAddress.Take();
    private readonly string _folder = Directory.CreateTempSubdirectory("mtasts-knot-").FullName;
    private ChildProcess? _knotd;

    private KnotServer() => EndPoint = new IPEndPoint(_address.Address, _address.FreePort());

    /// <summary>Over UDP and TCP.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The process, for waits that fail with Knot's log.</summary>
    public ChildProcess Running => _knotd ?? throw new InvalidOperationException("Not started.");

    /// <param name="zones">Records of each zone as in a zone file, relative to it; SOA and NS are added.</param>
    /// <param name="keys">May each update the zones, as far as they say.</param>
    public static async Task<KnotServer> StartAsync(IReadOnlyDictionary<string, string> zones, params IReadOnlyList<UpdateKey> keys)
    {
        string program = Requires.Program("knotd", Package);
        KnotServer knot = new();
        try
        {
            await knot.StartAsync(program, zones, keys);
        }
        catch
        {
            await knot.DisposeAsync();
            throw;
        }

        return knot;
    }

    public async ValueTask DisposeAsync()
    {
        if (_knotd is not null)
        {
            await _knotd.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
        _address.Dispose();
    }

    private async Task StartAsync(string program, IReadOnlyDictionary<string, string> zones, IReadOnlyList<UpdateKey> keys)
    {
        List<string> configuration = [Server()];
        if (keys.Count > 0)
        {
            configuration.AddRange(["key:", .. keys.Select(Key)]);
        }

        configuration.AddRange(["acl:", .. keys.Select(Acl), "  - id: everybody\n    action: transfer"]);

        configuration.Add("zone:");
        foreach ((string zone, string records) in zones)
        {
            string file = $"zone{configuration.Count}";
            await File.WriteAllTextAsync(Path.Combine(_folder, file), ZoneFile.Text(zone, records));
            configuration.Add(Zone(zone, file, keys));
        }

        // Without it Knot starts, and answers each update with SERVFAIL.
        Directory.CreateDirectory(Path.Combine(_folder, "db"));
        string path = Path.Combine(_folder, "knot.conf");
        await File.WriteAllLinesAsync(path, configuration);
        _knotd = await ChildProcess.StartAsync(program, ["-c", path]);
        await _knotd.WaitForOutputAsync("server started");
    }

    private string Server() => $"""
        server:
            rundir: "{_folder}"
            listen: {EndPoint.Address}@{EndPoint.Port}
            udp-workers: 1
            tcp-workers: 1
            background-workers: 1
        log:
          - target: stderr
            any: info
        database:
            storage: "{_folder}/db"
        """;

    private static string Key(UpdateKey key) => $"""
          - id: {key.Name}
            algorithm: {key.Algorithm}
            secret: {key.Secret}
        """;

    private static string Acl(UpdateKey key)
    {
        string types = key.Types.Count == 0 ? "" : $"\n    update-type: [{string.Join(", ", key.Types)}]";
        string names = key.Below is null ? "" : $"\n    update-owner: name\n    update-owner-match: sub-or-equal\n    update-owner-name: [{key.Below}]";
        return $"  - id: {key.Name}\n    key: {key.Name}\n    action: [update{(key.MayTransfer ? ", transfer" : "")}]{types}{names}";
    }

    private string Zone(string zone, string file, IReadOnlyList<UpdateKey> keys) => $"""
          - domain: {zone}
            storage: "{_folder}"
            file: {file}
            acl: [{string.Join(", ", keys.Where(key => key.MayWrite(zone)).Select(key => key.Name).DefaultIfEmpty("everybody"))}]
            zonefile-sync: -1
            zonefile-load: difference
            serial-policy: increment
        """;
}
