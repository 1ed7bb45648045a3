using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>The answer to a question about the zone: no sockets, no clock, no allocation. Never throws, whatever the question's octets are.</summary>
internal static class ZoneAnswers
{
    // RFC 1035 §4.2.1: without EDNS.
    private const int SmallestLimit = 512;

    private const int OptLength = 11;

    private const DnsType Hinfo = (DnsType)13;
    private const uint HinfoTimeToLive = 3600;

    private static readonly DnsRecord Opt = new OptData(OptData.SafePayloadSize).ToRecord();
    private static readonly DnsRecord OptOfDnssec = new OptData(OptData.SafePayloadSize, isDnssecWanted: true).ToRecord();
    private static readonly DnsRecord OptOfBadVersion = new OptData(OptData.SafePayloadSize, DnsResponseCode.BadVersion).ToRecord();

    // RFC 8482 §4.2.
    private static ReadOnlySpan<byte> HinfoData => "\u0007RFC8482\u0000"u8;

    /// <param name="zone">What there is.</param>
    /// <param name="message">The question as it came; over TCP without its length.</param>
    /// <param name="overTcp">No limit but that of a message.</param>
    /// <param name="writer">Begun anew; holds the answer afterwards.</param>
    public static Reply Answer(Zone zone, ReadOnlySpan<byte> message, bool overTcp, DnsWriter writer)
    {
        if (!Query.TryRead(message, out var query))
        {
            return default;
        }

        var limit = overTcp ? writer.MaxLength : query.HasEdns ? Math.Clamp(query.PayloadSize, (ushort)SmallestLimit, OptData.SafePayloadSize) : SmallestLimit;
        writer.MaxLength = limit - (query.HasEdns ? OptLength : 0);
        var reply = query.Fault != DnsResponseCode.NoError ? Refuse(query, query.Fault, writer)
            // RFC 5936 §2.2.1: whoever may not transfer the zone is refused.
            : query.Class != DnsClass.In || query.Type is DnsType.Axfr or DnsType.Ixfr ? Refuse(query, DnsResponseCode.Refused, writer)
            : Find(zone, query, writer);
        if (query.HasEdns)
        {
            writer.MaxLength = limit;
            // RFC 3225 §3: DO comes back, although nothing is signed.
            writer.WriteRecord(DnsSection.Additional, reply.Code == DnsResponseCode.BadVersion ? OptOfBadVersion : query.IsDnssecWanted ? OptOfDnssec : Opt);
        }

        return reply;
    }

    /// <summary>Cuts a whole answer down to its question, so that who asked in earnest asks again over TCP (RFC 2181 §9).</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="reply">What it is.</param>
    /// <returns>What is left.</returns>
    public static Span<byte> Truncate(Span<byte> answer, Reply reply)
    {
        answer[2] |= (byte)((ushort)DnsFlags.Truncated >> 8);
        answer[6..DnsHeader.Length].Clear();
        return answer[..reply.QuestionEnd];
    }

    private static Reply Find(Zone zone, in Query query, DnsWriter writer)
    {
        var place = zone.Find(query.Name);
        switch (place.Kind)
        {
            case ZonePlaceKind.Outside:
                return Refuse(query, DnsResponseCode.Refused, writer);
            case ZonePlaceKind.Apex:
                return AnswerApex(zone, query, writer);
            case ZonePlaceKind.Empty:
                return AnswerNothing(zone, query, DnsResponseCode.NoError, writer);
            case ZonePlaceKind.Label:
                return AnswerLabel(zone, place, query, writer);
            default:
                return AnswerNothing(zone, query, DnsResponseCode.NameError, writer);
        }
    }

