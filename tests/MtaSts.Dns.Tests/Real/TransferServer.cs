using System.Net;
using MtaSts.Testing;

namespace MtaSts.Dns.Tests.Real;

/// <summary>A real server with a zone of several messages for one key, and a small one for everybody.</summary>
public abstract class TransferServer : IAsyncLifetime
{
    internal const string Zone = "big.test";
    internal const string OpenZone = "open.test";
    internal const int Names = 5000;

    internal static string TextOf(int number) => $"\"v=STSv1; id=2026010100000{number:D4};\"";

    /// <summary>Each may fetch the big zone.</summary>
    internal IReadOnlyList<UpdateKey> Keys { get; } =
        [.. new[] { "hmac-sha256", "hmac-sha384", "hmac-sha512" }.Select(algorithm => UpdateKey.Create("k-" + algorithm, algorithm) with { Zones = [Zone] })];

    /// <summary>May write the big zone, and not fetch it.</summary>
    internal UpdateKey Writer { get; } = UpdateKey.Create("writer") with { Zones = [Zone], MayTransfer = false };

    /// <summary>May fetch the big zone, and write only some of it.</summary>
    internal UpdateKey Limited { get; } = UpdateKey.Create("limited") with { Zones = [Zone], Types = ["TXT"], Below = "_mta-sts" };

    internal abstract IPEndPoint EndPoint { get; }

    protected IReadOnlyList<UpdateKey> AllKeys => [.. Keys, Writer, Limited];

    protected static Dictionary<string, string> Zones { get; } = new()
    {
        [Zone] = string.Join('\n', Enumerable.Range(0, Names).Select(number => $"n{number:D4}._mta-sts TXT {TextOf(number)}")),
        [OpenZone] = "a A 192.0.2.1\na AAAA 2001:db8::1\na CAA 0 issue \"ca.example\"\nb CNAME a",
    };

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();
}

public sealed class BindTransferServer : TransferServer
{
    private BindServer? _server;

    internal override IPEndPoint EndPoint => _server!.EndPoint;

    public override async ValueTask InitializeAsync() => _server = await BindServer.StartAsync(Zones.ToDictionary(zone => zone.Key, zone => (string?)zone.Value), AllKeys);

    public override ValueTask DisposeAsync() => _server is null ? default : _server.DisposeAsync();
}

public sealed class KnotTransferServer : TransferServer
{
    private KnotServer? _server;

    internal override IPEndPoint EndPoint => _server!.EndPoint;

    public override async ValueTask InitializeAsync() => _server = await KnotServer.StartAsync(Zones, AllKeys);

    public override ValueTask DisposeAsync() => _server is null ? default : _server.DisposeAsync();
}

public sealed class PowerDnsTransferServer : TransferServer
{
    private PowerDnsServer? _server;

    internal override IPEndPoint EndPoint => _server!.EndPoint;

    public override async ValueTask InitializeAsync() => _server = await PowerDnsServer.StartAsync(Zones, AllKeys);

    public override ValueTask DisposeAsync() => _server is null ? default : _server.DisposeAsync();
}
