using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MtaSts.Host.Access;

/// <summary>Secrets of API keys: 256 random bits behind a prefix that scanners for leaked secrets can know.</summary>
internal static class KeySecrets
{
    public const string Prefix = "mtasts_";

    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string NewId() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 16);

    /// <summary>What is stored. SHA-256 is enough: nobody guesses 256 random bits, however fast he can hash.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
