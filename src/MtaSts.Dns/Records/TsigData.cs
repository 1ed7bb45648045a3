namespace MtaSts.Dns;

/// <summary>The signature of a message (RFC 8945 §4.2), last of its records. <see cref="Tsig"/> makes and judges it.</summary>
public sealed record TsigData : DnsRecordData
{
    /// <summary>Most seconds that 48 bits hold.</summary>
    public const ulong MaxTime = (1UL << 48) - 1;

    private readonly byte[] _mac;
    private readonly byte[] _other;

    internal TsigData(DnsName algorithm, ulong timeSigned, ushort fudge, byte[] mac, ushort originalId, DnsResponseCode error, byte[] other)
    {
        Algorithm = algorithm;
        TimeSigned = timeSigned;
        Fudge = fudge;
        _mac = mac;
        OriginalId = originalId;
        Error = error;
        _other = other;
    }

    /// <inheritdoc/>
    public override DnsType Type => DnsType.Tsig;

    /// <summary>The algorithm's name (§6).</summary>
    public DnsName Algorithm { get; }

    /// <summary>When it was signed: seconds since 1970 in UTC, 48 bits.</summary>
    public ulong TimeSigned { get; }

    /// <summary>Seconds by which the receiver's clock may differ.</summary>
    public ushort Fudge { get; }

    /// <summary>The signature itself; empty in an answer to a signature that the server could not check (§5.3.2).</summary>
    public ReadOnlyMemory<byte> Mac => _mac;

    /// <summary>The id of the message as it was signed.</summary>
    public ushort OriginalId { get; }

    /// <summary>What the server says of the signature of the request (§3).</summary>
    public DnsResponseCode Error { get; }

    /// <summary>With BADTIME: the server's time (§5.2.3), as 48 bits.</summary>
    public ReadOnlyMemory<byte> Other => _other;

    /// <summary>The server's time with BADTIME; null where there is none.</summary>
    public ulong? ServerTime => Error == DnsResponseCode.BadTime && _other.Length == 6
        ? _other.Aggregate(0UL, (time, octet) => time << 8 | octet)
        : null;

    /// <inheritdoc/>
    public bool Equals(TsigData? other) => other is not null && ToParts() == other.ToParts()
        && _mac.AsSpan().SequenceEqual(other._mac) && _other.AsSpan().SequenceEqual(other._other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToParts().GetHashCode();

    /// <summary>As <c>dig</c> shows it.</summary>
    public override string ToString() =>
        $"{Algorithm} {DnsText.Number((long)TimeSigned)} {DnsText.Number(Fudge)} {DnsText.Number(_mac.Length)} {Convert.ToBase64String(_mac)} "
        + $"{DnsText.Number(OriginalId)} {DnsText.Of(Error, ofSignature: true)} {DnsText.Number(_other.Length)} {Convert.ToBase64String(_other)}".TrimEnd();

    internal static TsigData Read(ref DnsReader reader)
    {
        var algorithm = reader.ReadName();
        var time = (ulong)reader.ReadUInt16() << 32 | reader.ReadUInt32();
        var fudge = reader.ReadUInt16();
        var mac = reader.ReadOctets(reader.ReadUInt16()).ToArray();
        var id = reader.ReadUInt16();
        var error = (DnsResponseCode)reader.ReadUInt16();
        return new TsigData(algorithm, time, fudge, mac, id, error, reader.ReadOctets(reader.ReadUInt16()).ToArray());
    }

    internal override void Write(DnsWriter writer)
    {
        writer.WriteName(Algorithm.Wire, compress: false);
        WriteTime(writer, TimeSigned);
        writer.WriteUInt16(Fudge);
        writer.WriteUInt16((ushort)_mac.Length);
        writer.WriteOctets(_mac);
        writer.WriteUInt16(OriginalId);
        writer.WriteUInt16((ushort)Error);
        writer.WriteUInt16((ushort)_other.Length);
        writer.WriteOctets(_other);
    }

    private static void WriteTime(DnsWriter writer, ulong time)
    {
        writer.WriteUInt16((ushort)(time >> 32));
        writer.WriteUInt32((uint)time);
    }

    private (DnsName, ulong, ushort, ushort, DnsResponseCode) ToParts() => (Algorithm, TimeSigned, Fudge, OriginalId, Error);
}
