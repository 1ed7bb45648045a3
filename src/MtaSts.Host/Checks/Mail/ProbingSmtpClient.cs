using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;

namespace MtaSts.Host.Checks.Mail;

/// <summary>Takes every certificate and keeps what was sent: judging comes later, and no secret follows.</summary>
internal sealed class ProbingSmtpClient : SmtpClient
{
    // More than any chain has; each costs time to read.
    private const int MostCertificates = 10;

    // What senders offer (OpenSSL's default, as Postfix and Exim have it). .NET offers less, and would find no cipher where they do; and a server that knows
    // no newer version than TLS 1.0 would answer it without saying so, since it shares no cipher with it.
    private static readonly CipherSuitesPolicy? Ciphers = !OperatingSystem.IsLinux() ? null : new CipherSuitesPolicy(
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA256, TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA, TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
    ]);

    public ProbingSmtpClient(SmtpDialogue dialogue)
        : base(dialogue)
    {
        // RFC 8461 §7.2, and what Gmail asks for.
        SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        SslCipherSuitesPolicy = Ciphers;
        CheckCertificateRevocation = false;
        ServerCertificateValidationCallback = Keep;
        // From the second EHLO on it is known; after a failure the connection has been forgotten.
        dialogue.Saying = () =>
        {
            if (SslCipherSuite is { } cipher)
            {
                (Version, Cipher) = (SslProtocol, cipher);
            }
        };
    }

    /// <summary>As it was sent, the server's own first; empty: no handshake was completed.</summary>
    public IReadOnlyList<byte[]> Chain { get; private set; } = [];

    public SslProtocols Version { get; private set; }

    public TlsCipherSuite Cipher { get; private set; }

    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback)
    {
        var options = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback);
        // Certificates name URLs of issuers: without this a stranger would choose where our requests go.
        options.CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        return options;
    }

    private bool Keep(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return false;
        }

        // SslStream leaves all that was sent in the extra store.
        Chain = [.. new[] { certificate.GetRawCertData() }
            .Concat(chain?.ChainPolicy.ExtraStore.Select(sent => sent.RawData) ?? [])
            .DistinctBy(Convert.ToHexString)
            .Take(MostCertificates)];
        return true;
    }
}
