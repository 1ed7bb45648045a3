using System.Net;
using System.Text.Json;
using MtaSts.Host.Checks;
using MtaSts.Host.Tests.Whole;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Network;

/// <summary>
/// A network of its own (namespaces) with public addresses, in which BIND, Postfix, aiosmtpd and nginx are what <see cref="NetworkTable"/> says, and the built service, which has
/// looked at all of its domains; postfix-mta-sts-resolver has too. Nothing in it reaches outside, and it tells the service nothing but its resolver and, as a system does, its roots.
/// </summary>
public sealed class CheckNetwork : IAsyncLifetime
{
    private const string Api = "http://127.0.0.1:8081/api/v1";

    // Of CheckRuns.AtOnce places some stay free.
    private const int ChecksAtOnce = 12;

    // All checks together: the slowest have their own bounds, and go first.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private readonly List<IAsyncDisposable> _running = [];
    private ClientNetwork? _network;
    private NetworkCertificates? _certificates;

    internal NetworkTable Table { get; } = NetworkTable.Read();

    /// <summary>By domain.</summary>
    internal IReadOnlyDictionary<string, CheckReport> Reports { get; private set; } = new Dictionary<string, CheckReport>();

    /// <summary>What postfix-mta-sts-resolver says, by domain.</summary>
    internal IReadOnlyDictionary<string, string> Resolved { get; private set; } = new Dictionary<string, string>();

    public async ValueTask InitializeAsync()
    {
        Requires.Program("mta-sts-query", StsDaemon.Package);
        Requires.Program("aiosmtpd", "package python3-aiosmtpd");
        Requires.Program("curl", "package curl");
        Assert.SkipUnless(System.Net.Sockets.Socket.OSSupportsIPv6, "This machine has no IPv6, not even for itself.");
        // 11.0.0.0/8 and 2a0f:5::/32 are others' addresses on the Internet; here they lead nowhere but to this network.
        _network = await ClientNetwork.StartBareAsync([$"{NetworkDns.First}/32", $"{NetworkDns.Second}/32", "11.0.0.0/16", .. V6Addresses().Select(address => $"{address}/128")]);
        _certificates = new NetworkCertificates(_network.Folder);
        _network.Trust(_certificates.Root);
        var web = new NetworkWeb(_network.Folder, _certificates, Table);
        var chains = Table.MailServers.Where(server => server.Certificate is not null)
            .ToDictionary(server => server.Name, server => _certificates.Issue(server.Certificate!, $"mail-{server.Name}", [$"{server.Name}.mx.test", .. server.Names ?? []]) + ".chain");
        _running.Add(await NetworkDns.StartAsync(_network, Table, chains));
        _running.Add(await NginxServer.StartAsync(_network, await web.WriteAsync()));
        await StartMailAsync(chains);
        await StartServiceAsync();
        Reports = await CheckAllAsync();
        Resolved = await ResolveAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in Enumerable.Reverse(_running))
        {
            await running.DisposeAsync();
        }

        _certificates?.Dispose();
        if (_network is not null)
        {
            await _network.DisposeAsync();
        }
    }

    /// <summary>`mtasts check`, in this network.</summary>
    internal Task<CommandResult> CheckAsync(params string[] arguments) =>
        _network!.RunAsync("dotnet", [ServiceProcess.Program, "check", .. arguments, "--Dns:Resolvers=127.0.0.1"]);

    private IEnumerable<string> V6Addresses() =>
        Table.MailServers.Where(server => server.Program is not null).Select(server => server.Address).Concat(Table.Listeners.Select(listener => listener.Address)).Concat(Table.Web).Where(address => address.Contains(':', StringComparison.Ordinal)).Distinct();

    private async Task StartMailAsync(Dictionary<string, string> chains)
    {
        var services = new List<PostfixService>();
        var others = new List<object>();
        foreach (var server in Table.MailServers)
        {
            var chain = chains.GetValueOrDefault(server.Name);
            if (server.Program == "postfix")
            {
                services.Add(new PostfixService(IPAddress.Parse(server.Address), chain is null ? null : await File.ReadAllTextAsync(chain), server.Settings ?? []));
            }
            else if (server.Program is { } program)
            {
                others.Add(new { server.Address, Port = 25, Program = program, Chain = chain });
            }
        }

        others.AddRange(Table.Listeners.Select(listener => new { listener.Address, listener.Port, listener.Program, Chain = (string?)null }));
        _running.Add(await PostfixServer.StartAsync(_network!, services));
        var file = Path.Combine(_network!.Folder, "servers.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(others, JsonSerializerOptions.Web));
        // Debian's own Python has Debian's packages.
        var python = await _network.StartAsync("/usr/bin/python3", [Path.Combine(NetworkTable.Folder, "servers.py"), file]);
        _running.Add(python);
        await python.WaitForOutputAsync("servers are running\n");
    }

    private async Task StartServiceAsync()
    {
        var settings = new Dictionary<string, string?>(
            ServiceProcess.Settings(Path.Combine(_network!.Folder, "data"), "https://127.0.0.1:8443", "http://127.0.0.1:8080", "http://127.0.0.1:8081"))
        {
            ["Dns__Resolvers"] = "127.0.0.1",
            ["Access__RequestsPerMinute"] = "100000",
        };
        var service = await _network.StartAsync("dotnet", [ServiceProcess.Program], settings);
        _running.Add(service);
        await service.WaitForOutputAsync("Application started.");
    }

    private async Task<Dictionary<string, CheckReport>> CheckAllAsync()
    {
        var reports = new Dictionary<string, CheckReport>();
        // The first is one that is well, and goes alone: what a service does at its first check only is no slow server's fault.
        var ordered = Table.Cases.OrderByDescending(one => one.Slow).ToList();
        var first = Table.Cases.First(one => !one.Slow);
        await CheckAsync([first], reports);
        await CheckAsync([.. ordered.Where(one => one != first)], reports);
        return reports;
    }

    private async Task CheckAsync(IReadOnlyList<NetworkCase> cases, Dictionary<string, CheckReport> reports)
    {
        var file = Path.Combine(_network!.Folder, "checks.curl");
        await File.WriteAllTextAsync(file, string.Join("next\n", cases.Select(one => $$"""
            url = "{{Api}}/checks"
            header = "Authorization: Bearer {{HostApp.AdminKey}}"
            json = "{\"domain\":\"{{one.Domain}}\"}"
            output = "{{ReportOf(one)}}"

            """)));
        await using var curl = await _network.StartAsync("curl", ["-sS", "--parallel", "--parallel-immediate", "--parallel-max", $"{ChecksAtOnce}", "--config", file]);
        var exitCode = await curl.WaitForExitAsync(Longest);
        Assert.True(exitCode == 0, curl.Output);
        foreach (var one in cases)
        {
            var json = await File.ReadAllTextAsync(ReportOf(one));
            Assert.True(json.StartsWith("{\"domain\":", StringComparison.Ordinal), $"{one.Domain}: {json}");
            reports[one.Domain] = JsonSerializer.Deserialize<CheckReport>(json, JsonSerializerOptions.Web)!;
        }
    }

    private string ReportOf(NetworkCase one) => Path.Combine(_network!.Folder, $"{one.Domain}.json");

    private async Task<Dictionary<string, string>> ResolveAllAsync()
    {
        var result = await _network!.RunAsync("/usr/bin/python3", [Path.Combine(NetworkTable.Folder, "resolver.py"), .. Table.Cases.Select(one => one.Domain)]);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(words => words[0], words => words[1]);
    }
}
