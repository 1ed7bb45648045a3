using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Testing;

/// <summary>HTTP clients that trust the roots of a PEM file and no others.</summary>
public static class TrustingClient
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    public static HttpClient Create(string rootsFile, IPEndPoint? connectTo = null) => new(CreateHandler(rootsFile, connectTo)) { Timeout = Bound };

    /// <param name="rootsFile">PEM; read now.</param>
    /// <param name="connectTo">Where all connections go, whatever the URL's host, as `curl --connect-to`. Null: where DNS says.</param>
    public static SocketsHttpHandler CreateHandler(string rootsFile, IPEndPoint? connectTo = null)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.ImportFromPemFile(rootsFile);
        SocketsHttpHandler handler = new()
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            UseProxy = false,
            AllowAutoRedirect = false,
        };
        if (connectTo is not null)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(connectTo, cancellationToken);
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(IPEndPoint to, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
