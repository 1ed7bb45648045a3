using System.Security.Cryptography;

namespace MtaSts.Host.Notices.Webhooks;

/// <summary>What requests are signed with, as text: `whsec_` and base64, as the Standard Webhooks have it.</summary>
internal static class WebhookSecret
{
    private const string Prefix = "whsec_";
    private const int NewBytes = 32;
    private const int LeastBytes = 24;
    private const int MostBytes = 64;

    public static byte[] New() => RandomNumberGenerator.GetBytes(NewBytes);

    /// <summary>A secret.</summary>
    public static string Show(ReadOnlySpan<byte> key) => Prefix + Convert.ToBase64String(key);

    /// <summary>Null when it is none.</summary>
    public static byte[]? Parse(string text)
    {
        var key = new byte[MostBytes + 2];
        return text.StartsWith(Prefix, StringComparison.Ordinal) && Convert.TryFromBase64String(text[Prefix.Length..], key, out var length) && length is >= LeastBytes and <= MostBytes
            ? key[..length]
            : null;
    }
}
