using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Testing;

/// <summary>The certificate of a test server's own HTTPS endpoint, for its address, and the CA that it comes from; made anew for each folder.</summary>
public static class EndpointCertificate
{
    public const string CaFile = "endpoint-ca.pem";
    public const string File = "endpoint.pem";
    public const string KeyFile = "endpoint.key";

    public static void Write(string folder, IPAddress address)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using ECDsa caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest caRequest = new("CN=Endpoint CA of a test", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        caRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using X509Certificate2 ca = caRequest.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Endpoint of a test", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(address);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], false));
        using X509Certificate2 certificate = request.Create(ca, now.AddHours(-1), now.AddHours(23), [1]);

        System.IO.File.WriteAllText(Path.Combine(folder, CaFile), ca.ExportCertificatePem() + "\n");
        System.IO.File.WriteAllText(Path.Combine(folder, File), certificate.ExportCertificatePem() + "\n");
        System.IO.File.WriteAllText(Path.Combine(folder, KeyFile), key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
