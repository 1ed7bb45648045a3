using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Acme;

/// <summary>The certificate that answers tls-alpn-01 (RFC 8737 §3).</summary>
public static class TlsAlpnCertificate
{
    /// <summary>The only ALPN protocol of such a connection, on both sides (RFC 8737 §4).</summary>
    public const string Protocol = "acme-tls/1";

    /// <summary>The object identifier of the extension that holds the digest: id-pe-acmeIdentifier (RFC 8737 §6.1).</summary>
    public const string ExtensionOid = "1.3.6.1.5.5.7.1.31";

    private static readonly TimeSpan Backdated = TimeSpan.FromDays(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>
    /// Makes a self-signed certificate with a new key: one dNSName, which is the name, and the critical extension with the digest.
    /// The caller disposes of it.
    /// </summary>
    /// <param name="name">The name under validation, in A-labels.</param>
    /// <param name="digest">The 32 octets of <see cref="KeyAuthorization.TlsAlpnDigest"/>.</param>
    /// <param name="now">The present time. CAs do not judge the dates; they are wide enough for a clock that is off.</param>
    /// <exception cref="ArgumentException">The digest has not 32 octets, or the name is none.</exception>
    public static X509Certificate2 Create(string name, ReadOnlySpan<byte> digest, DateTimeOffset now)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (digest.Length != SHA256.HashSizeInBytes)
        {
            throw new ArgumentException("A digest of SHA-256 has 32 octets.", nameof(digest));
        }

        var value = new AsnWriter(AsnEncodingRules.DER);
        value.WriteOctetString(digest);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName("CN=acme-tls-alpn-01"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509Extension(ExtensionOid, value.Encode(), critical: true));
        return request.CreateSelfSigned(now - Backdated, now + Lifetime);
    }
}
