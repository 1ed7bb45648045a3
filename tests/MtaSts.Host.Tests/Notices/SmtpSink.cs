using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MimeKit;

namespace MtaSts.Host.Tests.Notices;

/// <summary>A mail server that takes everything, unless a test has it answer a line otherwise.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(string To, string Text)> _messages = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;

    /// <param name="chain">PEM of key and chain: STARTTLS is offered; null: it is not.</param>
    public SmtpSink(string? chain = null)
    {
        if (chain is not null)
        {
            using var pem = X509Certificate2.CreateFromPem(chain, chain);
            _certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            Chain.ImportFromPem(chain);
        }

        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>As a setting.</summary>
    public string Server => $"localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Line of the client to the answer; null: the usual one. An empty text ends the connection.</summary>
    public Func<string, string?> Reply { get; set; } = _ => null;

    public IReadOnlyList<string> Commands => [.. _commands];

    public IReadOnlyList<(string To, string Text)> Raw => [.. _messages];

    public List<MimeMessage> Messages => [.. Raw.Select(one => MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(one.Text))))];

    private X509Certificate2Collection Chain { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _certificate?.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                running.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var closing = client;
        try
        {
            await TalkAsync(client.GetStream());
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // The client has left.
        }
    }

    private async Task TalkAsync(Stream stream)
    {
        await SayAsync(stream, "220 sink.test ESMTP");
        var to = "";
        while (await ReadLineAsync(stream) is { } line)
        {
            _commands.Enqueue(line);
            var word = line.Split(' ')[0].ToUpperInvariant();
            var answer = Reply(line);
            if (answer is "")
            {
                return;
            }

            if (word == "RCPT")
            {
                to = line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
            }

            await SayAsync(stream, answer ?? word switch
            {
                "EHLO" => $"250-sink.test{(_certificate is not null && stream is not SslStream ? "\r\n250-STARTTLS" : "")}\r\n250 AUTH PLAIN",
                "AUTH" => "235 yes",
                "STARTTLS" => "220 go",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 ok",
            });
            if (word == "STARTTLS" && answer is null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(_certificate!, [.. Chain.Skip(1)], offline: true) }, _stop.Token);
                stream = tls;
            }

            if (word == "DATA" && answer is null)
            {
                var text = new StringBuilder();
                while (await ReadLineAsync(stream) is { } part && part != ".")
                {
                    text.Append(part.StartsWith('.') ? part[1..] : part).Append("\r\n");
                }

                var end = Reply("END");
                if (end is null || end.StartsWith('2') || end.Length == 0)
                {
                    _messages.Enqueue((to, text.ToString()));
                }

                if (end is "")
                {
                    return;
                }

                await SayAsync(stream, end ?? "250 taken");
            }

            if (word == "QUIT")
            {
                return;
            }
        }
    }

    private async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            if (one[0] == '\n')
            {
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            }

            line.Add(one[0]);
        }

        return null;
    }

    private Task SayAsync(Stream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"), _stop.Token).AsTask();
}
