using System.Buffers.Binary;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>
/// What a question says, read without an exception and without an allocation: a flood of garbage must not cost more than one of questions. A name in it
/// has no pointers, for there is nothing before it that one could lead to.
/// </summary>
internal readonly ref struct Query
{
    private const int CountsAt = 4;
    private const int MinOptionLength = 4;

    private readonly ushort _word;

    private Query(ushort id, ushort word, DnsResponseCode fault)
    {
        Id = id;
        _word = word;
        Fault = fault;
    }

    public ushort Id { get; }

    public DnsOpcode Opcode => (DnsOpcode)(_word >> 11 & 0xf);

    public bool IsRecursionDesired => (_word & (ushort)DnsFlags.RecursionDesired) != 0;

    /// <summary>FORMERR or NOTIMP: nothing below is known. BADVERS: all is.</summary>
    public DnsResponseCode Fault { get; private init; }

    /// <summary>As in the message.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    public DnsType Type { get; private init; }

    public DnsClass Class { get; private init; }

    public bool HasEdns { get; private init; }

    /// <summary>The largest answer over UDP that its sender says he takes.</summary>
    public ushort PayloadSize { get; private init; }

    public bool IsDnssecWanted { get; private init; }

    /// <returns>False: it is not to be answered at all, because it is too short or an answer itself (two servers would go on for ever).</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out Query query)
    {
        query = default;
        if (message.Length < DnsHeader.Length)
        {
            return false;
        }

        var id = BinaryPrimitives.ReadUInt16BigEndian(message);
        var word = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if ((word & (ushort)DnsFlags.Response) != 0)
        {
            return false;
        }

        query = new Query(id, word, DnsResponseCode.FormatError);
        if (query.Opcode != DnsOpcode.Query)
        {
            query = new Query(id, word, DnsResponseCode.NotImplemented);
        }
        else if (TryReadQuestion(message, id, word, out var whole))
        {
            query = whole;
        }

        return true;
    }

    private static bool TryReadQuestion(ReadOnlySpan<byte> message, ushort id, ushort word, out Query query)
    {
        query = default;
        var end = DnsHeader.Length;
        // RFC 9619: one question.
        if (Count(message, 0) != 1 || !TrySkipName(message, ref end, mayPoint: false) || end - DnsHeader.Length > DnsName.MaxLength || message.Length - end < 4)
        {
            return false;
        }

        query = new Query(id, word, DnsResponseCode.NoError)
        {
            Name = message[DnsHeader.Length..end],
            Type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[end..]),
            Class = (DnsClass)BinaryPrimitives.ReadUInt16BigEndian(message[(end + 2)..]),
        };
        return TryReadRecords(message, end + 4, ref query);
    }

    // Only EDNS counts of what follows: a question of IXFR brings an SOA record along, others a cookie or a signature that nobody here can check.
    private static bool TryReadRecords(ReadOnlySpan<byte> message, int at, ref Query query)
    {
        var before = Count(message, 1) + Count(message, 2);
        for (var left = before + Count(message, 3); left > 0; left--, before--)
        {
            var isRoot = at < message.Length && message[at] == 0;
            if (!TrySkipName(message, ref at, mayPoint: true) || message.Length - at < 10)
            {
                return false;
            }

            var fixedPart = message[at..];
            var length = BinaryPrimitives.ReadUInt16BigEndian(fixedPart[8..]);
            if (length > fixedPart.Length - 10)
            {
                return false;
            }

            if ((DnsType)BinaryPrimitives.ReadUInt16BigEndian(fixedPart) == DnsType.Opt)
            {
                // RFC 6891 §6.1.1: one, of the root, in the additional section.
                if (query.HasEdns || !isRoot || before > 0 || !AreOptions(fixedPart.Slice(10, length)))
                {
                    return false;
                }

                query = query.WithEdns(fixedPart);
            }

            at += 10 + length;
        }

        return at == message.Length;
    }

    private Query WithEdns(ReadOnlySpan<byte> fixedPart) => new(Id, _word, fixedPart[5] == 0 ? DnsResponseCode.NoError : DnsResponseCode.BadVersion)
    {
        Name = Name,
        Type = Type,
        Class = Class,
        HasEdns = true,
        PayloadSize = BinaryPrimitives.ReadUInt16BigEndian(fixedPart[2..]),
        IsDnssecWanted = (fixedPart[6] & 0x80) != 0,
    };

    private static bool AreOptions(ReadOnlySpan<byte> options)
    {
        while (options.Length >= MinOptionLength)
        {
            var length = MinOptionLength + BinaryPrimitives.ReadUInt16BigEndian(options[2..]);
            if (length > options.Length)
            {
                return false;
            }

            options = options[length..];
        }

        return options.IsEmpty;
    }

    private static bool TrySkipName(ReadOnlySpan<byte> message, ref int at, bool mayPoint)
    {
        while (at < message.Length)
        {
            var length = message[at];
            if (length == 0)
            {
                at++;
                return true;
            }

            if (length > DnsName.MaxLabelLength)
            {
                at += 2;
                return mayPoint && length >= 0xc0 && at <= message.Length;
            }

            at += length + 1;
        }

        return false;
    }

    private static int Count(ReadOnlySpan<byte> message, int section) => BinaryPrimitives.ReadUInt16BigEndian(message[(CountsAt + 2 * section)..]);
}
