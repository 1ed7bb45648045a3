using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace MtaSts.Host.Tests;

/// <summary>One TLS connection to the Policy endpoint, and requests byte by byte: for what no well-behaved client sends.</summary>
internal sealed class RawTlsClient : IAsyncDisposable
{
    private readonly TcpClient _tcp;
    private readonly SslStream _tls;

    private RawTlsClient(TcpClient tcp, SslStream tls)
    {
        _tcp = tcp;
        _tls = tls;
    }

    /// <exception cref="System.Security.Authentication.AuthenticationException">The handshake was refused.</exception>
    /// <exception cref="IOException">The handshake was refused.</exception>
    public static async Task<RawTlsClient> ConnectAsync(int port, string serverName, CancellationToken cancellationToken)
    {
        var tcp = new TcpClient { NoDelay = true };
        var tls = default(SslStream);
        try
        {
            await tcp.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = serverName,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    // Who the server is, other tests judge; here the connection itself is looked at.
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                cancellationToken);
            return new RawTlsClient(tcp, tls);
        }
        catch
        {
            if (tls is not null)
            {
                await tls.DisposeAsync();
            }

            tcp.Dispose();
            throw;
        }
    }

    public async Task SendAsync(string text, CancellationToken cancellationToken)
    {
        await _tls.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);
        await _tls.FlushAsync(cancellationToken);
    }

    /// <returns>One answer with its head and, by Content-Length, its body.</returns>
    public async Task<string> ReceiveAsync(CancellationToken cancellationToken, bool withoutBody = false)
    {
        var answer = new StringBuilder();
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (!await ReadByteAsync(answer, cancellationToken))
            {
                return answer.ToString();
            }
        }

        var length = answer.ToString().Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))?[16..];
        for (var i = 0; !withoutBody && i < int.Parse(length ?? "0", CultureInfo.InvariantCulture); i++)
        {
            await ReadByteAsync(answer, cancellationToken);
        }

        return answer.ToString();
    }

    /// <returns>Whether the server has closed the connection, after everything it had sent.</returns>
    public async Task<bool> IsClosedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _tls.ReadAsync(new byte[1], cancellationToken) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        _tcp.Dispose();
    }

    private async Task<bool> ReadByteAsync(StringBuilder answer, CancellationToken cancellationToken)
    {
        var one = new byte[1];
        if (await _tls.ReadAsync(one, cancellationToken) == 0)
        {
            return false;
        }

        answer.Append((char)one[0]);
        return true;
    }
}
