using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace MtaSts.Host.Certificates.Preflight;

/// <summary>
/// Tokens that the Challenge endpoint of every node answers although none of them remembers any: a token carries its time and a MAC under
/// a secret of all nodes, and its answer is another MAC, which a server that only sends back what it was asked for does not know. No token of
/// a CA is taken for one (its MAC would have to fit), and an answer is no key authorization (RFC 8555 §8.1): it has blanks and no dot.
/// Safe from all threads.
/// </summary>
/// <param name="secret">16 bytes or more, the same on all nodes; asked for each time, so that it may come with the store.</param>
/// <param name="clock">The nodes' clocks may differ by less than <see cref="Life"/>.</param>
internal sealed class PreflightEcho(Func<byte[]> secret, TimeProvider clock)
{
    /// <summary>How long a token is answered.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    // Letters of base64url alone: what stands in front of a server may let nothing else through below acme-challenge.
    private const string Prefix = "mtasts-preflight-";
    private const string AnswerPrefix = "MtaSts preflight answer ";
    private const int TimeBytes = 8;
    private const int RandomBytes = 16;
    private const int MacBytes = 16;
    private const int TokenBytes = TimeBytes + RandomBytes + MacBytes;

    /// <summary>Unlike any token before; only letters, digits, hyphens and underscores.</summary>
    public string NewToken()
    {
        Span<byte> token = stackalloc byte[TokenBytes];
        BinaryPrimitives.WriteInt64BigEndian(token, clock.GetUtcNow().ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(token.Slice(TimeBytes, RandomBytes));
        Mac("token", token[..^MacBytes], token[^MacBytes..]);
        return Prefix + Base64Url.EncodeToString(token);
    }

    /// <summary>The answer to one of our tokens, whichever node made it; false for every other text, of whatever length.</summary>
    public bool TryAnswer(ReadOnlySpan<char> token, [NotNullWhen(true)] out string? body)
    {
        body = null;
        Span<byte> bytes = stackalloc byte[TokenBytes];
        if (!token.StartsWith(Prefix, StringComparison.Ordinal)
            || token.Length != Prefix.Length + Base64Url.GetEncodedLength(TokenBytes)
            || Base64Url.DecodeFromChars(token[Prefix.Length..], bytes, out _, out var length) != OperationStatus.Done
            || length != TokenBytes)
        {
            return false;
        }

        Span<byte> mac = stackalloc byte[MacBytes];
        Mac("token", bytes[..^MacBytes], mac);
        var age = clock.GetUtcNow().ToUnixTimeSeconds() - BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[^MacBytes..]) || Math.Abs(age) > Life.TotalSeconds)
        {
            return false;
        }

        Mac("answer", bytes, mac);
        body = AnswerPrefix + Base64Url.EncodeToString(mac);
        return true;
    }

    // The purpose stands in front, so that neither MAC, nor one that others make of the same secret, can be had for the other.
    private void Mac(string purpose, ReadOnlySpan<byte> content, Span<byte> mac)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret());
        hmac.AppendData(Encoding.ASCII.GetBytes($"MtaSts.Host preflight {purpose}\0"));
        hmac.AppendData(content);
        hmac.GetHashAndReset(whole);
        whole[..mac.Length].CopyTo(mac);
    }
}
