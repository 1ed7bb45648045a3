namespace MtaSts.Dns;

/// <summary>How a message is signed (RFC 8945 §6). Those with MD5 and SHA-1 are left out, and signatures are never cut.</summary>
public enum TsigAlgorithm
{
    /// <summary><c>hmac-sha256</c>, the usual one.</summary>
    HmacSha256,

    /// <summary><c>hmac-sha384</c>.</summary>
    HmacSha384,

    /// <summary><c>hmac-sha512</c>.</summary>
    HmacSha512,
}
