using System.Net;
using MtaSts.Testing;

namespace MtaSts.Dns.Tests.Real;

/// <summary>A real server with the zones `example.test` and `other.test`, for all tests of a class; each test has names of its own.</summary>
public abstract class UpdateServer : IAsyncLifetime
{
    internal const string Zone = "example.test";
    internal const string Records = "taken TXT \"old\"\nalias CNAME taken\n";

    internal const string OtherZone = "other.test";

    /// <summary>Each may write everything.</summary>
    internal IReadOnlyList<UpdateKey> Keys { get; } =
        [.. new[] { "hmac-sha256", "hmac-sha384", "hmac-sha512" }.Select(algorithm => UpdateKey.Create("k-" + algorithm, algorithm))];

    /// <summary>May write TXT at `_mta-sts` and below, where the server can limit that.</summary>
    internal UpdateKey Limited { get; } = UpdateKey.Create("limited") with { Types = ["TXT"], Below = "_mta-sts" };

    /// <summary>May write in the other zone only.</summary>
    internal UpdateKey OfOtherZone { get; } = UpdateKey.Create("of-other-zone") with { Zones = [OtherZone] };

    internal abstract IPEndPoint EndPoint { get; }

    protected IReadOnlyList<UpdateKey> AllKeys => [.. Keys, Limited, OfOtherZone];

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    internal DnsUpdateClient Client(UpdateKey? key = null, TimeProvider? time = null)
    {
        key ??= Keys[0];
        return new DnsUpdateClient(EndPoint, TsigKey.Parse(key.Name, key.Algorithm, key.Secret), time ?? TimeProvider.System, TimeSpan.FromSeconds(60));
    }

    /// <summary>What `dig` sees, over TCP: the answers to all questions, in order.</summary>
    internal async Task<IReadOnlyList<string>> DigAsync(params IEnumerable<(DnsName Name, string Type)> questions)
    {
        var dig = Requires.Program("dig", "package bind9-dnsutils");
        List<string> arguments = [$"@{EndPoint.Address}", "-p", $"{EndPoint.Port}", "+tcp", "+keepopen", "+norecurse", "+short", "+timeout=20", "+tries=1"];
        arguments.AddRange(questions.SelectMany(question => new[] { "-q", question.Name.ToString(), "-t", question.Type }));
        var result = await ChildProcess.RunAsync(dig, arguments);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

public sealed class BindUpdateServer : UpdateServer
{
    private BindServer? _server;

    internal override IPEndPoint EndPoint => _server!.EndPoint;

    public override async ValueTask InitializeAsync() => _server = await BindServer.StartAsync(new Dictionary<string, string?> { [Zone] = Records, [OtherZone] = "" }, AllKeys);

    public override ValueTask DisposeAsync() => _server is null ? default : _server.DisposeAsync();
}

public sealed class KnotUpdateServer : UpdateServer
{
    private KnotServer? _server;

    internal override IPEndPoint EndPoint => _server!.EndPoint;

    public override async ValueTask InitializeAsync() => _server = await KnotServer.StartAsync(new Dictionary<string, string> { [Zone] = Records, [OtherZone] = "" }, AllKeys);

    public override ValueTask DisposeAsync() => _server is null ? default : _server.DisposeAsync();
}

public sealed class PowerDnsUpdateServer : UpdateServer
{
    private PowerDnsServer? _server;

    internal PowerDnsServer Server => _server!;

    internal override IPEndPoint EndPoint => _server!.EndPoint;

    public override async ValueTask InitializeAsync() => _server = await PowerDnsServer.StartAsync(new Dictionary<string, string> { [Zone] = Records, [OtherZone] = "" }, AllKeys);

    public override ValueTask DisposeAsync() => _server is null ? default : _server.DisposeAsync();
}
