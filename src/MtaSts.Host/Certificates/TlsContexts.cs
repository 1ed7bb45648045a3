using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Host.Certificates;

/// <summary>Makes of a host's stored bytes what a handshake needs; about 1 ms each.</summary>
internal static class TlsContexts
{
    // RFC 3279 §2.3.1. Ours are of elliptic curves; certificates that were brought along may be of RSA.
    private const string RsaKey = "1.2.840.113549.1.1.1";

    /// <exception cref="KeySealingException">The key cannot be opened.</exception>
    /// <exception cref="CryptographicException">Leaf, issuers or key are damaged.</exception>
    public static SslStreamCertificateContext Build(HostCertificate certificate, KeySealing sealing)
    {
        var pkcs8 = sealing.Open(certificate.SealedKey, HostCertificate.SealingPurpose(certificate.Host));
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(certificate.Leaf);
            // Offline: nothing is fetched from anywhere, not even a missing issuer. RFC 8446 §4.4.2: the leaf first, the root may be left out.
            return SslStreamCertificateContext.Create(WithKey(leaf, pkcs8), Issuers(certificate.Issuers), offline: true);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private static X509Certificate2 WithKey(X509Certificate2 leaf, byte[] pkcs8)
    {
        if (leaf.GetKeyAlgorithm() == RsaKey)
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(pkcs8, out _);
            return leaf.CopyWithPrivateKey(rsa);
        }

        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return leaf.CopyWithPrivateKey(key);
    }

    private static X509Certificate2Collection Issuers(ReadOnlyMemory<byte> issuers)
    {
        var result = new X509Certificate2Collection();
        var reader = new AsnReader(issuers, AsnEncodingRules.DER);
        while (reader.HasData)
        {
            result.Add(X509CertificateLoader.LoadCertificate(reader.ReadEncodedValue().Span));
        }

        return result;
    }
}
