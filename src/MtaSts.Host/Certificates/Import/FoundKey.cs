using System.Security.Cryptography;

namespace MtaSts.Host.Certificates.Import;

/// <summary>A private key out of a file. Dispose it to wipe its bytes.</summary>
/// <param name="algorithm">RSA or ECDSA; owned.</param>
internal sealed class FoundKey(AsymmetricAlgorithm algorithm) : IDisposable
{
    // SubjectPublicKeyInfo: how a certificate finds its key.
    public string PublicKey { get; } = Convert.ToBase64String(algorithm.ExportSubjectPublicKeyInfo());

    public AsymmetricAlgorithm Algorithm => algorithm;

    /// <summary>The caller wipes it.</summary>
    public byte[] ExportPkcs8() => algorithm.ExportPkcs8PrivateKey();

    public void Dispose() => algorithm.Dispose();
}
