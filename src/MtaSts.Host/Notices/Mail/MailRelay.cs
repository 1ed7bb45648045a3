using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Notices.Mail;

/// <summary>The server that takes our mail. While it takes none it is left alone for a minute at a time, whoever waits. Safe from all threads.</summary>
internal sealed partial class MailRelay(IOptions<MailOptions> options, TimeProvider clock, ILogger<MailRelay> logger)
{
    private static readonly TimeSpan LeftAlone = TimeSpan.FromMinutes(1);

    private readonly Lazy<X509Certificate2Collection> _roots = new(() =>
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(options.Value.TrustedRoots);
        return roots;
    });

    private readonly Lock _gate = new();
    private DateTimeOffset? _awaySince;
    private DateTimeOffset _triedAt;

    /// <summary>For one message from the connection to the last answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    public bool IsConfigured => options.Value.Server.Length > 0;

    public MailboxAddress From => MailboxAddress.Parse(options.Value.From);

    /// <summary>Null while it takes mail.</summary>
    public DateTimeOffset? AwaySince
    {
        get
        {
            lock (_gate)
            {
                return _awaySince;
            }
        }
    }

    /// <summary>Whether a try makes sense now.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
            {
                var now = clock.GetUtcNow();
                return IsConfigured && (_awaySince is null || now - _triedAt >= LeftAlone || now < _triedAt);
            }
        }
    }

    /// <summary>Sends a message to the one receiver that it names.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<DeliveryOutcome> SendAsync(MimeMessage message, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Patience);
        using var client = new Client(options.Value.TrustedRoots.Length == 0 ? null : _roots.Value);
        try
        {
            await ConnectAsync(client, bound.Token);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What libraries throw for strange bytes has no type in common.
            cancellationToken.ThrowIfCancellationRequested();
            return Away(bound.IsCancellationRequested ? $"no end within {Patience.TotalSeconds:0} s" : Describe(exception));
        }

        var outcome = await SendAsync(client, message, bound.Token, cancellationToken);
        if (outcome.End is not (DeliveryEnd.RelayAway or DeliveryEnd.Unknown))
        {
            Present();
        }

        return outcome;
    }

    private async Task ConnectAsync(Client client, CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var server = ServerAddress.TryParse(settings.Server, out var parsed, settings.DefaultPort) ? parsed : throw new FormatException(settings.Server);
        var security = settings.Security switch
        {
            MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
            MailSecurity.StartTls => SecureSocketOptions.StartTls,
            _ => SecureSocketOptions.None,
        };
        await client.ConnectAsync(server.Host, server.Port, security, cancellationToken);
        if (settings.UserName.Length > 0)
        {
            await client.AuthenticateAsync(settings.UserName, settings.Password!, cancellationToken);
        }
    }

    private async Task<DeliveryOutcome> SendAsync(Client client, MimeMessage message, CancellationToken bound, CancellationToken cancellationToken)
    {
        try
        {
            await client.SendAsync(message, bound);
        }
        catch (SmtpCommandException refusal)
        {
            var (code, error) = ((int)refusal.StatusCode, $"{(int)refusal.StatusCode} {NoticeText.Line(refusal.Message, 200)}");
            return refusal.ErrorCode == SmtpErrorCode.SenderNotAccepted ? Away($"Mail:From is refused: {error}")
                // 421 closes the connection (RFC 5321 §3.8): that is about us, not about the receiver.
                : code == 421 ? Away(error)
                : new DeliveryOutcome(code >= 500 ? DeliveryEnd.Refused : DeliveryEnd.Failed, $"The mail server answers {error}", code);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var reason = bound.IsCancellationRequested ? $"no end within {Patience.TotalSeconds:0} s" : Describe(exception);
            Away(reason);
            return new DeliveryOutcome(DeliveryEnd.Unknown, "This service's mail server broke off in the middle of the message; it is sent again.");
        }

        try
        {
            await client.DisconnectAsync(quit: true, bound);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The message was taken; the rest is manners.
        }

        return DeliveryOutcome.Taken;
    }

    // The tenant learns that it is away; why is the operator's business.
    private DeliveryOutcome Away(string reason)
    {
        var isNew = false;
        lock (_gate)
        {
            _triedAt = clock.GetUtcNow();
            isNew = _awaySince is null;
            _awaySince ??= _triedAt;
        }

        if (isNew)
        {
            Log.Away(logger, options.Value.Server, reason);
        }

        return new DeliveryOutcome(DeliveryEnd.RelayAway, "This service's mail server takes no mail at present; it is tried again.");
    }

    private void Present()
    {
        lock (_gate)
        {
            if (_awaySince is null)
            {
                return;
            }

            _awaySince = null;
        }

        Log.Back(logger, options.Value.Server);
    }

    private static string Describe(Exception exception) => exception switch
    {
        // Its message may hold what was sent.
        MailKit.Security.AuthenticationException => "it refuses Mail:UserName and Mail:Password",
        SslHandshakeException => "the TLS handshake fails, or its certificate is not trusted",
        ServiceNotAuthenticatedException => "it wants Mail:UserName and Mail:Password",
        SocketException socket => socket.SocketErrorCode.ToString(),
        NotSupportedException => "it does not offer STARTTLS",
        SmtpCommandException command => $"{(int)command.StatusCode} {NoticeText.Line(command.Message, 200)}",
        _ => NoticeText.Line(exception.GetBaseException().Message, 200),
    };

    private sealed class Client : SmtpClient
    {
        private readonly X509Certificate2Collection? _roots;

        public Client(X509Certificate2Collection? roots)
        {
            _roots = roots;
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            CheckCertificateRevocation = false;
            ServerCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None;
        }

        protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback)
        {
            var ssl = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback);
            ssl.CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
            if (_roots is not null)
            {
                ssl.CertificateChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                ssl.CertificateChainPolicy.CustomTrustStore.AddRange(_roots);
            }

            return ssl;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(930, LogLevel.Warning, "The mail server {Server} takes no mail ({Reason}); notices by mail wait, and it is tried again each minute")]
        public static partial void Away(ILogger logger, string server, string reason);

        [LoggerMessage(931, LogLevel.Information, "The mail server {Server} takes mail again")]
        public static partial void Back(ILogger logger, string server);
    }
}
