using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Acme;

/// <summary>A certificate with what the CA sent behind it, to be served as received (RFC 8555 §7.4.2). Immutable, safe from any thread.</summary>
public sealed class IssuedChain
{
    internal IssuedChain(IReadOnlyList<ReadOnlyMemory<byte>> certificates, IReadOnlyList<Uri> alternates)
    {
        Certificates = certificates;
        Alternates = alternates;
    }

    /// <summary>In DER; the leaf first. At least one.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; }

    /// <summary>The leaf in DER.</summary>
    public ReadOnlyMemory<byte> Leaf => Certificates[0];

    /// <summary>Where the same certificate can be had with other chains (<c>Link: rel="alternate"</c>).</summary>
    public IReadOnlyList<Uri> Alternates { get; }

    /// <summary>The chain as PEM; the leaf first, one line end behind each certificate.</summary>
    public string ToPem() => string.Concat(Certificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der.Span) + "\n"));

    /// <summary>The leaf, without a private key. The caller disposes of it.</summary>
    public X509Certificate2 LoadLeaf() => X509CertificateLoader.LoadCertificate(Leaf.Span);

    /// <summary>
    /// What is wrong with the chain; nothing where it can be served. It does not judge trust: whom clients trust is not known here.
    /// </summary>
    /// <param name="subjectPublicKeyInfo">The own key's public half, as <see cref="AsymmetricAlgorithm.ExportSubjectPublicKeyInfo"/> writes it.</param>
    /// <param name="names">The names of the order, in lower-case A-labels.</param>
    /// <param name="now">The present time.</param>
    public IReadOnlyList<ChainFault> FindFaults(ReadOnlySpan<byte> subjectPublicKeyInfo, IEnumerable<string> names, DateTimeOffset now) =>
        ChainCheck.FindFaults(Certificates, subjectPublicKeyInfo, names, now);

    /// <summary>As <see cref="FindFaults"/>, for those who have one answer to any fault.</summary>
    /// <param name="subjectPublicKeyInfo">The own key's public half.</param>
    /// <param name="names">The names of the order.</param>
    /// <param name="now">The present time.</param>
    /// <exception cref="AcmeException">Something is wrong; the blame is the CA's.</exception>
    public void Verify(ReadOnlySpan<byte> subjectPublicKeyInfo, IEnumerable<string> names, DateTimeOffset now)
    {
        if (FindFaults(subjectPublicKeyInfo, names, now) is { Count: > 0 } faults)
        {
            throw AcmeException.BadChain(string.Join("; ", faults.Select(fault => fault.Text)));
        }
    }
}
