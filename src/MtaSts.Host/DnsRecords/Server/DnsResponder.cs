using System.Net;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>From a message that came to the one that goes out: answer, limit, counters. Safe from all threads, each with its own writer.</summary>
internal sealed class DnsResponder(Zone zone, RateLimit limit, DnsServerMetrics metrics)
{
    /// <summary>A question has a few hundred octets at most; what is longer is not read to its end.</summary>
    public const int LongestQuery = 4096;

    /// <summary>The answer over UDP; empty: there is to be none.</summary>
    /// <param name="query">As it came.</param>
    /// <param name="source">From where.</param>
    /// <param name="writer">Is begun anew in <paramref name="buffer"/>.</param>
    /// <param name="buffer">Where the answer is.</param>
    public ReadOnlySpan<byte> OverUdp(ReadOnlySpan<byte> query, SocketAddress source, DnsWriter writer, byte[] buffer)
    {
        writer.Reset(buffer);
        var reply = ZoneAnswers.Answer(zone, query, overTcp: false, writer);
        if (reply.Kind == ReplyKind.None)
        {
            metrics.Dropped();
            return [];
        }

        var verdict = limit.Judge(source, reply.Kind, reply.Name(query));
        if (verdict != RateVerdict.Send)
        {
            metrics.Limited(verdict);
            return verdict == RateVerdict.Drop ? [] : ZoneAnswers.Truncate(buffer, reply);
        }

        metrics.Answered(reply.Code, overTcp: false);
        return writer.Written;
    }

    /// <summary>Writes the answer over TCP; false: there is to be none.</summary>
    /// <param name="query">As it came, without its length.</param>
    /// <param name="writer">Begun where the answer belongs.</param>
    public bool TryOverTcp(ReadOnlySpan<byte> query, DnsWriter writer)
    {
        var reply = ZoneAnswers.Answer(zone, query, overTcp: true, writer);
        if (reply.Kind == ReplyKind.None)
        {
            metrics.Dropped();
            return false;
        }

        metrics.Answered(reply.Code, overTcp: true);
        return true;
    }
}
