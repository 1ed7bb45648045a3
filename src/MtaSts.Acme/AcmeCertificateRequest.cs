using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Acme;

/// <summary>The CSR of a server's certificate (RFC 8555 §7.4, RFC 2986).</summary>
public static class AcmeCertificateRequest
{
    /// <summary>
    /// A CSR in DER for these names: in the subject alternative name only. The subject stays empty, because a common name has at most 64
    /// characters and CAs no longer write one. There is no OCSP must-staple: CAs refuse it since they have no responders.
    /// </summary>
    /// <param name="names">Those of the order, in A-labels (RFC 8555 §7.4: the same as its identifiers).</param>
    /// <param name="key">The certificate's own key, never the account's; P-256 is what all CAs take.</param>
    /// <exception cref="ArgumentException">There is no name, or one is not ASCII.</exception>
    public static byte[] Create(IEnumerable<string> names, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(key);
        var alternative = new SubjectAlternativeNameBuilder();
        var count = 0;
        foreach (var name in names)
        {
            alternative.AddDnsName(DnsNames.Checked(name, nameof(names)));
            count++;
        }

        if (count == 0)
        {
            throw new ArgumentException("A certificate has at least one name.", nameof(names));
        }

        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        // RFC 5280 §4.2.1.6: critical where the subject is empty.
        request.CertificateExtensions.Add(alternative.Build(critical: true));
        return request.CreateSigningRequest();
    }
}
