using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MtaSts.Dns.Tests;

/// <summary>A server that does on each connection what a test says.</summary>
internal sealed class FakePrimary : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Task> _serving = [];
    private readonly Func<FakeConnection, Task> _serve;
    private readonly Task _accepting;
    private int _connections;

    private FakePrimary(Func<FakeConnection, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The function serves a connection, which is closed when it comes back. The client may be gone before that.</summary>
    public static FakePrimary Connected(Func<FakeConnection, Task> serve) => new(serve);

    /// <summary>Answers each message with what the function makes of it, on connections that stay open.</summary>
    public static FakePrimary Answering(Func<byte[], byte[]> answer) => new(async connection =>
    {
        while (true)
        {
            await connection.SendAsync(answer(await connection.ReceiveAsync()));
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_serving);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _serving.Add(ServeAsync(client, Interlocked.Increment(ref _connections)));
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        using (client)
        {
            try
            {
                await _serve(new FakeConnection(client, number, _stop.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // The client is gone, or the test over.
            }
        }
    }
}

/// <param name="Client">The connection.</param>
/// <param name="Number">It is the first, the second, …</param>
/// <param name="Stop">The test is over.</param>
internal sealed record FakeConnection(TcpClient Client, int Number, CancellationToken Stop)
{
    public async Task<byte[]> ReceiveAsync()
    {
        var length = new byte[2];
        await Client.GetStream().ReadExactlyAsync(length, Stop);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await Client.GetStream().ReadExactlyAsync(message, Stop);
        return message;
    }

    public Task SendAsync(byte[] message) => SendRawAsync([.. TestSigner.Number((ulong)message.Length, 2), .. message]);

    public async Task SendRawAsync(byte[] octets) => await Client.GetStream().WriteAsync(octets, Stop);

    public Task UntilTheEndAsync() => Task.Delay(Timeout.Infinite, Stop);
}
