using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests.Real;

/// <summary>Answers http-01 and tls-alpn-01 as plainly as the RFCs allow: what a CA thinks of the answers is the library's merit or fault.</summary>
internal sealed class ChallengeResponder : IAsyncDisposable
{
    private const int MostRequestBytes = 8192;
    private static readonly SslApplicationProtocol Protocol = new(TlsAlpnCertificate.Protocol);

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, KeyAuthorization> _byPath = new();
    private readonly ConcurrentDictionary<string, KeyAuthorization> _byName = new();
    private readonly TcpListener _http;
    private readonly TcpListener _tls;
    private readonly Task _serving;
    private int _asked;

    public ChallengeResponder(OwnAddress at, int httpPort, int tlsPort)
    {
        _http = new TcpListener(at.Address, httpPort);
        _tls = new TcpListener(at.Address, tlsPort);
        _http.Start();
        _tls.Start();
        _serving = Task.WhenAll(AcceptAsync(_http, AnswerHttpAsync), AcceptAsync(_tls, AnswerTlsAsync));
    }

    /// <summary>How many questions of any CA it has answered.</summary>
    public int Asked => _asked;

    public void Add(string name, KeyAuthorization answer)
    {
        _byPath[answer.HttpPath] = answer;
        _byName[name] = answer;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _http.Dispose();
        _tls.Dispose();
        await _serving;
        _end.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener, Func<NetworkStream, Task> answer)
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                _ = AnswerAsync(await listener.AcceptTcpClientAsync(_end.Token), answer);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task AnswerAsync(TcpClient client, Func<NetworkStream, Task> answer)
    {
        using (client)
        {
            try
            {
                await answer(client.GetStream());
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException)
            {
                // The CA tells in its own words what it did not like.
            }
        }
    }

    private async Task AnswerHttpAsync(NetworkStream stream)
    {
        var head = new byte[MostRequestBytes];
        var length = 0;
        for (int read; !Encoding.ASCII.GetString(head, 0, length).Contains("\r\n\r\n", StringComparison.Ordinal); length += read)
        {
            read = await stream.ReadAsync(head.AsMemory(length), _end.Token);
            if (read == 0)
            {
                return;
            }
        }

        var path = Encoding.ASCII.GetString(head, 0, length).Split(' ')[1];
        var (status, body) = _byPath.TryGetValue(path, out var answer) ? ("200 OK", answer.Text) : ("404 Not Found", "");
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: application/octet-stream\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"),
            _end.Token);
        Interlocked.Increment(ref _asked);
    }

    private async Task AnswerTlsAsync(NetworkStream stream)
    {
        using var certificate = new Holder();
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(
            (_, hello, _, _) =>
            {
                // SslStream shows an IDN in its Unicode form, whatever was sent.
                var name = new IdnMapping().GetAscii(hello.ServerName);
                if (!_byName.TryGetValue(name, out var answer))
                {
                    throw new AuthenticationException("Nothing is open for this name.");
                }

                certificate.Made = TlsAlpnCertificate.Create(name, answer.TlsAlpnDigest(), TimeProvider.System.GetUtcNow());
                return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = certificate.Made, ApplicationProtocols = [Protocol] });
            },
            null,
            _end.Token);
        Interlocked.Increment(ref _asked);
        // RFC 8737 §4: no data follows; the CA ends the connection.
        await stream.CopyToAsync(Stream.Null, _end.Token);
    }

    private sealed class Holder : IDisposable
    {
        public X509Certificate2? Made { get; set; }

        public void Dispose() => Made?.Dispose();
    }
}
