namespace MtaSts.Dns;

/// <summary>The first twelve octets of a message (RFC 1035 §4.1.1, RFC 2136 §2.2), as they stand there.</summary>
/// <param name="Id">Joins an answer to its question.</param>
/// <param name="Opcode">What is asked for; four bits.</param>
/// <param name="Flags">The flags; bits of no known flag are not kept.</param>
/// <param name="ResponseCode">How it went: the low four bits only.</param>
/// <param name="Questions">How many questions follow; of an update, zones.</param>
/// <param name="Answers">How many records of the first section follow.</param>
/// <param name="Authorities">Of the second.</param>
/// <param name="Additionals">Of the third.</param>
public readonly record struct DnsHeader(
    ushort Id, DnsOpcode Opcode, DnsFlags Flags, DnsResponseCode ResponseCode, ushort Questions = 0, ushort Answers = 0, ushort Authorities = 0, ushort Additionals = 0)
{
    /// <summary>Octets of a header.</summary>
    public const int Length = 12;

    internal const DnsFlags AllFlags = DnsFlags.Response | DnsFlags.Authoritative | DnsFlags.Truncated | DnsFlags.RecursionDesired
        | DnsFlags.RecursionAvailable | DnsFlags.AuthenticData | DnsFlags.CheckingDisabled;

    internal static DnsHeader Of(ushort id, ushort word, ushort questions, ushort answers, ushort authorities, ushort additionals) =>
        new(id, (DnsOpcode)(word >> 11 & 0xf), (DnsFlags)word & AllFlags, (DnsResponseCode)(word & 0xf), questions, answers, authorities, additionals);

    internal ushort Word => (ushort)((ushort)(Flags & AllFlags) | ((int)Opcode & 0xf) << 11 | (int)ResponseCode & 0xf);
}
