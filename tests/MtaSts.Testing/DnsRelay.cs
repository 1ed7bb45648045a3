using System.Net;
using System.Net.Sockets;

namespace MtaSts.Testing;

/// <summary>
/// A DNS server's answers over UDP at port 53 of an address of the test's own, for programs that know no other port. BIND itself listens at addresses of
/// interfaces only.
/// </summary>
public sealed class DnsRelay : IAsyncDisposable
{
    private readonly UdpClient _front;
    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;

    private DnsRelay(UdpClient front, IPEndPoint server)
    {
        _front = front;
        _server = server;
        _running = RunAsync();
    }

    public static DnsRelay Start(OwnAddress at, IPEndPoint server) => new(new UdpClient(new IPEndPoint(at.Address, 53)), server);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _front.Dispose();
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        var answers = new HashSet<Task>();
        while (true)
        {
            try
            {
                UdpReceiveResult query = await _front.ReceiveAsync(_end.Token);
                answers.RemoveWhere(answer => answer.IsCompleted);
                answers.Add(AnswerAsync(query));
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(answers);
                return;
            }
        }
    }

    // Of one query the answer or none, as over any network.
    private async Task AnswerAsync(UdpReceiveResult query)
    {
        using UdpClient back = new(_server.AddressFamily);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        bound.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            await back.SendAsync(query.Buffer, _server, bound.Token);
            UdpReceiveResult answer = await back.ReceiveAsync(bound.Token);
            await _front.SendAsync(answer.Buffer, query.RemoteEndPoint, bound.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Silence.
        }
    }
}
