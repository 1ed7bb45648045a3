using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Host.Tests.Checks.Mail;

/// <summary>A CA with one in between, for certificates of mail servers.</summary>
internal sealed class MailCa : IDisposable
{
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _between;
    private readonly string _folder = Directory.CreateTempSubdirectory("mtasts-ca-").FullName;

    public MailCa()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = RSA.Create(2048);
        _root = Authority("CN=Root of a test", rootKey).CreateSelfSigned(now.AddYears(-2), now.AddYears(2));
        using var key = RSA.Create(2048);
        using var between = Authority("CN=Between of a test", key).Create(_root, now.AddYears(-2), now.AddYears(1), [2]);
        _between = between.CopyWithPrivateKey(key);
        RootFile = Path.Combine(_folder, "root.pem");
        File.WriteAllText(RootFile, _root.ExportCertificatePem() + "\n");
    }

    /// <summary>For `Checks:TrustedRoots`.</summary>
    public string RootFile { get; }

    /// <returns>PEM: key, certificate, and the one in between.</returns>
    public string Issue(string name, double notBefore = -1, double notAfter = 90, bool withBetween = true, string? issuerUrl = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=mail server of a test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        if (System.Net.IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        if (issuerUrl is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [issuerUrl]));
        }

        using var certificate = request.Create(_between, now.AddDays(notBefore), now.AddDays(notAfter), RandomNumberGenerator.GetBytes(8));
        return $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n{(withBetween ? _between.ExportCertificatePem() + "\n" : "")}";
    }

    public void Dispose()
    {
        _root.Dispose();
        _between.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static CertificateRequest Authority(string name, RSA key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return request;
    }
}
