using System.Net;
using System.Net.Sockets;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>TCP at one endpoint: takes connections as long as there are places.</summary>
internal sealed partial class TcpListening : IDisposable
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener;
    private readonly TcpPlaces _places;
    private readonly DnsResponder _responder;
    private readonly DnsServerMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();

    /// <exception cref="SocketException">The endpoint cannot be listened at.</exception>
    public TcpListening(IPEndPoint endPoint, TcpPlaces places, DnsResponder responder, DnsServerMetrics metrics, TimeProvider clock, ILogger logger)
    {
        (_places, _responder, _metrics, _clock, _logger) = (places, responder, metrics, clock, logger);
        _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                _listener.DualMode = false;
            }

            _listener.Bind(endPoint);
            _listener.Listen();
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        _ = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                if (socket.RemoteEndPoint is not IPEndPoint { Address: var address } || !_places.TryTake(address))
                {
                    _metrics.Refused();
                    socket.Dispose();
                    continue;
                }

                _metrics.Connected();
                _ = ServeAsync(socket, address);
            }
            catch (SocketException) when (!_stopping.IsCancellationRequested)
            {
                // No file handle is free, or the other side has gone already.
                _metrics.Failed();
                await Task.Delay(PauseAfterFailure, CancellationToken.None);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket, IPAddress address)
    {
        try
        {
            await new TcpConnection(socket, _places, _responder, _clock).ServeAsync(_stopping.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone, too slow, or we stop.
        }
        catch (Exception exception)
        {
            _metrics.Failed();
            Log.Failed(_logger, exception);
        }
        finally
        {
            socket.Dispose();
            _places.GiveBack(address);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(720, LogLevel.Error, "A question over TCP could not be answered")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
