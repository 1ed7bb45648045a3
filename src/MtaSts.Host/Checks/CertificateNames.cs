using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Host.Checks;

/// <summary>What a check reads of a server's certificate and its handshake, of a policy host as of a mail server.</summary>
internal static class CertificateNames
{
    /// <summary>DNS names of its subjectAltName, no more than <paramref name="most"/>.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate, int most) =>
        [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames()).Take(most)];

    /// <summary>RFC 8461 §3.3, §4.2: DNS-ID only, a wildcard as the whole left-most label. A host name that no certificate can hold matches none.</summary>
    public static bool Match(X509Certificate2 certificate, string host)
    {
        try
        {
            return certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Such as `TLS 1.3`.</summary>
    public static string Word(SslProtocols version) => version switch
    {
        SslProtocols.Tls13 => "TLS 1.3",
        SslProtocols.Tls12 => "TLS 1.2",
        _ => version.ToString(),
    };
}
