using System.Buffers.Binary;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>
/// What a question says, read without an exception and without an allocation: a flood of garbage must not cost more than one of questions. A name in it
/// has no pointers, for there is nothing before it that one could lead to.
/// </summary>
internal ref struct Query
{
    private const int CountsAt = 4;
    private const int TypeAndClass = 4;
    private const int MinOptionLength = 4;

    private readonly ushort _word;

    private Query(ushort id, ushort word)
    {
        Id = id;
        _word = word;
        Fault = Opcode == DnsOpcode.Query ? DnsResponseCode.FormatError : DnsResponseCode.NotImplemented;
    }

    public ushort Id { get; }

    public readonly DnsOpcode Opcode => (DnsOpcode)(_word >> 11 & 0xf);

    public readonly bool IsRecursionDesired => (_word & (ushort)DnsFlags.RecursionDesired) != 0;

    /// <summary>FORMERR or NOTIMP: there is no question to answer. BADVERS: there is.</summary>
    public DnsResponseCode Fault { get; private set; }

    /// <summary>As in the message.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    public DnsType Type { get; private set; }

    public DnsClass Class { get; private set; }

    public bool HasEdns { get; private set; }

    /// <summary>The largest answer over UDP that its sender says he takes.</summary>
    public ushort PayloadSize { get; private set; }

    public bool IsDnssecWanted { get; private set; }

    /// <returns>False: it is not to be answered at all, because it is too short or an answer itself (two servers would go on for ever).</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out Query query)
    {
        query = default;
        if (message.Length < DnsHeader.Length)
        {
            return false;
        }

        query = new Query(BinaryPrimitives.ReadUInt16BigEndian(message), BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        if ((query._word & (ushort)DnsFlags.Response) != 0)
        {
            return false;
        }

        var at = DnsHeader.Length;
        byte version = 0;
        // RFC 6891 §7: EDNS is answered by EDNS, also where the question is none.
        var isWhole = query.TryReadQuestions(message, ref at) && query.TryReadRecords(message, ref at, ref version) && at == message.Length;
        if (isWhole && query.Opcode == DnsOpcode.Query && !query.Name.IsEmpty)
        {
            query.Fault = version == 0 ? DnsResponseCode.NoError : DnsResponseCode.BadVersion;
        }

        return true;
    }

    // RFC 9619: one question at most.
    private bool TryReadQuestions(ReadOnlySpan<byte> message, ref int at)
    {
        var count = Count(message, 0);
        if (count == 0)
        {
            return true;
        }

        if (count > 1 || !TrySkipName(message, ref at, mayPoint: false) || at - DnsHeader.Length > DnsName.MaxLength || message.Length - at < TypeAndClass)
        {
            return false;
        }

        Name = message[DnsHeader.Length..at];
        Type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        Class = (DnsClass)BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]);
        at += TypeAndClass;
        return true;
    }

    // Only EDNS counts of what follows: a question of IXFR brings an SOA record along, others a cookie or a signature that nobody here can check.
    private bool TryReadRecords(ReadOnlySpan<byte> message, ref int at, ref byte version)
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
                if (HasEdns || !isRoot || before > 0 || !AreOptions(fixedPart.Slice(10, length)))
                {
                    return false;
                }

                HasEdns = true;
                PayloadSize = BinaryPrimitives.ReadUInt16BigEndian(fixedPart[2..]);
                version = fixedPart[5];
                IsDnssecWanted = (fixedPart[6] & 0x80) != 0;
            }

            at += 10 + length;
        }

        return true;
    }

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
