namespace MtaSts.Dns;

/// <summary>
/// EDNS (RFC 6891 §6.1), the pseudo-record that says what its sender can do. It uses class and time to live of the record for itself: make the record
/// with <see cref="ToRecord"/>.
/// </summary>
public sealed record OptData : DnsRecordData
{
    /// <summary>The size over UDP that is known to pass everywhere (DNS flag day 2020).</summary>
    public const ushort SafePayloadSize = 1232;

    private const uint DnssecFlag = 0x8000;

    private readonly byte[] _options;

    private OptData(ushort payloadSize, uint timeToLive, byte[] options)
    {
        PayloadSize = payloadSize;
        HighResponseCode = (byte)(timeToLive >> 24);
        Version = (byte)(timeToLive >> 16);
        IsDnssecWanted = (timeToLive & DnssecFlag) != 0;
        _options = options;
    }

    /// <summary>Data of version 0 without options.</summary>
    /// <param name="payloadSize">The largest answer over UDP that its sender takes; below 512 means 512.</param>
    /// <param name="responseCode">How it went; its upper eight bits are kept here, the lower four in the header.</param>
    /// <param name="isDnssecWanted">DO: signatures, too (RFC 3225 §3).</param>
    public OptData(ushort payloadSize, DnsResponseCode responseCode = DnsResponseCode.NoError, bool isDnssecWanted = false)
        : this(payloadSize, ((uint)responseCode >> 4 & 0xff) << 24 | (isDnssecWanted ? DnssecFlag : 0), [])
    {
    }

    /// <inheritdoc/>
    public override DnsType Type => DnsType.Opt;

    /// <summary>The largest answer over UDP that its sender takes; below 512 means 512 (§6.2.3).</summary>
    public ushort PayloadSize { get; }

    /// <summary>The upper eight bits of the twelve that say how it went.</summary>
    public byte HighResponseCode { get; }

    /// <summary>The version; 0 is the one there is.</summary>
    public byte Version { get; }

    /// <summary>DO: signatures, too (RFC 3225 §3).</summary>
    public bool IsDnssecWanted { get; }

    /// <summary>All options as they stand: code, length, data of each (§6.1.2).</summary>
    public ReadOnlyMemory<byte> Options => _options;

    /// <summary>The record: of the root, with these data also in its class and its time to live.</summary>
    public DnsRecord ToRecord() => new(
        DnsName.Root, (DnsClass)PayloadSize, (uint)HighResponseCode << 24 | (uint)Version << 16 | (IsDnssecWanted ? DnssecFlag : 0), this);

    /// <inheritdoc/>
    public bool Equals(OptData? other) => other is not null && ToParts() == other.ToParts() && _options.AsSpan().SequenceEqual(other._options);

    /// <inheritdoc/>
    public override int GetHashCode() => ToParts().GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => DnsText.Unknown(_options);

    internal static OptData Read(ref DnsReader reader, DnsClass value, uint timeToLive, int length)
    {
        var end = reader.Position + length;
        var options = reader.ReadOctets(length);
        for (var rest = options; !rest.IsEmpty;)
        {
            var size = rest.Length < 4 ? int.MaxValue : 4 + (rest[2] << 8 | rest[3]);
            rest = size <= rest.Length ? rest[size..] : throw DnsReader.Wrong("an option longer than its data", end - rest.Length);
        }

        return new OptData((ushort)value, timeToLive, options.ToArray());
    }

    internal override void Write(DnsWriter writer) => writer.WriteOctets(_options);

    private (ushort, byte, byte, bool) ToParts() => (PayloadSize, HighResponseCode, Version, IsDnssecWanted);
}
