using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using MtaSts.Acme;
using MtaSts.Host.Certificates.Challenges;
using MtaSts.Host.Data;
using MtaSts.Host.Listeners;

namespace MtaSts.Host.Certificates;

/// <summary>
/// What a handshake at the Policy endpoint presents. RFC 8461 §7.1: a chain that matches the name asked for, or the handshake is aborted;
/// there is no default certificate. Reads memory only, but for a CA that validates: its answer may have to come from the store.
/// </summary>
internal sealed partial class PolicyHandshake(
    CertificateVault vault, HotCertificates hot, ChallengeAnswers answers, ChallengeCertificates challenges, TlsMetrics metrics, TimeProvider clock, ILogger<PolicyHandshake> logger)
{
    private static readonly TimeSpan BetweenFailureLogs = TimeSpan.FromMinutes(1);
    private static readonly List<SslApplicationProtocol> Http = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private static readonly List<SslApplicationProtocol> Acme = [new(TlsAlpnCertificate.Protocol)];

    private long _failureLoggedAt = long.MinValue;

    /// <summary>Chooses before TLS begins.</summary>
    /// <returns>Null, and the choice is in <paramref name="tls"/>; or the alert that refuses the client.</returns>
    public ValueTask<TlsAlert?> ChooseAsync(ConnectionContext connection, PolicyTls tls, ClientHello hello)
    {
        if (hello.ServerName is null)
        {
            metrics.UnknownNames.Add(1);
            // RFC 6066 §3 has no alert of its own for it, RFC 8446 §9.2 has.
            return new(hello.OffersTls13 ? TlsAlert.MissingExtension : TlsAlert.UnrecognizedName);
        }

        if (hello.OffersOnlyAcme)
        {
            // Also for a name without a certificate: this is how it gets one.
            return ChooseChallengeAsync(connection, tls, hello.ServerName);
        }

        if (!vault.TryGet(hello.ServerName, out var certificate))
        {
            metrics.UnknownNames.Add(1);
            return new(TlsAlert.UnrecognizedName);
        }

        tls.Certificate = certificate;
        return default;
    }

    public async ValueTask<SslServerAuthenticationOptions> OptionsAsync(TlsHandshakeCallbackContext handshake)
    {
        var tls = handshake.Connection.Features.Get<PolicyTls>()!;
        if (tls.Challenge is { } challenge)
        {
            return Options(challenge, Acme);
        }

        var certificate = tls.Certificate!;
        metrics.Handshakes.Add(1);
        var lease = await LeaseAsync(certificate, handshake.CancellationToken);
        var connection = handshake.Connection.Features.Get<ListenerConnection>()!;
        connection.HoldUntilClosed(lease);
        connection.ServerName = certificate.Host;
        return Options(lease, Http);
    }

    private static SslServerAuthenticationOptions Options(HotLease lease, List<SslApplicationProtocol> protocols) => new()
    {
        ServerCertificateContext = lease.Certificate,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = protocols,
        // Senders fetch once a day: tickets would be made for nothing, and a session could outlive its name.
        AllowTlsResume = false,
        ClientCertificateRequired = false,
    };

    private async ValueTask<TlsAlert?> ChooseChallengeAsync(ConnectionContext connection, PolicyTls tls, string host)
    {
        try
        {
            if (await answers.FindTlsAlpnAsync(host, connection.ConnectionClosed) is not { } keyAuthorization)
            {
                metrics.UnknownChallenges.Add(1);
                return TlsAlert.NoApplicationProtocol;
            }

            tls.Challenge = await challenges.LeaseAsync(host, keyAuthorization, connection.ConnectionClosed);
            connection.Features.Get<ListenerConnection>()!.HoldUntilClosed(tls.Challenge);
            metrics.Challenges.Add(1);
            return null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (MayLogFailure())
            {
                Log.CannotAnswer(logger, host, StoreFaults.Tell(exception));
            }

            return TlsAlert.InternalError;
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
            if (MayLogFailure())
            {
                Log.CannotUse(logger, certificate.Host, exception.Message);
            }

            // Kestrel ends the connection at this type of exception with a line at Debug.
            throw new AuthenticationException("The certificate of this name cannot be used.");
        }
    }

    // Strangers can repeat it as often as they like: one line a minute.
    private bool MayLogFailure()
    {
        var now = clock.GetTimestamp();
        var last = Interlocked.Read(ref _failureLoggedAt);
        return (last == long.MinValue || clock.GetElapsedTime(last, now) >= BetweenFailureLogs)
            && Interlocked.CompareExchange(ref _failureLoggedAt, now, last) == last;
    }

    private static partial class Log
    {
        [LoggerMessage(410, LogLevel.Error, "The certificate of {Host} cannot be used, its senders are refused: {Reason}")]
        public static partial void CannotUse(ILogger logger, string host, string reason);

        [LoggerMessage(411, LogLevel.Warning, "A CA asked for the answer of {Host} to tls-alpn-01 and cannot be given one: {Reason}")]
        public static partial void CannotAnswer(ILogger logger, string host, string reason);
    }
}
