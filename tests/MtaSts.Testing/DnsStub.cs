using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MtaSts.Testing;

/// <summary>
/// A DNS server that does what a test says, wrong things most of all. It sends the bytes that the test's function makes of a query; null is silence.
/// Over UDP and TCP at the same port of an address of its own.
/// </summary>
public sealed class DnsStub : IAsyncDisposable
{
    private readonly OwnAddress _own = OwnAddress.Take();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<DnsStubQuery> _queries = new();
    private readonly Func<DnsStubQuery, byte[]?> _answer;
    private readonly UdpClient _udp;
    private readonly TcpListener _tcp;
    private readonly Task _serving;

    /// <param name="answer">What it says; null is silence.</param>
    /// <param name="port">Servers of NS records all listen at one port, each at an address of its own; 0: any.</param>
    public DnsStub(Func<DnsStubQuery, byte[]?> answer, int port = 0)
    {
        _answer = answer;
        EndPoint = new IPEndPoint(_own.Address, port == 0 ? _own.FreePort() : port);
        _tcp = new TcpListener(EndPoint);
        _tcp.Start();
        _udp = new UdpClient(EndPoint);
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>As a setting: `host:port`.</summary>
    public string Address => EndPoint.ToString();

    /// <summary>In the order of their arrival.</summary>
    public IReadOnlyCollection<DnsStubQuery> Queries => _queries;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _serving;
        _stop.Dispose();
        _own.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        try
        {
            while (true)
            {
                UdpReceiveResult received = await _udp.ReceiveAsync(_stop.Token);
                if (Answer(received.Buffer, overTcp: false) is { } answer)
                {
                    await _udp.SendAsync(answer, received.RemoteEndPoint, _stop.Token);
                }
            }
        }
        catch (Exception stopped) when (_stop.IsCancellationRequested && stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeTcpAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ServeConnectionAsync(await _tcp.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception stopped) when (_stop.IsCancellationRequested && stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeConnectionAsync(TcpClient client)
    {
        using TcpClient closing = client;
        try
        {
            NetworkStream stream = client.GetStream();
            byte[] length = new byte[2];
            while (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, _stop.Token) == 2)
            {
                byte[] query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, _stop.Token);
                if (Answer(query, overTcp: true) is { } answer)
                {
                    byte[] framed = new byte[2 + answer.Length];
                    BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)answer.Length);
                    answer.CopyTo(framed, 2);
                    await stream.WriteAsync(framed, _stop.Token);
                }
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client does not wait for what it no longer wants.
        }
    }

    private byte[]? Answer(byte[] bytes, bool overTcp)
    {
        DnsStubQuery query = DnsStubQuery.Read(bytes, overTcp);
        _queries.Enqueue(query);
        return _answer(query);
    }
}