    private static Reply AnswerApex(Zone zone, in Query query, DnsWriter writer)
    {
        switch (query.Type)
        {
            case DnsType.Soa:
                var end = BeginAuthoritative(query, DnsResponseCode.NoError, writer);
                writer.WriteRecord(DnsSection.Answer, query.Name, DnsClass.In, zone.Soa.TimeToLive, zone.Soa.Data);
                return End(ReplyKind.Records, DnsResponseCode.NoError, end, writer);
            case DnsType.Ns:
                end = BeginAuthoritative(query, DnsResponseCode.NoError, writer);
                foreach (var server in zone.NameServers)
                {
                    writer.WriteRecord(DnsSection.Answer, query.Name, DnsClass.In, server.TimeToLive, server.Data);
                }

                return End(ReplyKind.Records, DnsResponseCode.NoError, end, writer);
            case DnsType.Any:
                return AnswerAny(query, writer);
            default:
                return AnswerNothing(zone, query, DnsResponseCode.NoError, writer);
        }
    }

    private static Reply AnswerLabel(Zone zone, ZonePlace place, in Query query, DnsWriter writer)
    {
        var exists = false;
        foreach (var set in zone.Records.Find(place.Label))
        {
            if (set.Part != place.Part)
            {
                continue;
            }

            exists = true;
            if (set.Type == query.Type)
            {
                var end = BeginAuthoritative(query, DnsResponseCode.NoError, writer);
                set.WriteTo(writer, query.Name);
                return End(ReplyKind.Records, DnsResponseCode.NoError, end, writer);
            }
        }

        return !exists ? AnswerNothing(zone, query, DnsResponseCode.NameError, writer)
            : query.Type == DnsType.Any ? AnswerAny(query, writer)
            : AnswerNothing(zone, query, DnsResponseCode.NoError, writer);
    }

    // RFC 8482 §4.2: one small record that says so; whoever wants something asks for that.
    private static Reply AnswerAny(in Query query, DnsWriter writer)
    {
        var end = BeginAuthoritative(query, DnsResponseCode.NoError, writer);
        writer.WriteRecord(DnsSection.Answer, query.Name, Hinfo, HinfoTimeToLive, HinfoData);
        return End(ReplyKind.Records, DnsResponseCode.NoError, end, writer);
    }

    private static Reply AnswerNothing(Zone zone, in Query query, DnsResponseCode code, DnsWriter writer)
    {
        var end = BeginAuthoritative(query, code, writer);
        writer.WriteRecord(DnsSection.Authority, zone.NegativeSoa);
        return End(code == DnsResponseCode.NameError ? ReplyKind.NoName : ReplyKind.NoRecords, code, end, writer);
    }

    private static Reply Refuse(in Query query, DnsResponseCode code, DnsWriter writer)
    {
        Begin(query, code, writer);
        if (code is DnsResponseCode.Refused or DnsResponseCode.BadVersion)
        {
            writer.WriteQuestion(query.Name, query.Type, query.Class);
        }

        return new(ReplyKind.Error, code, writer.Length);
    }

    private static DnsMark BeginAuthoritative(in Query query, DnsResponseCode code, DnsWriter writer)
    {
        Begin(query, code, writer);
        writer.AddFlags(DnsFlags.Authoritative);
        writer.WriteQuestion(query.Name, query.Type, query.Class);
        return writer.Mark();
    }

    // What was not set is clear: RA, AD, and CD, which RFC 4035 §3.1.6 wants so of an authoritative server.
    private static void Begin(in Query query, DnsResponseCode code, DnsWriter writer) =>
        writer.WriteHeader(new DnsHeader(query.Id, query.Opcode, DnsFlags.Response | (query.IsRecursionDesired ? DnsFlags.RecursionDesired : DnsFlags.None), code));

    // RFC 2181 §9: never a part of an RRset.
    private static Reply End(ReplyKind kind, DnsResponseCode code, DnsMark afterQuestion, DnsWriter writer)
    {
        if (writer.IsFull)
        {
            writer.RollBack(afterQuestion);
            writer.AddFlags(DnsFlags.Truncated);
        }

        return new(kind, code, afterQuestion.Length);
    }
}
