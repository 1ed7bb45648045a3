namespace MtaSts.Acme;

/// <summary>The challenge types that this library has answers for.</summary>
public static class AcmeChallengeTypes
{
    /// <summary>A text on port 80 (RFC 8555 §8.3).</summary>
    public const string Http01 = "http-01";

    /// <summary>A TXT record (RFC 8555 §8.4).</summary>
    public const string Dns01 = "dns-01";

    /// <summary>A certificate on port 443 (RFC 8737).</summary>
    public const string TlsAlpn01 = "tls-alpn-01";
}
