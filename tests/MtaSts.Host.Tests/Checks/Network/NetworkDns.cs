using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Checks.Network;

/// <summary>
/// DNS of the test network by BIND: ns1.dns.test has all zones from the root down, ns2.dns.test only what the table says, and a resolver at 127.0.0.1
/// asks them. Some zones are signed; the resolver holds their keys.
/// </summary>
internal sealed partial class NetworkDns : IAsyncDisposable
{
    public const string First = "11.0.53.1";
    public const string Second = "11.0.53.2";

    private readonly ClientNetwork _network;
    private readonly List<ChildProcess> _servers = [];

    private NetworkDns(ClientNetwork network) => _network = network;

    /// <param name="network">Where its servers run.</param>
    /// <param name="table">What they say.</param>
    /// <param name="chains">PEM files by mail server: `{key of NAME}` in a zone is SHA-256 of its key, as in TLSA records.</param>
    public static async Task<NetworkDns> StartAsync(ClientNetwork network, NetworkTable table, IReadOnlyDictionary<string, string> chains)
    {
        var dns = new NetworkDns(network);
        try
        {
            await dns.StartAllAsync(table, chains);
            return dns;
        }
        catch
        {
            await dns.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private async Task StartAllAsync(NetworkTable table, IReadOnlyDictionary<string, string> chains)
    {
        var first = new Dictionary<string, string>
        {
            ["."] = "test. NS ns1.dns.test.",
            ["test"] = string.Join('\n', table.Cases.Select(one => $"{one.Name} NS ns1.dns.test.")) + "\ndns NS ns1.dns.test.\nmx NS ns1.dns.test.",
            ["dns.test"] = $"ns1 A {First}\nns2 A {Second}\nns3 A 11.0.53.3\nns5 A 10.0.53.5",
            ["mx.test"] = string.Join('\n', [.. table.MailServers.Select(server => Address(server.Name, server.Address)), "@ MX 10 good", .. table.MailZone]),
        };
        var second = new Dictionary<string, string> { ["second.test"] = "" };
        var remembered = new Dictionary<string, string>();
        var anchors = new List<string>();
        foreach (var one in table.Cases)
        {
            first[one.Domain] = KeyOf().Replace(Records(one, one.Sts, one.TlsRpt), found => KeyDigest(chains[found.Groups[1].Value]));
            if (one.SecondSts is not null || one.SecondTlsRpt is not null)
            {
                second[one.Domain] = Records(one, one.SecondSts ?? one.Sts, one.SecondTlsRpt ?? one.TlsRpt);
            }

            if (one.RememberedSts is { } old)
            {
                remembered[one.Domain] = Records(one, old, one.TlsRpt);
            }
        }

        await StartAsync("ns1", $"listen-on {{ {First}; }}; recursion no;", first, table.Cases.Where(one => one.Dnssec is not null), anchors);
        await StartAsync("ns2", $"listen-on {{ {Second}; }}; recursion no;", second, [], []);
        // «The root's servers» is the one that is there; no such zone is asked outside.
        await StartAsync(
            "resolver",
            "listen-on { 127.0.0.1; }; recursion yes; allow-recursion { any; }; empty-zones-enable no; dnssec-validation yes; qname-minimization off;",
            remembered,
            [],
            [],
            $$"""
            zone "." { type hint; file "hints"; };
            trust-anchors { {{string.Join('\n', anchors)}} };
            """);
    }

    private async Task StartAsync(string name, string options, Dictionary<string, string> zones, IEnumerable<NetworkCase> signed, List<string> anchors, string more = "")
    {
        var folder = Directory.CreateDirectory(Path.Combine(_network.Folder, name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "hints"), $". 3600 NS ns1.dns.test.\nns1.dns.test. 3600 A {First}\n");
        foreach (var (zone, records) in zones)
        {
            var text = $"$ORIGIN {zone.TrimEnd('.')}.\n$TTL 60\n@ SOA ns1.dns.test. hostmaster.dns.test. 1 3600 600 604800 30\n{(records.Contains("@ NS ", StringComparison.Ordinal) ? "" : "@ NS ns1.dns.test.\n")}{records}\n";
            await File.WriteAllTextAsync(Path.Combine(folder, FileOf(zone)), text);
        }

        foreach (var one in signed)
        {
            anchors.Add(await SignAsync(folder, one));
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "named.conf"), $$"""
            options {
                directory "{{folder}}";
                pid-file none;
                session-keyfile "{{folder}}/session.key";
                managed-keys-directory "{{folder}}";
                listen-on-v6 { none; };
                {{(more.Length == 0 ? "dnssec-validation no;" : "")}}
                notify no;
                {{options}}
            };
            controls { };
            {{string.Join('\n', zones.Keys.Select(zone => $"zone \"{zone}\" {{ type primary; file \"{FileOf(zone)}\"; }};"))}}
            {{more}}

            """);
        var named = await _network.StartAsync(Requires.Program("named", "package bind9"), ["-g", "-n", "1", "-c", Path.Combine(folder, "named.conf")]);
        _servers.Add(named);
        await named.WaitForOutputAsync(" running\n");
        if (named.Output.Contains("not loaded due to errors", StringComparison.Ordinal) || named.Output.Contains("interface ignored", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{name} is not as it should be:\n{named.Output}");
        }
    }

    /// <returns>The key as a line for `trust-anchors`.</returns>
    private static async Task<string> SignAsync(string folder, NetworkCase one)
    {
        var file = FileOf(one.Domain);
        var key = (await RunAsync(folder, Requires.Program("dnssec-keygen", "package bind9-utils"), "-a", "ECDSAP256SHA256", "-f", "KSK", one.Domain)).Trim();
        if (one.Dnssec == "good")
        {
            // One key for all: this is no place for rolling keys.
            await RunAsync(folder, Requires.Program("dnssec-signzone", "package bind9-utils"), "-S", "-z", "-o", one.Domain, "-f", file, file);
            if (one.Forged is [var text, var forged])
            {
                var signedZone = await File.ReadAllTextAsync(Path.Combine(folder, file));
                var altered = signedZone.Replace(text, forged, StringComparison.Ordinal);
                await File.WriteAllTextAsync(Path.Combine(folder, file), altered != signedZone ? altered : throw new InvalidOperationException($"{text} is not in\n{signedZone}"));
            }
        }

        var line = (await File.ReadAllLinesAsync(Path.Combine(folder, key + ".key"))).Single(found => !found.StartsWith(';')).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return $"{line[0]} static-key {line[3]} {line[4]} {line[5]} \"{string.Concat(line[6..])}\";";
    }

    private static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(program, arguments, workingDirectory: folder);
        return result.ExitCode == 0 ? result.StandardOutput : throw new InvalidOperationException(result.Output);
    }

    private static string KeyDigest(string chain)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Path.ChangeExtension(chain, ".pem"));
        return Convert.ToHexString(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    [GeneratedRegex(@"\{key of (\w+)\}")]
    private static partial Regex KeyOf();

    private static string FileOf(string zone) => $"zone.{zone.TrimEnd('.')}";

    private static string Records(NetworkCase one, IReadOnlyList<string> sts, IReadOnlyList<string> tlsRpt) => string.Join('\n',
    [
        .. sts.Select(text => $"_mta-sts TXT {text}"),
        .. tlsRpt.Select(text => $"_smtp._tls TXT {text}"),
        .. one.Host.Select(address => Address("mta-sts", address)),
        .. one.MxNames.Select((mx, index) => $"@ MX {10 * (index + 1)} {mx}."),
        .. one.Zone,
    ]);

    private static string Address(string name, string address) => $"{name} {(IPAddress.Parse(address).AddressFamily == AddressFamily.InterNetworkV6 ? "AAAA" : "A")} {address}";
}
