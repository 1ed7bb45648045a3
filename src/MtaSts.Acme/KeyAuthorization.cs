using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace MtaSts.Acme;

/// <summary>
/// Token and thumbprint of the account's key (RFC 8555 §8.1), in the forms that the challenges ask for. It holds for this key only: after a
/// key change it must be made anew. Immutable, safe from any thread.
/// </summary>
public sealed class KeyAuthorization
{
    private const int ThumbprintLength = 43;

    private static readonly SearchValues<char> Base64UrlLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private KeyAuthorization(string token, string thumbprint)
    {
        Token = token;
        Text = $"{token}.{thumbprint}";
    }

    /// <summary>The challenge's token: the last segment of the path of http-01.</summary>
    public string Token { get; }

    /// <summary>The key authorization itself: the body of the http-01 answer (RFC 8555 §8.3).</summary>
    public string Text { get; }

    /// <summary>The path that the CA asks for on port 80 (RFC 8555 §8.3).</summary>
    public string HttpPath => "/.well-known/acme-challenge/" + Token;

    /// <summary>The text of the TXT record at <c>_acme-challenge.</c> + name (RFC 8555 §8.4).</summary>
    public string DnsTxtValue => Base64Url.EncodeToString(TlsAlpnDigest());

    /// <summary>SHA-256 of the key authorization: what the certificate of tls-alpn-01 holds (RFC 8737 §3).</summary>
    public byte[] TlsAlpnDigest() => SHA256.HashData(Encoding.ASCII.GetBytes(Text));

    /// <summary>The answer to a challenge.</summary>
    /// <exception cref="AcmeException">The challenge has no token, as those of a type that this library does not know.</exception>
    public static KeyAuthorization Create(AcmeChallenge challenge, AccountKey key)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        ArgumentNullException.ThrowIfNull(key);
        return challenge.Token is { } token
            ? new KeyAuthorization(token, key.Thumbprint)
            : throw AcmeException.Garbage("challenge", challenge.Url, $"a challenge of type {challenge.Type} has no token");
    }

    /// <summary>Reads a stored <see cref="Text"/>.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out KeyAuthorization? result)
    {
        result = null;
        if (text?.LastIndexOf('.') is > 0 and var dot && IsToken(text.AsSpan(0, dot))
            && text.Length - dot - 1 == ThumbprintLength && !text.AsSpan(dot + 1).ContainsAnyExcept(Base64UrlLetters))
        {
            result = new KeyAuthorization(text[..dot], text[(dot + 1)..]);
        }

        return result is not null;
    }

    /// <summary>Could this be a token? RFC 8555 §8.1: characters of base64url only. So it can stand in a path, a file name, a log.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= AcmeLimits.MaxTokenLength && !text.ContainsAnyExcept(Base64UrlLetters);

    /// <summary>The key authorization; not a secret once it is served.</summary>
    public override string ToString() => Text;
}
