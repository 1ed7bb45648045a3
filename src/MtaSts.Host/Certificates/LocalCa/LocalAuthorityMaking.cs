using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.LocalCa;

/// <summary>Makes a root and the intermediate that signs all leaves (RFC 5280), both ECDSA P-256.</summary>
internal static class LocalAuthorityMaking
{
    public const string SealingPurpose = "local-authority";

    private const int Years = 10;

    public static LocalAuthority Make(DateTimeOffset now, KeySealing sealing)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // An installation's own word: trust stores and people tell roots apart by name.
        var word = RandomNumberGenerator.GetHexString(8, lowercase: true);
        var notBefore = LocalIssuer.Backdated(now);
        var notAfter = notBefore.AddYears(Years);

        var rootRequest = Request($"CN=MtaSts.Host local root {word}", rootKey, pathLength: 1);
        using var root = rootRequest.CreateSelfSigned(notBefore, notAfter);

        var request = Request($"CN=MtaSts.Host local intermediate {word}", key, pathLength: 0);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var intermediate = request.Create(root, notBefore, notAfter, LocalIssuer.NewSerial());

        var pkcs8 = key.ExportPkcs8PrivateKey();
        try
        {
            return new LocalAuthority
            {
                RootPem = root.ExportCertificatePem() + "\n",
                IntermediatePem = intermediate.ExportCertificatePem() + "\n",
                SealedIntermediateKey = sealing.Seal(pkcs8, SealingPurpose),
                CreatedAt = now,
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private static CertificateRequest Request(string name, ECDsa key, int pathLength)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLength, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }
}
