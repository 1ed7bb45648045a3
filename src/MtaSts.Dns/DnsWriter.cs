using System.Buffers.Binary;

namespace MtaSts.Dns;

/// <summary>
/// Writes a message into a caller's buffer, names compressed (RFC 1035 §4.1.4) within the reach of a pointer's 14 bits. The counts of the header are
/// kept by it. What does not fit is not written, and <see cref="IsFull"/> from then on, until <see cref="RollBack"/>: so a server tries a
/// record, and takes it back. Can be used again and again (<see cref="Reset"/>), and then allocates nothing. Not safe for several threads at a time.
/// </summary>
public sealed class DnsWriter
{
    private readonly NameTable _names = new();
    private byte[] _buffer = [];
    private int _start;
    private int _maxLength;

    /// <summary>Begins a message.</summary>
    /// <param name="buffer">Where it is written.</param>
    /// <param name="start">Where in it the message begins; 2 leaves the room that TCP needs for the length (RFC 1035 §4.2.2).</param>
    public DnsWriter(byte[] buffer, int start = 0) => Reset(buffer, start);

    /// <summary>Octets that are written.</summary>
    public int Length { get; private set; }

    /// <summary>
    /// Most octets that the message may have; at first as many as the buffer has, and 65,535. May be set at any time, also higher again: a server
    /// keeps room for the records at the end that way.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More than that, or less than is written.</exception>
    public int MaxLength
    {
        get => _maxLength;
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Math.Min(_buffer.Length - _start, DnsReader.MaxMessageLength));
            ArgumentOutOfRangeException.ThrowIfLessThan(value, Length);
            _maxLength = value;
        }
    }

    /// <summary>Did something not fit? Then the message is not whole, and nothing more is written.</summary>
    public bool IsFull { get; private set; }

    /// <summary>The message up to here.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(_start, Length);

    private Span<byte> Message => _buffer.AsSpan(_start, _maxLength);

    /// <summary>Begins another message.</summary>
    /// <param name="buffer">Where it is written.</param>
    /// <param name="start">Where in it the message begins.</param>
    public void Reset(byte[] buffer, int start = 0)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)buffer.Length, nameof(start));
        _buffer = buffer;
        _start = start;
        _maxLength = Math.Min(buffer.Length - start, DnsReader.MaxMessageLength);
        _names.Forget(0);
        Length = 0;
        IsFull = false;
    }

    /// <summary>Writes the header, first of all. Its counts are not taken: they grow with what is written after it.</summary>
    public void WriteHeader(DnsHeader header)
    {
        if (Length != 0)
        {
            throw new InvalidOperationException("A header is the first of a message.");
        }

        if (Take(DnsHeader.Length) is [_, ..] octets)
        {
            BinaryPrimitives.WriteUInt16BigEndian(octets, header.Id);
            BinaryPrimitives.WriteUInt16BigEndian(octets[2..], header.Word);
            octets[4..].Clear();
        }
    }

    /// <summary>Sets flags in the header that is already written, TC most of all.</summary>
    public void AddFlags(DnsFlags flags)
    {
        RequireHeader();
        BinaryPrimitives.WriteUInt16BigEndian(Message[2..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(Message[2..]) | (ushort)(flags & DnsHeader.AllFlags)));
    }

    /// <summary>Writes a question.</summary>
    public void WriteQuestion(DnsQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        WriteQuestion(question.Name.Wire, question.Type, question.Class);
    }

    /// <summary>Writes a question whose name was read by <see cref="DnsReader.ReadName(Span{byte})"/>.</summary>
    public void WriteQuestion(ReadOnlySpan<byte> name, DnsType type, DnsClass value)
    {
        RequireHeader();
        WriteName(name, compress: true);
        WriteUInt16((ushort)type);
        WriteUInt16((ushort)value);
        Count(0);
    }

    /// <summary>Writes a record. Sections are written in their order.</summary>
    public void WriteRecord(DnsSection section, DnsRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        WriteRecord(section, record.Name.Wire, record.Class, record.TimeToLive, record.Data);
    }

    /// <summary>Writes a record whose name was read by <see cref="DnsReader.ReadName(Span{byte})"/>.</summary>
    public void WriteRecord(DnsSection section, ReadOnlySpan<byte> name, DnsClass value, uint timeToLive, DnsRecordData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        RequireHeader();
        WriteName(name, compress: true);
        WriteUInt16((ushort)data.Type);
        WriteUInt16((ushort)value);
        WriteUInt32(timeToLive);
        var lengthAt = Length;
        WriteUInt16(0);
        data.Write(this);
        if (!IsFull)
        {
            BinaryPrimitives.WriteUInt16BigEndian(Message[lengthAt..], (ushort)(Length - lengthAt - 2));
        }

        Count((int)section);
    }

    /// <summary>Writes a record whose data are at hand as octets; names in them stand without pointers, and stay so.</summary>
    public void WriteRecord(DnsSection section, ReadOnlySpan<byte> name, DnsType type, uint timeToLive, ReadOnlySpan<byte> data)
    {
        RequireHeader();
        WriteName(name, compress: true);
        WriteUInt16((ushort)type);
        WriteUInt16((ushort)DnsClass.In);
        WriteUInt32(timeToLive);
        WriteUInt16(checked((ushort)data.Length));
        WriteOctets(data);
        Count((int)section);
    }

    /// <summary>Remembers the place, with the counts of the header.</summary>
    public DnsMark Mark()
    {
        RequireHeader();
        return new(Length, BinaryPrimitives.ReadUInt64BigEndian(Message[4..]), IsFull);
    }

    /// <summary>Takes back all that was written since the mark. Flags of the header stay.</summary>
    public void RollBack(DnsMark mark)
    {
        RequireHeader();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mark.Length, Length, nameof(mark));
        _names.Forget(mark.Length);
        BinaryPrimitives.WriteUInt64BigEndian(Message[4..], mark.Counts);
        Length = mark.Length;
        IsFull = mark.IsFull;
    }

    internal void WriteName(ReadOnlySpan<byte> wire, bool compress)
    {
        if (!compress)
        {
            WriteOctets(wire);
            return;
        }

        // Hashes of all ends of the name, the shortest first made, so that each takes one label's time.
        Span<byte> starts = stackalloc byte[DnsName.MaxLabels];
        Span<uint> hashes = stackalloc uint[DnsName.MaxLabels];
        var count = 0;
        for (var at = 0; wire[at] != 0; at += wire[at] + 1)
        {
            starts[count++] = (byte)at;
        }

        var hash = 2_166_136_261;
        for (var label = count - 1; label >= 0; label--)
        {
            hash = hashes[label] = HashOf(wire.Slice(starts[label], wire[starts[label]] + 1), hash);
        }

        var known = 0;
        var target = 0;
        while (known < count && !TryFind(hashes[known], wire[starts[known]..], out target))
        {
            known++;
        }

        var begin = Length;
        WriteOctets(known == count ? wire : wire[..starts[known]]);
        if (known < count)
        {
            WriteUInt16((ushort)(0xc000 | target));
        }

        for (var label = 0; label < known && !IsFull; label++)
        {
            _names.Add(hashes[label], begin + starts[label]);
        }
    }

    internal void WriteByte(byte octet)
    {
        if (Take(1) is [_, ..] octets)
        {
            octets[0] = octet;
        }
    }

    internal void WriteUInt16(ushort number)
    {
        if (Take(2) is [_, ..] octets)
        {
            BinaryPrimitives.WriteUInt16BigEndian(octets, number);
        }
    }

    internal void WriteUInt32(uint number)
    {
        if (Take(4) is [_, ..] octets)
        {
            BinaryPrimitives.WriteUInt32BigEndian(octets, number);
        }
    }

    internal void WriteOctets(ReadOnlySpan<byte> value)
    {
        if (Take(value.Length) is [_, ..] octets)
        {
            value.CopyTo(octets);
        }
    }

    /// <returns>Room for so many octets, or nothing when there is not so much.</returns>
    private Span<byte> Take(int count)
    {
        IsFull |= count > _maxLength - Length;
        if (IsFull)
        {
            return [];
        }

        var octets = Message.Slice(Length, count);
        Length += count;
        return octets;
    }

    private void Count(int section)
    {
        if (!IsFull)
        {
            var count = Message[(4 + 2 * section)..];
            BinaryPrimitives.WriteUInt16BigEndian(count, checked((ushort)(BinaryPrimitives.ReadUInt16BigEndian(count) + 1)));
        }
    }

    private bool TryFind(uint hash, ReadOnlySpan<byte> name, out int offset)
    {
        for (var cursor = 0; _names.TryNext(hash, ref cursor, out offset);)
        {
            if (StandsAt(offset, name))
            {
                return true;
            }
        }

        return false;
    }

    private bool StandsAt(int offset, ReadOnlySpan<byte> name)
    {
        while (true)
        {
            // What is followed here was written here: it leads backwards and ends.
            while (Message[offset] >= 0xc0)
            {
                offset = (Message[offset] & 0x3f) << 8 | Message[offset + 1];
            }

            var length = Message[offset] + 1;
            if (length > name.Length || !DnsNameComparer.SameWire(Message.Slice(offset, length), name[..length]))
            {
                return false;
            }

            if (length == 1)
            {
                return true;
            }

            offset += length;
            name = name[length..];
        }
    }

    // FNV-1a: an attacker gains nothing from names that fall together, a message holds few.
    private static uint HashOf(ReadOnlySpan<byte> label, uint hash)
    {
        foreach (var octet in label)
        {
            hash = (hash ^ DnsNameComparer.Lower(octet)) * 16_777_619;
        }

        return hash;
    }

    private void RequireHeader()
    {
        if (Length < DnsHeader.Length && !IsFull)
        {
            throw new InvalidOperationException("A header is the first of a message.");
        }
    }
}
