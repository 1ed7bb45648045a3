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
            return new TlsFacts(CertificateNames.Word(client.Version), cipher, [.. chain.Select(Facts)], distrust, CertificateNames.Match(chain[0], host));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or FormatException)
        {
            return new TlsFacts(CertificateNames.Word(client.Version), cipher, [], $"it cannot be read ({exception.Message})", false);
        }
        finally
        {
            chain.ForEach(certificate => certificate.Dispose());
        }
    }

    private static CertificateFacts Facts(X509Certificate2 certificate) => new(
        certificate.Subject,
        certificate.Issuer,
        certificate.NotBefore.ToUniversalTime(),
        certificate.NotAfter.ToUniversalTime(),
        CertificateNames.Of(certificate, MostNames),
        certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().Any(extension => extension.EnumerateCAIssuersUris().Any()),
        Digests(certificate.RawData, certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    private static CertificateDigests Digests(byte[] whole, byte[] key) => new(
        Convert.ToHexStringLower(SHA256.HashData(whole)),
        Convert.ToHexStringLower(SHA512.HashData(whole)),
        Convert.ToHexStringLower(SHA256.HashData(key)),
        Convert.ToHexStringLower(SHA512.HashData(key)));
}
