using System.Net;
using System.Net.Sockets;
using System.Text;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Certificates.Preflight;

/// <summary>Takes connections at an address of its own and says one thing, whatever it is asked; an empty text hangs up, null says nothing for ever.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener;
    private readonly string? _text;
    private readonly Task _serving;

    public RawServer(int port, string? text)
    {
        _text = text;
        _listener = new TcpListener(LoopbackAddress.Next(), port);
        _listener.Start();
        _serving = ServeAsync();
    }

    public IPAddress Address => ((IPEndPoint)_listener.LocalEndpoint).Address;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        List<Socket> kept = [];
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                kept.Add(socket);
                if (_text is not null)
                {
                    await socket.SendAsync(Encoding.ASCII.GetBytes(_text), _stop.Token);
                    socket.Shutdown(SocketShutdown.Send);
                }
            }
        }
        catch (OperationCanceledException)
        {
            kept.ForEach(socket => socket.Dispose());
        }
    }
}
