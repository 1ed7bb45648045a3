using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Acme;

internal static class ChainCheck
{
    public static IReadOnlyList<ChainFault> FindFaults(
        IReadOnlyList<ReadOnlyMemory<byte>> chain, ReadOnlySpan<byte> subjectPublicKeyInfo, IEnumerable<string> names, DateTimeOffset now)
    {
        var faults = new List<ChainFault>();
        var certificates = new List<X509Certificate2>();
        try
        {
            certificates.AddRange(chain.Select(der => X509CertificateLoader.LoadCertificate(der.Span)));
            var leaf = certificates[0];
            if (!leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(subjectPublicKeyInfo))
            {
                faults.Add(new ChainFault(ChainFaultKind.KeyDiffers, "the certificate is for another key"));
            }

            CheckNames(leaf, names, faults);
            if (now < leaf.NotBefore.ToUniversalTime())
            {
                faults.Add(new ChainFault(ChainFaultKind.NotYetValid, $"the certificate is valid from {leaf.NotBefore.ToUniversalTime():yyyy-MM-dd'T'HH:mm:ss'Z'} on only"));
            }

            if (now > leaf.NotAfter.ToUniversalTime())
            {
                faults.Add(new ChainFault(ChainFaultKind.Expired, $"the certificate was valid until {leaf.NotAfter.ToUniversalTime():yyyy-MM-dd'T'HH:mm:ss'Z'}"));
            }

            for (var at = 0; at + 1 < certificates.Count; at++)
            {
                if (!IsIssuedBy(certificates[at], certificates[at + 1]))
                {
                    faults.Add(new ChainFault(ChainFaultKind.NotLinked, $"certificate {at + 1} of the chain is not signed by the next"));
                }
            }

            return faults;
        }
        finally
        {
            certificates.ForEach(certificate => certificate.Dispose());
        }
    }

    private static void CheckNames(X509Certificate2 leaf, IEnumerable<string> names, List<ChainFault> faults)
    {
        // Not the common name: it is empty, or what a CA makes of it (RFC 9525 §2).
        var present = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        try
        {
            foreach (var extension in leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>())
            {
                present.UnionWith(extension.EnumerateDnsNames());
            }
        }
        catch (CryptographicException)
        {
            faults.Add(new ChainFault(ChainFaultKind.NamesDiffer, "the names of the certificate cannot be read"));
            return;
        }

        var wanted = names.ToList();
        if (!present.SetEquals(wanted))
        {
            faults.Add(new ChainFault(
                ChainFaultKind.NamesDiffer, PlainText.Cut($"the certificate is for {string.Join(", ", present)} and not for {string.Join(", ", wanted)}", 1000)));
        }
    }

    /// <remarks>Name and signature. The framework's chain would look for certificates elsewhere too; here the question is what was sent.</remarks>
    private static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 issuer)
    {
        if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData))
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(issuer);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid | X509VerificationFlags.AllowUnknownCertificateAuthority;
        chain.Build(certificate);
        const X509ChainStatusFlags Broken = X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.InvalidBasicConstraints;
        return chain.ChainElements.Count > 1 && chain.ChainElements[1].Certificate.RawDataMemory.Span.SequenceEqual(issuer.RawDataMemory.Span)
            && !chain.ChainStatus.Any(status => (status.Status & Broken) != 0);
    }
}
