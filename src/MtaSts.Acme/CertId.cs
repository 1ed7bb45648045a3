using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Acme;

/// <summary>The name of a certificate in renewal information and in <c>replaces</c> (RFC 9773 §4.1).</summary>
public static class CertId
{
    /// <summary>base64url of the authority key identifier, a dot, base64url of the serial number's octets.</summary>
    /// <param name="certificate">The leaf.</param>
    /// <returns>Null where it has no authority key identifier, as self-signed ones and those of some private CAs.</returns>
    public static string? Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        try
        {
            var authority = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
            // The octets as in DER: with the zero in front where the first bit is set.
            return authority is { Length: > 0 } keyId
                ? $"{Base64Url.EncodeToString(keyId.Span)}.{Base64Url.EncodeToString(certificate.SerialNumberBytes.Span)}"
                : null;
        }
        catch (CryptographicException)
        {
            // An extension that cannot be read names no authority.
            return null;
        }
    }
}
