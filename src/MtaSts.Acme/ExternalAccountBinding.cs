using System.Buffers.Text;

namespace MtaSts.Acme;

/// <summary>
/// What a CA gave its customer outside of ACME, to bind a new account to (RFC 8555 §7.3.4). CAs take it once: keep the account's key safe
/// rather than this. Immutable, safe from any thread.
/// </summary>
public sealed class ExternalAccountBinding
{
    private ExternalAccountBinding(string keyId, byte[] macKey)
    {
        KeyId = keyId;
        MacKey = macKey;
    }

    /// <summary>The CA's name for the key; not a secret.</summary>
    public string KeyId { get; }

    internal byte[] MacKey { get; }

    /// <summary>Reads what CAs print: a key id and a key in base64url, with or without padding.</summary>
    /// <exception cref="ArgumentException">One is empty, or the key is not base64url. The message does not hold the key.</exception>
    public static ExternalAccountBinding Create(string keyId, string base64UrlKey)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(keyId);
        ArgumentException.ThrowIfNullOrWhiteSpace(base64UrlKey);
        var trimmed = base64UrlKey.Trim();
        if (!Base64Url.IsValid(trimmed))
        {
            // No inner exception either: it might quote the key.
            throw new ArgumentException("The key of an external account binding is not base64url.", nameof(base64UrlKey));
        }

        return new ExternalAccountBinding(keyId.Trim(), Base64Url.DecodeFromChars(trimmed));
    }

    /// <summary>The key id; nothing of the key.</summary>
    public override string ToString() => KeyId;
}
