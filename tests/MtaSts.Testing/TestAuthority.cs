using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Testing;

/// <summary>A root that issues certificates of servers with any names and dates, as PEM files in a folder of the test.</summary>
public sealed class TestAuthority : IDisposable
{
    private const int SerialBytes = 16;

    private readonly string _folder;
    private readonly X509Certificate2 _certificate;
    private readonly ECDsa _key;

    /// <summary>A root.</summary>
    public TestAuthority(string folder, string name = "Root of a test")
        : this(folder, name, null)
    {
    }

    private TestAuthority(string folder, string name, TestAuthority? issuer)
    {
        (_folder, _key) = (folder, ECDsa.Create(ECCurve.NamedCurves.nistP256));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        (DateTimeOffset from, DateTimeOffset to) = (now.AddYears(-2), now.AddYears(2));
        CertificateRequest request = new($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = issuer is null ? request.CreateSelfSigned(from, to) : issuer.Sign(request, from, to);
        RootFile = issuer?.RootFile ?? Path.Combine(folder, $"root{Guid.NewGuid():N}.pem");
        if (issuer is null)
        {
            File.WriteAllText(RootFile, _certificate.ExportCertificatePem() + "\n");
        }
    }

    /// <summary>PEM.</summary>
    public string RootFile { get; }

    /// <summary>An intermediate of this root.</summary>
    public TestAuthority Below(string name) => new(_folder, name, this);

    /// <summary>Writes `FILE.pem` and `FILE.key`.</summary>
    /// <param name="file">Without its end.</param>
    /// <param name="names">DNS names of the subjectAltName; none: there is no such extension.</param>
    /// <param name="from">Null: yesterday.</param>
    /// <param name="to">Null: in 90 days.</param>
    /// <param name="commonName">Null: none.</param>
    /// <param name="withIssuer">Does an intermediate's own certificate stand behind the server's?</param>
    /// <param name="issuerUrl">Where it says that its issuer's certificate lies; null: it does not say.</param>
    public void Issue(
        string file, IReadOnlyList<string> names, DateTimeOffset? from = null, DateTimeOffset? to = null, string? commonName = null, bool withIssuer = false, string? issuerUrl = null)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(commonName is null ? "" : $"CN={commonName}", key, HashAlgorithmName.SHA256);
        if (names.Count > 0)
        {
            SubjectAlternativeNameBuilder alternative = new();
            foreach (string name in names)
            {
                alternative.AddDnsName(name);
            }

            request.CertificateExtensions.Add(alternative.Build());
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], false));
        if (issuerUrl is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [issuerUrl]));
        }

        using X509Certificate2 certificate = Sign(request, from ?? now.AddDays(-1), to ?? now.AddDays(90));
        File.WriteAllText(Path.Combine(_folder, file + ".pem"), certificate.ExportCertificatePem() + "\n" + (withIssuer ? _certificate.ExportCertificatePem() + "\n" : ""));
        File.WriteAllText(Path.Combine(_folder, file + ".key"), key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset from, DateTimeOffset to)
    {
        byte[] serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] &= 0x7F;
        return request.Create(_certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from, to, serial);
    }
}
