using System.Buffers.Binary;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>
/// One RRset of a label in one array, as there may be millions of them: part, type and time to live, then the data of each record behind their length, as
/// in a message. Immutable; equal sets may share the array.
/// </summary>
internal readonly struct RecordSet
{
    private const int TypeAt = 1;
    private const int TimeToLiveAt = 3;
    private const int DataAt = 7;

    // A header, then a record of the root: name, type, class, time to live, length of data.
    private const int DataAtInScratch = DnsHeader.Length + 11;

    private readonly byte[] _octets;

    private RecordSet(byte[] octets) => _octets = octets;

    public ZonePart Part => (ZonePart)_octets[0];

    public DnsType Type => (DnsType)BinaryPrimitives.ReadUInt16BigEndian(_octets.AsSpan(TypeAt));

    /// <summary>Seconds.</summary>
    public uint TimeToLive => BinaryPrimitives.ReadUInt32BigEndian(_octets.AsSpan(TimeToLiveAt));

    /// <param name="part">Where the label stands.</param>
    /// <param name="type">A, AAAA, CAA or TXT.</param>
    /// <param name="timeToLive">Seconds.</param>
    /// <param name="lines">The data of each record as in a zone file.</param>
    /// <exception cref="FormatException">A line is not data of that type.</exception>
    public static RecordSet Of(ZonePart part, DnsType type, uint timeToLive, IEnumerable<string> lines)
    {
        var scratch = new byte[DnsReader.MaxMessageLength];
        var writer = new DnsWriter(scratch);
        var octets = new List<byte>(new byte[DataAt]);
        foreach (var line in lines)
        {
            writer.Reset(scratch);
            writer.WriteHeader(default);
            writer.WriteRecord(DnsSection.Answer, new DnsRecord(DnsName.Root, timeToLive, DnsRecordData.Parse(type, line)));
            var data = writer.Written[DataAtInScratch..];
            octets.AddRange([(byte)(data.Length >> 8), (byte)data.Length]);
            octets.AddRange(data);
        }

        var whole = octets.ToArray();
        whole[0] = (byte)part;
        BinaryPrimitives.WriteUInt16BigEndian(whole.AsSpan(TypeAt), (ushort)type);
        BinaryPrimitives.WriteUInt32BigEndian(whole.AsSpan(TimeToLiveAt), timeToLive);
        return new RecordSet(whole);
    }

    public bool IsSameAs(RecordSet other) => _octets.AsSpan().SequenceEqual(other._octets);

    /// <summary>Writes all records into the section of answers.</summary>
    /// <param name="writer">It says whether they fitted.</param>
    /// <param name="name">The owner as it was asked for.</param>
    public void WriteTo(DnsWriter writer, ReadOnlySpan<byte> name)
    {
        for (var rest = _octets.AsSpan(DataAt); !rest.IsEmpty;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            writer.WriteRecord(DnsSection.Answer, name, Type, TimeToLive, rest.Slice(2, length));
            rest = rest[(2 + length)..];
        }
    }
}
