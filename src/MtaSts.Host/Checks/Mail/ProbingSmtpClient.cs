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

    public ProbingSmtpClient(SmtpDialogue dialogue)
        : base(dialogue)
    {
        // RFC 8461 §7.2, and what Gmail asks for.
        SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        CheckCertificateRevocation = false;
    }

    /// <summary>As it was sent, the server's own first; empty: no handshake was completed.</summary>
    public IReadOnlyList<byte[]> Chain { get; private set; } = [];

    public SslProtocols Version { get; private set; }

    public TlsCipherSuite Cipher { get; private set; }

    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback)
    {
        var options = base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback);
        options.RemoteCertificateValidationCallback = Keep;
        // Certificates name URLs of issuers: without this a stranger would choose where our requests go.
        options.CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        return options;
    }

    private bool Keep(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || sender is not SslStream stream)
        {
            return false;
        }

        // SslStream leaves all that was sent in the extra store.
        Chain = [.. new[] { certificate.GetRawCertData() }
            .Concat(chain?.ChainPolicy.ExtraStore.Select(sent => sent.RawData) ?? [])
            .DistinctBy(Convert.ToHexString)
            .Take(MostCertificates)];
        Version = stream.SslProtocol;
        Cipher = stream.NegotiatedCipherSuite;
        return true;
    }
}
