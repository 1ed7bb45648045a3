using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>
/// UDP at one endpoint. Each socket has a thread that waits, answers and waits again: for so little work that is twice as fast as a task. Several sockets
/// share an address, among which the kernel spreads the questions. An answer must come from the address that was asked; so a socket at all addresses opens,
/// at the first question to one of them, sockets for that address alone, which get the questions from then on.
/// </summary>
internal sealed partial class UdpListener : IDisposable
{
    // Whoever is on this machine can ask all of 127.0.0.0/8.
    private const int MaxAddresses = 64;

    private const int ReceiveBuffer = 4 * 1024 * 1024;
    private const int StackSize = 256 * 1024;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(10);

    private readonly DnsResponder _responder;
    private readonly DnsServerMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly ConcurrentDictionary<IPAddress, Socket?> _byAddress = new();
    private readonly ManualResetEventSlim _stopping = new();

    /// <exception cref="SocketException">The endpoint cannot be listened at.</exception>
    public UdpListener(IPEndPoint endPoint, DnsResponder responder, DnsServerMetrics metrics, ILogger logger)
    {
        (_responder, _metrics, _logger) = (responder, metrics, logger);
        try
        {
            if (endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                var socket = Open(endPoint);
                Run(() => ReceiveAtAll(socket, endPoint.Port));
            }
            else
            {
                Listen(endPoint);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _stopping.Set();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    private Socket Listen(IPEndPoint endPoint)
    {
        Socket[] sockets = [.. Enumerable.Range(0, Math.Min(Environment.ProcessorCount, 8)).Select(_ => Open(endPoint))];
        foreach (var socket in sockets)
        {
            Run(() => Receive(socket));
        }

        return sockets[0];
    }

    private Socket Open(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _sockets.Add(socket);
        if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = false;
        }

        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.ReceiveBufferSize = ReceiveBuffer;
        socket.Bind(endPoint);
        return socket;
    }

    private static void Run(ThreadStart work) => new Thread(work, StackSize) { IsBackground = true, Name = "DNS over UDP" }.Start();

    private void Receive(Socket socket)
    {
        var source = new SocketAddress(socket.AddressFamily);
        Serve((query, answer, writer) =>
        {
            var length = socket.ReceiveFrom(query, SocketFlags.None, source);
            var written = _responder.OverUdp(query.AsSpan(0, length), source, writer, answer);
            if (!written.IsEmpty)
            {
                socket.SendTo(written, SocketFlags.None, source);
            }
        });
    }

    private void ReceiveAtAll(Socket socket, int port) => Serve((query, answer, writer) =>
    {
        EndPoint from = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        var flags = SocketFlags.None;
        var length = socket.ReceiveMessageFrom(query, ref flags, ref from, out var asked);
        var source = from.Serialize();
        var written = _responder.OverUdp(query.AsSpan(0, length), source, writer, answer);
        if (!written.IsEmpty)
        {
            (OwnerOf(asked, port) ?? socket).SendTo(written, SocketFlags.None, source);
        }
    });

    /// <returns>Null: the kernel chooses the address that is answered from.</returns>
    private Socket? OwnerOf(IPPacketInformation asked, int port)
    {
        var address = asked.Address.IsIPv6LinkLocal ? new IPAddress(asked.Address.GetAddressBytes(), asked.Interface) : asked.Address;
        if (_byAddress.TryGetValue(address, out var owner))
        {
            return owner;
        }

        if (_byAddress.Count >= MaxAddresses)
        {
            return null;
        }

        try
        {
            owner = Listen(new IPEndPoint(address, port));
            Log.Found(_logger, address, port);
        }
        catch (SocketException exception)
        {
            // Broadcast, or gone in between.
            Log.NotOurs(_logger, address, exception.Message);
        }

        return _byAddress[address] = owner;
    }

    // Nothing that a stranger sends may end a thread, and with it the process.
    private void Serve(Action<byte[], byte[], DnsWriter> next)
    {
        var query = new byte[DnsResponder.LongestQuery];
        var answer = new byte[OptData.SafePayloadSize];
        var writer = new DnsWriter(answer);
        while (!_stopping.IsSet)
        {
            try
            {
                next(query, answer, writer);
            }
            catch (SocketException) when (!_stopping.IsSet)
            {
                // Nobody can be reached at the address that it was said to come from, or the network is away.
                _metrics.Failed();
                _stopping.Wait(PauseAfterFailure);
            }
            catch (Exception exception) when (!_stopping.IsSet)
            {
                _metrics.Failed();
                Log.Failed(_logger, exception);
                _stopping.Wait(PauseAfterFailure);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(710, LogLevel.Debug, "Questions came to {Address}; it has sockets of its own at port {Port} now")]
        public static partial void Found(ILogger logger, IPAddress address, int port);

        [LoggerMessage(711, LogLevel.Debug, "Questions came to {Address}, where no socket can be opened: {Reason}")]
        public static partial void NotOurs(ILogger logger, IPAddress address, string reason);

        [LoggerMessage(712, LogLevel.Error, "A question over UDP could not be answered")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
