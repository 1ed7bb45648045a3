using System.Net;
using System.Net.Sockets;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;

namespace MtaSts.Host.Checks.Mail;

/// <summary>
/// Speaks with one address of a mail server: EHLO, STARTTLS, EHLO, QUIT. Never begins a mail, never throws for what the other side does; bounded in
/// time and bytes; one connection to a server at a time in this process. Safe from all threads.
/// </summary>
internal sealed class SmtpLook(CheckTrust trust, OneAtATime turns, IOptions<ChecksOptions> options, TimeProvider clock)
{
    // RFC 5321 §5.1: senders know no other port.
    private const int Port = 25;

    /// <summary>For one connection from its beginning to its end, and for the wait until another check has left.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <param name="address">Has been judged: it is connected to as it is.</param>
    /// <param name="host">The name in the MX record, for SNI (RFC 8461 §7.1) and the certificate.</param>
    /// <param name="cancellationToken">Ends the visit at once.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<MailAddress> LookAsync(IPAddress address, string host, CancellationToken cancellationToken)
    {
        using var visit = await EnterAsync(address, cancellationToken);
        if (visit is null)
        {
            return new MailAddress(address, MailEnd.NotLookedAt, "another check was there all the time", [], null, null, TimeSpan.Zero);
        }

        var began = clock.GetTimestamp();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Patience);
        var dialogue = new SmtpDialogue();
        using var client = new ProbingSmtpClient(dialogue);
        BoundedStream? stream = null;
        var (end, detail) = (MailEnd.Secured, "");
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(address, Port), bound.Token);
            stream = new BoundedStream(new NetworkStream(socket));
            // RFC 5321 §4.1.3: an address where the client knows no name of its own that others can look up.
            client.LocalDomain = options.Value.EhloName is { Length: > 0 } name ? name : ((IPEndPoint)socket.LocalEndPoint!).Address.ToString();
            await client.ConnectAsync(stream, host, Port, SecureSocketOptions.StartTls, bound.Token);
            await QuitAsync(client, bound.Token);
        }
        catch (SocketException exception) when (!bound.IsCancellationRequested && exception.SocketErrorCode is SocketError.NetworkUnreachable or SocketError.AddressFamilyNotSupported)
        {
            (end, detail) = (MailEnd.NotLookedAt, $"from here no way leads to such addresses: {exception.Message}");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What libraries throw for strange bytes has no type in common.
            cancellationToken.ThrowIfCancellationRequested();
            var reason = bound.IsCancellationRequested ? $"no end within {Patience.TotalSeconds:0} s" : exception.GetBaseException().Message;
            (end, detail) = Failure(exception, reason, dialogue, stream, client.Chain.Count > 0);
        }

        var tls = client.Chain.Count == 0 ? null : CertificateReading.Read(client, host, trust);
        return new MailAddress(address, end, detail, dialogue.Lines, tls, tls is null ? stream?.OldTls : null, clock.GetElapsedTime(began));
    }

    private async Task<IDisposable?> EnterAsync(IPAddress address, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Patience);
        try
        {
            return await turns.EnterAsync(address, Port, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // The answer to it is nothing that a sender needs.
    private static async Task QuitAsync(ProbingSmtpClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
        {
            // It has ended otherwise.
        }
    }

    private static (MailEnd End, string Detail) Failure(Exception exception, string reason, SmtpDialogue dialogue, BoundedStream? stream, bool isSecured)
    {
        if (isSecured)
        {
            return (MailEnd.Broken, $"after STARTTLS: {reason}");
        }

        if (stream is { HandshakeBegan: true })
        {
            return (MailEnd.StartTlsFailed, stream.OldTls is { } old ? $"the server speaks {old} and nothing newer" : $"the handshake fails: {stream.Alert ?? reason}");
        }

        var answer = exception is SmtpCommandException refusal ? $"{(int)refusal.StatusCode} {refusal.Message}" : null;
        return dialogue.LastCommand switch
        {
            "STARTTLS" => (MailEnd.StartTlsFailed, $"STARTTLS is answered with: {answer ?? reason}"),
            "EHLO" or "HELO" when exception is NotSupportedException => (MailEnd.NoStartTls, "its answer to EHLO does not offer STARTTLS"),
            "EHLO" or "HELO" when answer is not null => (MailEnd.Refused, $"EHLO is answered with: {answer}"),
            null when answer is not null => (MailEnd.Refused, $"it greets with: {answer}"),
            null when dialogue.Lines.Count == 0 && stream is not { IsExceeded: true } => (MailEnd.Unreachable, stream is null ? $"no connection to port {Port}: {reason}" : $"it takes the connection and does not greet: {reason}"),
            _ => (MailEnd.Broken, reason),
        };
    }
}
