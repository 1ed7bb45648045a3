using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MtaSts.Acme;

/// <summary>Flattened JSON serialization of a JWS (RFC 7515 §7.2.2), the only one that ACME knows (RFC 8555 §6.2).</summary>
internal static class Jws
{
    /// <param name="key">Signs.</param>
    /// <param name="keyId">The account's URL (<c>kid</c>); null for requests that carry their key (<c>jwk</c>). Never both (RFC 8555 §6.2).</param>
    /// <param name="nonce">Null for the inner JWS of a key change (RFC 8555 §7.3.5).</param>
    /// <param name="url">Exactly the URL posted to (RFC 8555 §6.4).</param>
    /// <param name="payload">Empty for POST-as-GET (RFC 8555 §6.3).</param>
    public static byte[] Sign(JwsKey key, Uri? keyId, string? nonce, Uri url, ReadOnlySpan<byte> payload)
    {
        var header = JsonText.Object(writer =>
        {
            writer.WriteString("alg", key.Algorithm);
            if (keyId is null)
            {
                writer.WritePropertyName("jwk");
                key.WriteJwk(writer);
            }
            else
            {
                writer.WriteString("kid", keyId.AbsoluteUri);
            }

            if (nonce is not null)
            {
                writer.WriteString("nonce", nonce);
            }

            writer.WriteString("url", url.AbsoluteUri);
        });
        return Flatten(header, payload, key.Sign);
    }

    /// <summary>RFC 8555 §7.3.4: MAC over the account's public key, without a nonce.</summary>
    public static byte[] Bind(ExternalAccountBinding binding, Uri url, JwsKey accountKey)
    {
        var header = JsonText.Object(writer =>
        {
            writer.WriteString("alg", "HS256");
            writer.WriteString("kid", binding.KeyId);
            writer.WriteString("url", url.AbsoluteUri);
        });
        return Flatten(header, accountKey.ToJwk(), data => HMACSHA256.HashData(binding.MacKey, data));
    }

    private static byte[] Flatten(byte[] header, ReadOnlySpan<byte> payload, Func<byte[], byte[]> sign)
    {
        var protectedText = Base64Url.EncodeToString(header);
        var payloadText = Base64Url.EncodeToString(payload);
        var signature = sign(Encoding.ASCII.GetBytes($"{protectedText}.{payloadText}"));
        return JsonText.Object(writer =>
        {
            writer.WriteString("protected", protectedText);
            writer.WriteString("payload", payloadText);
            writer.WriteString("signature", Base64Url.EncodeToString(signature));
        });
    }
}
