using System.Net;
using System.Net.Sockets;
using MtaSts.Dns;
using MtaSts.Host.DnsRecords.Server;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Server;

/// <summary>Questions as bytes, a zone to ask, and ways to ask.</summary>
internal static class Asking
{
    public const string ZoneName = "sts.provider.test";

    // 26 characters, as all labels.
    public const string Label = "abcdefghijklmnopqrstuvwxy2";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    public static Zone NewZone() => new(ZoneName, ["ns1.provider.test", "ns2.provider.test"], "");

    public static Zone With(this Zone zone, string name, DnsType type, uint timeToLive, params string[] lines)
    {
        var place = zone.Find(DnsName.Parse(name).Wire);
        Assert.Equal(ZonePlaceKind.Label, place.Kind);
        zone.Records.Put(place.Label, RecordSet.Of(place.Part, type, timeToLive, lines));
        return zone;
    }

    public static byte[] Question(string name, DnsType type, OptData? edns = null, DnsFlags flags = DnsFlags.None, DnsClass value = DnsClass.In) => new DnsMessage
    {
        Id = 4711,
        Flags = flags,
        Question = new DnsQuestion(DnsName.Parse(name), type, value),
        Additionals = edns is null ? [] : [edns.ToRecord()],
    }.ToBytes();

    /// <summary>The answer's bytes as the pure function gives them; null: none.</summary>
    public static byte[]? Bytes(Zone zone, byte[] question, bool overTcp = false)
    {
        var writer = new DnsWriter(new byte[overTcp ? DnsReader.MaxMessageLength : OptData.SafePayloadSize]);
        return ZoneAnswers.Answer(zone, question, overTcp, writer).Kind == ReplyKind.None ? null : writer.Written.ToArray();
    }

    public static DnsMessage Ask(Zone zone, byte[] question, bool overTcp = false) => DnsMessage.Read(Bytes(zone, question, overTcp));

    /// <summary>Asks a server; only what comes from the address that was asked is taken.</summary>
    public static async Task<DnsMessage> AskUdpAsync(IPEndPoint server, byte[] question)
    {
        using var bound = new CancellationTokenSource(Bound);
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, bound.Token);
        await socket.SendAsync(question, bound.Token);
        var answer = new byte[DnsReader.MaxMessageLength];
        return DnsMessage.Read(answer.AsSpan(0, await socket.ReceiveAsync(answer, bound.Token)));
    }

    public static async Task<DnsMessage> AskTcpAsync(IPEndPoint server, byte[] question)
    {
        using var connection = await TcpClientOfDns.OpenAsync(server);
        await connection.SendAsync(question);
        return await connection.ReceiveAsync() ?? throw new EndOfStreamException();
    }
}

/// <summary>One connection, driven byte by byte where a test wants that.</summary>
internal sealed class TcpClientOfDns : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _bound = new(Bound);

    private TcpClientOfDns(Socket socket) => Socket = socket;

    public Socket Socket { get; }

    public static async Task<TcpClientOfDns> OpenAsync(EndPoint server, IPAddress? from = null)
    {
        var connection = new TcpClientOfDns(new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        if (from is not null)
        {
            connection.Socket.Bind(new IPEndPoint(from, 0));
        }

        await connection.Socket.ConnectAsync(server, connection._bound.Token);
        return connection;
    }

    public Task SendAsync(byte[] message) => SendRawAsync([(byte)(message.Length >> 8), (byte)message.Length, .. message]);

    public async Task SendRawAsync(byte[] octets)
    {
        for (ReadOnlyMemory<byte> rest = octets; !rest.IsEmpty;)
        {
            rest = rest[await Socket.SendAsync(rest, _bound.Token)..];
        }
    }

    /// <returns>Null: the server closed the connection.</returns>
    public async Task<DnsMessage?> ReceiveAsync()
    {
        try
        {
            return await ReadAsync(2) is [var high, var low] && await ReadAsync(high << 8 | low) is { } message ? DnsMessage.Read(message) : null;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    public void Dispose()
    {
        Socket.Dispose();
        _bound.Dispose();
    }

    private async Task<byte[]?> ReadAsync(int count)
    {
        var octets = new byte[count];
        for (var done = 0; done < count;)
        {
            var more = await Socket.ReceiveAsync(octets.AsMemory(done), _bound.Token);
            if (more == 0)
            {
                return null;
            }

            done += more;
        }

        return octets;
    }
}
