using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Host.Checks.Mail;

/// <summary>Reads the certificates of a handshake.</summary>
internal static class CertificateReading
{
    private const int MostNames = 100;

    public static TlsFacts Read(ProbingSmtpClient client, string host, CheckTrust trust)
    {
        var chain = new List<X509Certificate2>();
        var cipher = client.Cipher.ToString();
        try
        {
            chain.AddRange(client.Chain.Select(X509CertificateLoader.LoadCertificate));
            trust.IsTrusted(chain[0], chain, out var distrust);
            return new TlsFacts(Version(client.Version), cipher, [.. chain.Select(Facts)], distrust, Matches(chain[0], host));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or FormatException)
        {
            return new TlsFacts(Version(client.Version), cipher, [], $"it cannot be read ({exception.Message})", false);
        }
        finally
        {
            chain.ForEach(certificate => certificate.Dispose());
        }
    }

    // RFC 8461 §4.2: DNS-ID only, a wildcard as the whole left-most label. A host name that no certificate can hold matches none.
    private static bool Matches(X509Certificate2 certificate, string host)
    {
        try
        {
            return certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static CertificateFacts Facts(X509Certificate2 certificate) => new(
        certificate.Subject,
        certificate.Issuer,
        certificate.NotBefore.ToUniversalTime(),
        certificate.NotAfter.ToUniversalTime(),
        [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()).Take(MostNames)],
        certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().Any(extension => extension.EnumerateCAIssuersUris().Any()));

    private static string Version(SslProtocols version) => version switch
    {
        SslProtocols.Tls13 => "TLS 1.3",
        SslProtocols.Tls12 => "TLS 1.2",
        _ => version.ToString(),
    };
}
