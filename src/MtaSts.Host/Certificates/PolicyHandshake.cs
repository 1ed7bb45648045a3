using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using MtaSts.Host.Listeners;

namespace MtaSts.Host.Certificates;

/// <summary>
/// What a handshake at the Policy endpoint presents. Reads memory only. RFC 8461 §7.1: a chain that matches the name asked for, or the
/// handshake is aborted; there is no default certificate.
/// </summary>
internal sealed partial class PolicyHandshake(CertificateVault vault, HotCertificates hot, TlsMetrics metrics, TimeProvider clock, ILogger<PolicyHandshake> logger)
{
    private const int LongestName = 253;

    // RFC 6066 §3, RFC 8446 §6.2: record type alert, version TLS 1.2 (as §5.1 wants it of all), 2 bytes: fatal, unrecognized_name. The same
    // for a client that sends no name: §9.2 would rather have missing_extension of TLS 1.3, but the client's versions are not shown here.
    private static readonly byte[] UnrecognizedName = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x70];

    private static readonly TimeSpan BetweenFailureLogs = TimeSpan.FromMinutes(1);
    private static readonly List<SslApplicationProtocol> Http = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private static readonly IdnMapping Idn = new();

    private long _failureLoggedAt = long.MinValue;

    public async ValueTask<SslServerAuthenticationOptions> OptionsAsync(TlsHandshakeCallbackContext handshake)
    {
        if (!TryFind(handshake.ClientHelloInfo.ServerName, out var certificate))
        {
            metrics.UnknownNames.Add(1);
            await RefuseAsync(handshake);
            // Kestrel ends the connection at this type of exception with a line at Debug.
            throw new AuthenticationException("The client asked for no name, or for one that is not ours.");
        }

        metrics.Handshakes.Add(1);
        var lease = await LeaseAsync(certificate, handshake.CancellationToken);
        var connection = handshake.Connection.Features.Get<ListenerConnection>()!;
        connection.HoldUntilClosed(lease);
        connection.ServerName = certificate.Host;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = lease.Certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = Http,
            // Senders fetch once a day: tickets would be made for nothing, and a session could outlive its name.
            AllowTlsResume = false,
            ClientCertificateRequired = false,
        };
    }

    private bool TryFind(string asked, [NotNullWhen(true)] out HostCertificate? certificate)
    {
        certificate = null;
        if (asked.Length is 0 or > LongestName)
        {
            return false;
        }

        if (Ascii.IsValid(asked))
        {
            // RFC 6066 §3 wants no final dot; a client that sends one means the same name.
            return vault.TryGet(asked.EndsWith('.') ? asked.AsSpan(..^1) : asked, out certificate);
        }

        // SslStream decodes A-labels to U-labels before it shows the name, so that this is how a sender's xn-- name arrives here.
        try
        {
            return vault.TryGet(Idn.GetAscii(asked), out certificate);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private async ValueTask<HotLease> LeaseAsync(HostCertificate certificate, CancellationToken cancellationToken)
    {
        try
        {
            return await hot.LeaseAsync(certificate, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailure(certificate, exception);
            throw new AuthenticationException("The certificate of this name cannot be used.");
        }
    }

    // Strangers can repeat it as often as they like: one line a minute.
    private void LogFailure(HostCertificate certificate, Exception exception)
    {
        var now = clock.GetTimestamp();
        var last = Interlocked.Read(ref _failureLoggedAt);
        if ((last == long.MinValue || clock.GetElapsedTime(last, now) >= BetweenFailureLogs)
            && Interlocked.CompareExchange(ref _failureLoggedAt, now, last) == last)
        {
            Log.CannotUse(logger, certificate.Host, exception.Message);
        }
    }

    // SslStream closes without a word when no options come back, so the alert (RFC 8446 §6) is ours; the stream has only read so far.
    private static async Task RefuseAsync(TlsHandshakeCallbackContext handshake) =>
        await handshake.Connection.Transport.Output.WriteAsync(UnrecognizedName, handshake.CancellationToken);

    private static partial class Log
    {
        [LoggerMessage(410, LogLevel.Error, "The certificate of {Host} cannot be used, its senders are refused: {Reason}")]
        public static partial void CannotUse(ILogger logger, string host, string reason);
    }
}
