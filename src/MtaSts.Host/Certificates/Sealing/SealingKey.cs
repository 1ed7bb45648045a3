using System.Security.Cryptography;

namespace MtaSts.Host.Certificates.Sealing;

/// <summary>A key that seals private keys (AES-256), and the short name by which sealed content says which one it needs.</summary>
internal sealed class SealingKey
{
    public const int Bytes = 32;
    public const int IdBytes = 4;

    private SealingKey(byte[] key)
    {
        Key = key;
        // One way, so that the id in the store tells nothing of the key.
        Id = Convert.ToHexStringLower(HMACSHA256.HashData(key, "sealing key id"u8).AsSpan(0, IdBytes));
    }

    /// <summary>Never shown, logged or put into an exception.</summary>
    public byte[] Key { get; }

    /// <summary>8 hexadecimal digits; may be shown.</summary>
    public string Id { get; }

    public static SealingKey New() => new(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Null when it is not 32 bytes in base64.</summary>
    public static SealingKey? Parse(string text)
    {
        var key = new byte[Bytes];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == Bytes ? new SealingKey(key) : null;
    }

    /// <summary>The form that settings and the key file have. A secret.</summary>
    public string Export() => Convert.ToBase64String(Key);

    /// <summary>The id alone: what a log line or a debugger shows of an object must not be the key.</summary>
    public override string ToString() => Id;
}
