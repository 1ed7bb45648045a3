using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>What is done with an answer over UDP.</summary>
internal enum RateVerdict
{
    Send,

    /// <summary>Only its question goes out, with TC: who is really there asks again over TCP.</summary>
    Truncate,

    Drop,
}

/// <summary>
/// How many answers go over UDP to one network (/24, /56): the address that a question comes from may be forged, and the answers then hit somebody else. Each
/// name has its own count, so a resolver that asks for many is not held up; what has no end of names (NXDOMAIN, errors) is counted together. Safe from
/// all threads, without locks.
/// </summary>
internal sealed class RateLimit(TimeProvider clock)
{
    // A network that has been quiet gets as much as in so many seconds at once.
    private const int BurstSeconds = 5;

    // And of all names and kinds together so many times as much as of one.
    private const int AllKinds = 50;

    private const int Buckets = 1 << 17;

    // Each until when the answers that were sent are paid off, in the clock's ticks; the lowest bit turns with each answer that was not sent. Which
    // bucket is whose depends on a seed of the process, so nobody can choose to share one.
    private readonly long[] _paidUntil = new long[Buckets];

    /// <summary>Answers of one kind and name to one network; 0: no limit, for measurements.</summary>
    public int PerSecond { get; set; } = 20;

    /// <param name="source">Where the question says that it comes from.</param>
    /// <param name="kind">Of the answer.</param>
    /// <param name="name">That was asked for, as in a message.</param>
    public RateVerdict Judge(SocketAddress source, ReplyKind kind, ReadOnlySpan<byte> name)
    {
        var perSecond = PerSecond;
        if (perSecond == 0)
        {
            return RateVerdict.Send;
        }

        var network = NetworkOf(source);
        var nameHash = kind is ReplyKind.Records or ReplyKind.NoRecords ? DnsNameComparer.Instance.GetHashCode(name) : 0;
        var verdict = Take(HashCode.Combine(network, kind, nameHash), perSecond);
        return verdict == RateVerdict.Send ? Take(HashCode.Combine(network, ReplyKind.None), perSecond * AllKinds) : verdict;
    }

    private RateVerdict Take(int key, int perSecond)
    {
        ref var paidUntil = ref _paidUntil[(uint)key % Buckets];
        var price = clock.TimestampFrequency / perSecond;
        var now = clock.GetTimestamp();
        while (true)
        {
            var was = Volatile.Read(ref paidUntil);
            var debt = Math.Max(was & ~1, now);
            var (next, verdict) = debt - now > clock.TimestampFrequency * BurstSeconds - price
                ? (was ^ 1, (was & 1) == 0 ? RateVerdict.Truncate : RateVerdict.Drop)
                : ((debt + price) & ~1 | was & 1, RateVerdict.Send);
            if (Interlocked.CompareExchange(ref paidUntil, next, was) == was)
            {
                return verdict;
            }
        }
    }

    // In a socket address the port stands before an IPv4 address, port and flow before an IPv6 one.
    private static ulong NetworkOf(SocketAddress source)
    {
        var octets = source.Buffer.Span;
        return source.Family == AddressFamily.InterNetwork
            ? BinaryPrimitives.ReadUInt32BigEndian(octets[4..]) >> 8
            : BinaryPrimitives.ReadUInt64BigEndian(octets[8..]) >> 8 | 1UL << 63;
    }
}
