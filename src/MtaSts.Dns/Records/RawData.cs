namespace MtaSts.Dns;

/// <summary>
/// Data of a type that this library does not know, as octets (RFC 3597); or none at all, as in an update that names a type only (RFC 2136 §2.4, §2.5).
/// Read from a message, names in them may be compressed with pointers that lead nowhere elsewhere: RFC 3597 §4 allows that for no new type.
/// </summary>
public sealed record RawData : DnsRecordData
{
    private readonly byte[] _octets;

    /// <summary>Data of octets.</summary>
    /// <exception cref="ArgumentException">More than 65,535.</exception>
    public RawData(DnsType type, ReadOnlySpan<byte> octets)
    {
        if (octets.Length > DnsReader.MaxMessageLength)
        {
            throw new ArgumentException("Longer than data can be.", nameof(octets));
        }

        Type = type;
        _octets = octets.ToArray();
    }

    /// <inheritdoc/>
    public override DnsType Type { get; }

    /// <summary>The octets.</summary>
    public ReadOnlyMemory<byte> Octets => _octets;

    /// <inheritdoc/>
    public bool Equals(RawData? other) => other is not null && Type == other.Type && _octets.AsSpan().SequenceEqual(other._octets);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Type);
        hash.AddBytes(_octets);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => DnsText.Unknown(_octets);

    internal override void Write(DnsWriter writer) => writer.WriteOctets(_octets);
}
