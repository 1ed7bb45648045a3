using System.Buffers;

namespace MtaSts.Dns;

/// <summary>A message (RFC 1035 §4.1) with one question or none (RFC 9619). Immutable, as long as nobody changes the lists that it was given.</summary>
public sealed record DnsMessage
{
    /// <summary>Joins an answer to its question.</summary>
    public ushort Id { get; init; }

    /// <summary>What is asked for.</summary>
    public DnsOpcode Opcode { get; init; }

    /// <summary>The flags.</summary>
    public DnsFlags Flags { get; init; }

    /// <summary>How it went, with the upper bits of EDNS where there is any. Written, only the lower four go into the header: the rest is in <see cref="OptData"/>.</summary>
    public DnsResponseCode ResponseCode { get; init; }

    /// <summary>The question; of an update its zone.</summary>
    public DnsQuestion? Question { get; init; }

    /// <summary>Answers; of an update the prerequisites.</summary>
    public IReadOnlyList<DnsRecord> Answers { get; init; } = [];

    /// <summary>Authorities; of an update the changes.</summary>
    public IReadOnlyList<DnsRecord> Authorities { get; init; } = [];

    /// <summary>The rest, with EDNS and signature.</summary>
    public IReadOnlyList<DnsRecord> Additionals { get; init; } = [];

    /// <summary>Is it an answer?</summary>
    public bool IsResponse => (Flags & DnsFlags.Response) != 0;

    /// <summary>EDNS, where there is any.</summary>
    public OptData? Edns => Additionals.Select(record => record.Data).OfType<OptData>().FirstOrDefault();

    /// <summary>The signature, where there is one; whether it is right says <see cref="Tsig.Verify"/>.</summary>
    public TsigData? Signature => Additionals.Count > 0 ? Additionals[^1].Data as TsigData : null;

    /// <summary>Reads a message. What it keeps is in proportion to the octets, whatever their counts say.</summary>
    /// <exception cref="DnsFormatException">It is not a message, or has more than one question, or EDNS or signature where they must not be.</exception>
    public static DnsMessage Read(ReadOnlySpan<byte> message)
    {
        DnsReader reader = new(message);
        var header = reader.ReadHeader();
        if (header.Questions > 1)
        {
            throw DnsReader.Wrong("more than one question", 4);
        }

        var question = header.Questions == 1 ? reader.ReadQuestion() : null;
        var answers = ReadRecords(ref reader, header.Answers, DnsSection.Answer);
        var authorities = ReadRecords(ref reader, header.Authorities, DnsSection.Authority);
        var additionals = ReadRecords(ref reader, header.Additionals, DnsSection.Additional);
        reader.RequireEnd();
        DnsMessage read = new()
        {
            Id = header.Id,
            Opcode = header.Opcode,
            Flags = header.Flags,
            Question = question,
            Answers = answers,
            Authorities = authorities,
            Additionals = additionals,
        };
        return read with { ResponseCode = (DnsResponseCode)((read.Edns?.HighResponseCode ?? 0) << 4 | (int)header.ResponseCode) };
    }

    /// <summary>Writes the message into a writer that has written nothing yet.</summary>
    public void WriteTo(DnsWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteHeader(new DnsHeader(Id, Opcode, Flags, ResponseCode));
        if (Question is not null)
        {
            writer.WriteQuestion(Question);
        }

        WriteRecords(writer, DnsSection.Answer, Answers);
        WriteRecords(writer, DnsSection.Authority, Authorities);
        WriteRecords(writer, DnsSection.Additional, Additionals);
    }

    /// <summary>The message's octets.</summary>
    /// <exception cref="InvalidOperationException">It would have more than 65,535.</exception>
    public byte[] ToBytes()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(DnsReader.MaxMessageLength);
        try
        {
            DnsWriter writer = new(buffer);
            WriteTo(writer);
            return writer.IsFull ? throw new InvalidOperationException("The message is longer than 65,535 octets.") : writer.Written.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static DnsRecord[] ReadRecords(ref DnsReader reader, int count, DnsSection section)
    {
        if (count > reader.AtMostRecords(count))
        {
            throw reader.Wrong("the message ends too early");
        }

        var records = count == 0 ? [] : new DnsRecord[count];
        var hasEdns = false;
        for (var index = 0; index < count; index++)
        {
            var at = reader.Position;
            var record = records[index] = reader.ReadRecord();
            if (record.Type == DnsType.Opt)
            {
                // RFC 6891 §6.1.1: one, of the root, in the additional section.
                if (hasEdns || section != DnsSection.Additional || !record.Name.IsRoot)
                {
                    throw DnsReader.Wrong("EDNS where it must not be", at);
                }

                hasEdns = true;
            }

            // RFC 8945 §5.1: the last record, of class ANY; §4.2: without time to live.
            if (record.Type == DnsType.Tsig
                && (section != DnsSection.Additional || index != count - 1 || record.Class != DnsClass.Any || record.TimeToLive != 0))
            {
                throw DnsReader.Wrong("a signature where it must not be", at);
            }
        }

        return records;
    }

    private static void WriteRecords(DnsWriter writer, DnsSection section, IReadOnlyList<DnsRecord> records)
    {
        foreach (var record in records)
        {
            writer.WriteRecord(section, record);
        }
    }
}
