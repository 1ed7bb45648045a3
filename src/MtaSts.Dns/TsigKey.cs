using System.Security.Cryptography;

namespace MtaSts.Dns;

/// <summary>A name, an algorithm and a secret that client and server share (RFC 8945 §1, §4.2). The secret does not come out again. Immutable.</summary>
public sealed class TsigKey
{
    private static readonly Dictionary<string, TsigAlgorithm> Algorithms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["hmac-sha256"] = TsigAlgorithm.HmacSha256,
        ["hmac-sha384"] = TsigAlgorithm.HmacSha384,
        ["hmac-sha512"] = TsigAlgorithm.HmacSha512,
    };

    private readonly byte[] _secret;

    /// <summary>A key.</summary>
    /// <param name="name">Its name, as the server calls it.</param>
    /// <param name="algorithm">Its algorithm.</param>
    /// <param name="secret">The octets, not their base64; not none.</param>
    /// <exception cref="ArgumentException">No secret, or an unknown algorithm.</exception>
    public TsigKey(DnsName name, TsigAlgorithm algorithm, ReadOnlySpan<byte> secret)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        Algorithm = algorithm;
        AlgorithmName = DnsName.Parse(Algorithms.First(known => known.Value == algorithm).Key);
        _secret = secret.IsEmpty ? throw new ArgumentException("A key has a secret.", nameof(secret)) : secret.ToArray();
    }

    /// <summary>Its name, as the server calls it.</summary>
    public DnsName Name { get; }

    /// <summary>Its algorithm.</summary>
    public TsigAlgorithm Algorithm { get; }

    internal DnsName AlgorithmName { get; }

    /// <summary>A key as settings and configurations of servers write it.</summary>
    /// <param name="name">With or without the final dot.</param>
    /// <param name="algorithm"><c>hmac-sha256</c>, <c>hmac-sha384</c> or <c>hmac-sha512</c>, in any case, with or without a final dot.</param>
    /// <param name="base64">The secret.</param>
    /// <exception cref="FormatException">One of them is wrong; the message says which, and does not show a secret.</exception>
    public static TsigKey Parse(string name, string algorithm, string base64)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        ArgumentNullException.ThrowIfNull(base64);
        if (!Algorithms.TryGetValue(algorithm.EndsWith('.') ? algorithm[..^1] : algorithm, out var known))
        {
            throw new FormatException("The algorithm of a key is one of: " + string.Join(", ", Algorithms.Keys));
        }

        var secret = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, secret, out var length) && length > 0
            ? new TsigKey(DnsName.Parse(name), known, secret.AsSpan(0, length))
            : throw new FormatException("The secret of a key is base64, and not empty.");
    }

    /// <summary>Name and algorithm.</summary>
    public override string ToString() => $"{Name} ({AlgorithmName.ToString().TrimEnd('.')})";

    internal IncrementalHash StartMac() => IncrementalHash.CreateHMAC(
        Algorithm switch
        {
            TsigAlgorithm.HmacSha256 => HashAlgorithmName.SHA256,
            TsigAlgorithm.HmacSha384 => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        },
        _secret);
}
