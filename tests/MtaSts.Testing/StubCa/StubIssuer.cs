using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Testing;

/// <summary>Root and intermediate of <see cref="StubCa"/>, ECDSA P-256.</summary>
internal sealed class StubIssuer : IDisposable
{
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;

    public StubIssuer(string name, DateTimeOffset now)
    {
        // Wide enough for tests whose clock goes years ahead or back.
        var (from, to) = (now.AddYears(-20), now.AddYears(50));
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _root = Request($"CN={name} root", rootKey).CreateSelfSigned(from, to);
        var request = Request($"CN={name} intermediate", key);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var intermediate = request.Create(_root, from, to, Serial());
        _intermediate = intermediate.CopyWithPrivateKey(key);
    }

    public string RootPem => _root.ExportCertificatePem() + "\n";

    public byte[] Intermediate => _intermediate.RawData;

    /// <summary>The same intermediate's name and key below another root.</summary>
    public byte[] CrossSigned(StubIssuer by)
    {
        using var key = _intermediate.GetECDsaPrivateKey()!;
        var request = Request(_intermediate.Subject, key);
        using var certificate = request.Create(by._root, by._root.NotBefore, by._root.NotAfter, Serial());
        return certificate.RawData;
    }

    public X509Certificate2 Issue(PublicKey key, IEnumerable<string> names, DateTimeOffset from, DateTimeOffset to, System.Net.IPAddress? address = null)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternative.AddDnsName(name);
        }

        if (address is not null)
        {
            alternative.AddIpAddress(address);
        }

        request.CertificateExtensions.Add(alternative.Build(critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_intermediate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var own = _intermediate.GetECDsaPrivateKey()!;
        // By a generator: Create(issuer, …) takes keys of the issuer's kind only, and the key may be RSA.
        return request.Create(_intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(own), from, to, Serial());
    }

    public void Dispose()
    {
        _root.Dispose();
        _intermediate.Dispose();
    }

    private static byte[] Serial()
    {
        // Half of them with the first bit set, which has a zero in front in DER: RFC 9773 §4.1 counts it.
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] |= 1;
        return serial;
    }

    private static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }
}
