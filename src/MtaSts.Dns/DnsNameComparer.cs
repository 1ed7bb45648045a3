namespace MtaSts.Dns;

/// <summary>
/// Compares names without regard to the case of ASCII letters (RFC 4343 §3), also with octets as <see cref="DnsReader.ReadName(Span{byte})"/> gives them:
/// a dictionary with this comparer finds a question's name without an allocation (<c>GetAlternateLookup&lt;ReadOnlySpan&lt;byte&gt;&gt;</c>).
/// </summary>
public sealed class DnsNameComparer : IEqualityComparer<DnsName>, IAlternateEqualityComparer<ReadOnlySpan<byte>, DnsName>
{
    private DnsNameComparer()
    {
    }

    /// <summary>The one there is.</summary>
    public static DnsNameComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(DnsName? x, DnsName? y) => x == y;

    /// <inheritdoc/>
    public int GetHashCode(DnsName obj)
    {
        ArgumentNullException.ThrowIfNull(obj);
        return obj.GetHashCode();
    }

    /// <inheritdoc/>
    public bool Equals(ReadOnlySpan<byte> alternate, DnsName other) => other is not null && SameWire(alternate, other.Wire);

    /// <inheritdoc/>
    public int GetHashCode(ReadOnlySpan<byte> alternate) => HashOf(alternate);

    /// <inheritdoc/>
    public DnsName Create(ReadOnlySpan<byte> alternate) => DnsName.FromWire(alternate);

    // Lengths of labels are at most 63 and so never taken for letters: a name is compared as one run of octets.
    internal static bool SameWire(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var at = 0; at < left.Length; at++)
        {
            if (left[at] != right[at] && Lower(left[at]) != Lower(right[at]))
            {
                return false;
            }
        }

        return true;
    }

    // The process has a seed of its own, so that nobody can choose names that fall together.
    internal static int HashOf(ReadOnlySpan<byte> wire)
    {
        Span<byte> lower = stackalloc byte[DnsName.MaxLength];
        for (var at = 0; at < wire.Length; at++)
        {
            lower[at] = Lower(wire[at]);
        }

        HashCode hash = default;
        hash.AddBytes(lower[..wire.Length]);
        return hash.ToHashCode();
    }

    internal static byte Lower(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;
}
