using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MtaSts.Host.Notices.Webhooks;

/// <summary>Standard Webhooks: the three headers by which a receiver knows that a request is ours, whole, and not an old one. Pure.</summary>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <summary>Signature over `id.timestamp.body`.</summary>
    public static string Of(ReadOnlySpan<byte> key, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mac.AppendData(Encoding.ASCII.GetBytes($"{id}.{Timestamp(at)}."));
        mac.AppendData(body);
        return $"v1,{Convert.ToBase64String(mac.GetHashAndReset())}";
    }

    public static string Timestamp(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
