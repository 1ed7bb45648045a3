using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Checks.Mail;

/// <summary>A mail server that misbehaves as a test says, at port 25 of an address of its own.</summary>
internal sealed class StubMailServer : IAsyncDisposable
{
    private readonly OwnAddress _address = OwnAddress.Take();
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Connection, Task> _script;
    private readonly Task _accepting;

    public StubMailServer(Func<Connection, Task> script)
    {
        Requires.Root(); // port 25
        _script = script;
        _listener = new TcpListener(Address, 25);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPAddress Address => _address.Address;

    /// <summary>Connections so far.</summary>
    public int Visits { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
        _address.Dispose();
    }

    private async Task AcceptAsync()
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                Visits++;
                running.Add(ServeAsync(client));
            }
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            await _script(new Connection(client.GetStream(), _end.Token));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or AuthenticationException or SocketException)
        {
            // The visitor has left.
        }
        finally
        {
            client.Dispose();
        }
    }

    internal sealed class Connection(Stream stream, CancellationToken end)
    {
        private Stream _stream = stream;

        /// <summary>What the visitor said, in lines.</summary>
        public async Task<string> ReadLineAsync()
        {
            var line = new StringBuilder();
            var one = new byte[1];
            while (await _stream.ReadAsync(one, end) == 1 && one[0] != '\n')
            {
                line.Append((char)one[0]);
            }

            return line.ToString().TrimEnd('\r');
        }

        public async Task SayAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text), end);

        /// <summary>Greets, offers STARTTLS, and answers it with a text.</summary>
        public async Task UpToStartTlsAsync(string answer = "220 go\r\n")
        {
            await SayAsync("220 stub.test ESMTP\r\n");
            await ReadLineAsync();
            await SayAsync("250-stub.test\r\n250 STARTTLS\r\n");
            await ReadLineAsync();
            await SayAsync(answer);
        }

        public async Task SecureAsync(string chain)
        {
            using var certificate = X509Certificate2.CreateFromPem(chain, chain);
            var all = new X509Certificate2Collection();
            all.ImportFromPem(chain);
            var secured = new SslStream(_stream);
            await secured.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [.. all.Skip(1)], offline: true) }, end);
            _stream = secured;
        }

        /// <summary>All that a good server says to a visitor who sends no mail.</summary>
        public async Task ServeAsync(string chain)
        {
            await UpToStartTlsAsync();
            await SecureAsync(chain);
            await ReadLineAsync();
            await SayAsync("250 stub.test\r\n");
            await ReadLineAsync();
            await SayAsync("221 bye\r\n");
        }

        /// <summary>Until the visitor leaves, or the test ends.</summary>
        public Task SilenceAsync() => ReadLineAsync();
    }
}
