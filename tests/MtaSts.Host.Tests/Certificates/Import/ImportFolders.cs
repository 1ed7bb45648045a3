using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Host.Certificates.Import;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Import;

/// <summary>A CA with a root and an intermediate, and a folder for what it issues.</summary>
internal sealed class ImportFolders : IDisposable
{
    public static readonly DateTimeOffset Now = new(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TestFolder _folder = new();
    private readonly ECDsa _intermediateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ImportFolders()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Root = Ca("CN=test root", rootKey).CreateSelfSigned(Now.AddYears(-2), Now.AddYears(8));
        using var intermediate = Ca("CN=test intermediate", _intermediateKey).Create(Root, Now.AddYears(-1), Now.AddYears(5), [1, 2, 3]);
        Intermediate = intermediate.CopyWithPrivateKey(_intermediateKey);
    }

    public string Path => _folder.Path;

    public X509Certificate2 Root { get; }

    public X509Certificate2 Intermediate { get; }

    public string IntermediatePem => Intermediate.ExportCertificatePem() + "\n";

    public X509Certificate2 Issue(
        string names, AsymmetricAlgorithm? key = null, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null, string usage = "1.3.6.1.5.5.7.3.1",
        X509KeyUsageFlags keyUsage = X509KeyUsageFlags.DigitalSignature)
    {
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa
            ? new CertificateRequest("", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("", (ECDsa)key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        Array.ForEach(names.Split(' '), alternative.AddDnsName);
        request.CertificateExtensions.Add(alternative.Build(critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(keyUsage, critical: true));
        using var leaf = request.Create(
            Intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(_intermediateKey), notBefore ?? Now.AddDays(-10), notAfter ?? Now.AddDays(80), RandomNumberGenerator.GetBytes(8));
        return key is RSA own ? leaf.CopyWithPrivateKey(own) : leaf.CopyWithPrivateKey((ECDsa)key);
    }

    /// <summary>Certificate, intermediate and key in one file of this name.</summary>
    public X509Certificate2 Write(string name, X509Certificate2 leaf, string? chain = null)
    {
        WriteText(name, leaf.ExportCertificatePem() + "\n" + (chain ?? IntermediatePem) + KeyPem(leaf));
        return leaf;
    }

    public string WriteText(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public static string KeyPem(X509Certificate2 leaf) =>
        ((AsymmetricAlgorithm?)leaf.GetECDsaPrivateKey() ?? leaf.GetRSAPrivateKey()!).ExportPkcs8PrivateKeyPem() + "\n";

    public ImportFindings Read(string? path = null, ImportFormat format = ImportFormat.Auto, string? password = null, X509Certificate2Collection? issuers = null, DateTimeOffset? now = null)
    {
        var faults = new List<ImportFault>();
        var folder = ImportFolder.Open(path ?? Path, format, faults, out var refusal);
        Assert.True(folder is not null, refusal);
        return ImportReading.Read(folder, faults, issuers ?? [], password, now ?? Now, TestContext.Current.CancellationToken);
    }

    /// <summary>The one certificate of a folder without faults.</summary>
    public ImportCandidate ReadOne(string? path = null, ImportFormat format = ImportFormat.Auto, string? password = null, X509Certificate2Collection? issuers = null, DateTimeOffset? now = null)
    {
        var findings = Read(path, format, password, issuers, now);
        Assert.Empty(findings.Faults);
        var candidate = Assert.Single(findings.Candidates);
        Assert.Empty(candidate.Faults);
        return candidate;
    }

    public void Dispose()
    {
        Root.Dispose();
        Intermediate.Dispose();
        _intermediateKey.Dispose();
        _folder.Dispose();
    }

    private static CertificateRequest Ca(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }
}
