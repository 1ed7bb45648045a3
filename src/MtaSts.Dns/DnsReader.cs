using System.Buffers.Binary;

namespace MtaSts.Dns;

/// <summary>
/// Reads the parts of a message in their order (RFC 1035 §4). Nothing of it is trusted: each length is checked, pointers of names lead backwards only
/// (RFC 1035 §4.1.4) and are followed a bounded number of times, and what is kept is copied. Only the readings that give objects allocate.
/// All methods throw <see cref="DnsFormatException"/> where the octets end or are wrong.
/// </summary>
/// <param name="message">The whole message, from its header on; without the length that TCP puts before it.</param>
/// <param name="position">Where to begin.</param>
public ref struct DnsReader(ReadOnlySpan<byte> message, int position = 0)
{
    /// <summary>Most octets of a message (RFC 1035 §4.2.2).</summary>
    public const int MaxMessageLength = 65_535;

    // A name has at most 127 labels, and a pointer stands in front of one or of the root.
    private const int MaxPointers = 128;

    // Name of the root, type, class, time to live, length of data.
    private const int MinRecordLength = 11;

    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>The octet that is read next; it begins with 0.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Octets that are left.</summary>
    public readonly int Remaining => _message.Length - Position;

    /// <summary>Reads the header.</summary>
    public DnsHeader ReadHeader() => _message.Length > MaxMessageLength
        ? throw Wrong("a message longer than 65,535 octets")
        : DnsHeader.Of(ReadUInt16(), ReadUInt16(), ReadUInt16(), ReadUInt16(), ReadUInt16(), ReadUInt16());

    /// <summary>Reads a question.</summary>
    public DnsQuestion ReadQuestion() => new(ReadName(), (DnsType)ReadUInt16(), (DnsClass)ReadUInt16());

    /// <summary>Reads a question without an allocation.</summary>
    /// <param name="name">Room for a name, <see cref="DnsName.MaxLength"/> octets; gets it as <see cref="DnsName.Wire"/> has it.</param>
    /// <param name="type">The type.</param>
    /// <param name="value">The class.</param>
    /// <returns>How many octets of <paramref name="name"/> are the name.</returns>
    public int ReadQuestion(scoped Span<byte> name, out DnsType type, out DnsClass value)
    {
        var length = ReadName(name);
        type = (DnsType)ReadUInt16();
        value = (DnsClass)ReadUInt16();
        return length;
    }

    /// <summary>Reads a record with its data, typed where this library knows the type.</summary>
    public DnsRecord ReadRecord()
    {
        var name = ReadName();
        var type = (DnsType)ReadUInt16();
        var value = (DnsClass)ReadUInt16();
        var timeToLive = ReadUInt32();
        return new DnsRecord(name, value, timeToLive, DnsRecordData.Read(ref this, type, value, timeToLive, ReadUInt16()));
    }

    /// <summary>Passes over a record; its data are not looked at.</summary>
    /// <returns>Its type.</returns>
    public DnsType SkipRecord()
    {
        SkipName();
        var type = (DnsType)ReadUInt16();
        ReadOctets(6);
        ReadOctets(ReadUInt16());
        return type;
    }

    /// <summary>Reads a name.</summary>
    public DnsName ReadName()
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        return DnsName.Of(wire[..ReadName(wire)]);
    }

    /// <summary>Reads a name without an allocation.</summary>
    /// <param name="name">Room for it, <see cref="DnsName.MaxLength"/> octets; gets it as <see cref="DnsName.Wire"/> has it, its pointers resolved.</param>
    /// <returns>How many octets it has.</returns>
    public int ReadName(scoped Span<byte> name)
    {
        var length = 0;
        var at = Position;
        var pointers = 0;
        // Where the present run of labels begins: a pointer must lead to what is before it, so that there is an end.
        var begin = at;
        while (true)
        {
            var octet = At(at);
            switch (octet & 0xc0)
            {
                case 0 when octet == 0:
                    name[length++] = 0;
                    Position = pointers == 0 ? at + 1 : Position;
                    return length;
                case 0:
                    if (length + octet + 2 > DnsName.MaxLength)
                    {
                        throw Wrong("a name longer than 255 octets", at);
                    }

                    At(at + octet);
                    _message.Slice(at, octet + 1).CopyTo(name[length..]);
                    length += octet + 1;
                    at += octet + 1;
                    break;
                case 0xc0:
                    var target = (octet & 0x3f) << 8 | At(at + 1);
                    if (target >= begin || target < DnsHeader.Length)
                    {
                        throw Wrong("a pointer that does not lead to a name before it", at);
                    }

                    if (++pointers > MaxPointers)
                    {
                        throw Wrong("a name of too many pointers", at);
                    }

                    Position = pointers == 1 ? at + 2 : Position;
                    at = begin = target;
                    break;
                default:
                    // RFC 6891 §5: extended label types are not used.
                    throw Wrong("a label of an unknown type", at);
            }
        }
    }

    /// <summary>Passes over a name, without a look at where its pointers lead.</summary>
    public void SkipName()
    {
        while (true)
        {
            var octet = ReadByte();
            switch (octet & 0xc0)
            {
                case 0 when octet == 0:
                    return;
                case 0:
                    ReadOctets(octet);
                    break;
                case 0xc0:
                    ReadByte();
                    return;
                default:
                    throw Wrong("a label of an unknown type", Position - 1);
            }
        }
    }

    /// <summary>Nothing may follow the last record.</summary>
    public readonly void RequireEnd()
    {
        if (Remaining != 0)
        {
            throw Wrong("octets after the message's end");
        }
    }

    /// <summary>At most so many records can still follow, whatever a header says.</summary>
    internal readonly int AtMostRecords(int count) => Math.Min(count, Remaining / MinRecordLength);

    internal byte ReadByte()
    {
        var octet = At(Position);
        Position++;
        return octet;
    }

    internal ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(ReadOctets(2));

    internal uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(ReadOctets(4));

    internal ReadOnlySpan<byte> ReadOctets(int count)
    {
        if (count > Remaining)
        {
            throw Wrong("the message ends too early", _message.Length);
        }

        var octets = _message.Slice(Position, count);
        Position += count;
        return octets;
    }

    internal readonly DnsFormatException Wrong(string fault) => Wrong(fault, Position);

    internal static DnsFormatException Wrong(string fault, int at) => new(fault, at);

    private readonly byte At(int index) => index < _message.Length ? _message[index] : throw Wrong("the message ends too early", _message.Length);
}
