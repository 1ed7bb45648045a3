using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MtaSts.Acme;

/// <summary><c>application/pem-certificate-chain</c> (RFC 8555 §9.1).</summary>
internal static class ChainReader
{
    public static IssuedChain Read(AcmeResponse answer)
    {
        var chain = new List<ReadOnlyMemory<byte>>();
        var rest = Encoding.ASCII.GetString(answer.Body).AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            // RFC 8555 §9.1: certificates and nothing else; a private key in it would be an attack.
            if (!rest[fields.Label].SequenceEqual("CERTIFICATE"))
            {
                throw Fault(answer, "there is something else than a certificate in it");
            }

            if (chain.Count == AcmeLimits.MaxChainLength)
            {
                throw Fault(answer, $"there are over {AcmeLimits.MaxChainLength} certificates in it");
            }

            var der = new byte[fields.DecodedDataLength];
            if (!Convert.TryFromBase64Chars(rest[fields.Base64Data], der, out var length) || !IsCertificate(der.AsSpan(0, length)))
            {
                throw Fault(answer, "a certificate in it cannot be read");
            }

            chain.Add(der.AsMemory(0, length));
            rest = rest[fields.Location.End..];
        }

        return chain.Count > 0 ? new IssuedChain(chain, answer.LinksOf("alternate")) : throw Fault(answer, "there is no certificate in it");
    }

    private static bool IsCertificate(ReadOnlySpan<byte> der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            // Nothing behind it: these octets are stored and served.
            return certificate.RawDataMemory.Span.SequenceEqual(der);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static AcmeException Fault(AcmeResponse answer, string fault) => AcmeException.Garbage(answer.Operation, answer.Url, fault);
}
