using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Checks.Fetch;

/// <summary>A policy host that does what no real server does, at port 443 of an address of its own, with a trusted certificate; DNS leads every name to it.</summary>
internal sealed class StubPolicyHost : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly OwnAddress _own = OwnAddress.Take();
    private readonly CancellationTokenSource _stop = new();
    private readonly TestAuthority _authority;
    private readonly X509Certificate2 _certificate;
    private readonly TcpListener _listener;
    private readonly DnsStub _dns;
    private readonly Func<Stream, CancellationToken, Task> _serve;
    private readonly bool _isTls;
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    /// <param name="serve">What a connection gets; its end closes it.</param>
    /// <param name="isTls">False: the bytes go out without a handshake.</param>
    public StubPolicyHost(Func<Stream, CancellationToken, Task> serve, bool isTls = true)
    {
        (_serve, _isTls) = (serve, isTls);
        _authority = new TestAuthority(_folder.Path);
        _authority.Issue("stub", ["mta-sts.stub.test"]);
        using (var pem = X509Certificate2.CreateFromPemFile(Path.Combine(_folder.Path, "stub.pem"), Path.Combine(_folder.Path, "stub.key")))
        {
            _certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }

        _listener = new TcpListener(_own.Address, 443);
        _listener.Start();
        _accepting = AcceptAsync();
        _dns = new DnsStub(query => query.Type == DnsStubQuery.A ? query.Answer((query.Name, DnsStubQuery.A, _own.Address.GetAddressBytes())) : query.Empty());
    }

    public const string Host = "mta-sts.stub.test";

    public string Roots => _authority.RootFile;

    public string Dns => _dns.Address;

    public int Connections => _connections.Count;

    public IPAddress Address => _own.Address;

    /// <summary>Bytes of an answer, sent when a request has come.</summary>
    public static Func<Stream, CancellationToken, Task> Answering(string answer) => async (stream, stop) =>
    {
        await ReadRequestAsync(stream, stop);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), stop);
    };

    public static async Task<string> ReadRequestAsync(Stream stream, CancellationToken stop)
    {
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, stop);
            if (count == 0)
            {
                break;
            }

            request.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return request.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_connections);
        await _dns.DisposeAsync();
        _certificate.Dispose();
        _authority.Dispose();
        _own.Dispose();
        _folder.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var own = client;
        try
        {
            await using Stream stream = _isTls ? new SslStream(client.GetStream()) : client.GetStream();
            if (stream is SslStream tls)
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [SslApplicationProtocol.Http11] }, _stop.Token);
            }

            await _serve(stream, _stop.Token);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // The client has seen enough.
        }
    }
}
