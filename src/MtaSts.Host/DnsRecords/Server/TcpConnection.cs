using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>
/// One connection: questions behind their length, as many as come (RFC 7766 §6.2.1), answered in their order. A question must be there, and its answer taken, within
/// the time-out since the one before: whoever sends or reads a byte now and then wins nothing by it.
/// </summary>
internal sealed class TcpConnection(Socket socket, TcpPlaces places, DnsResponder responder, TimeProvider clock)
{
    private const int LengthOctets = 2;

    // Room for one more answer of the greatest length behind a good many others.
    private const int FlushAt = DnsReader.MaxMessageLength + LengthOctets;
    private const int OutputLength = 2 * FlushAt;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleWhenCrowded = TimeSpan.FromSeconds(2);

    private readonly byte[] _input = new byte[LengthOctets + DnsResponder.LongestQuery];
    private readonly DnsWriter _writer = new([]);
    private int _filled;

    /// <summary>Returns when the other side is done, or talks nonsense.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="ObjectDisposedException">Its time was up.</exception>
    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        socket.NoDelay = true;
        await using var timeout = clock.CreateTimer(state => ((Socket)state!).Dispose(), socket, TimeLeft(), Timeout.InfiniteTimeSpan);
        while (await socket.ReceiveAsync(_input.AsMemory(_filled), SocketFlags.None, cancellationToken) is > 0 and var count)
        {
            _filled += count;
            var output = ArrayPool<byte>.Shared.Rent(OutputLength);
            try
            {
                while (Answer(output, out var isNonsense) is var length && (length > 0 || isNonsense))
                {
                    for (var rest = output.AsMemory(0, length); !rest.IsEmpty;)
                    {
                        rest = rest[await socket.SendAsync(rest, SocketFlags.None, cancellationToken)..];
                    }

                    if (isNonsense)
                    {
                        return;
                    }

                    timeout.Change(TimeLeft(), Timeout.InfiniteTimeSpan);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(output);
            }
        }
    }

    private TimeSpan TimeLeft() => places.IsCrowded ? IdleWhenCrowded : Idle;

    // Answers whole questions that have come, and keeps the rest.
    private int Answer(byte[] output, out bool isNonsense)
    {
        var (taken, length) = (0, 0);
        isNonsense = false;
        while (_filled - taken >= LengthOctets && length < FlushAt && !isNonsense)
        {
            var queryLength = BinaryPrimitives.ReadUInt16BigEndian(_input.AsSpan(taken));
            if (queryLength <= DnsResponder.LongestQuery && _filled - taken < LengthOctets + queryLength)
            {
                break;
            }

            _writer.Reset(output, length + LengthOctets);
            isNonsense = queryLength > DnsResponder.LongestQuery || !responder.TryOverTcp(_input.AsSpan(taken + LengthOctets, queryLength), _writer);
            if (!isNonsense)
            {
                BinaryPrimitives.WriteUInt16BigEndian(output.AsSpan(length), (ushort)_writer.Length);
                length += LengthOctets + _writer.Length;
                taken += LengthOctets + queryLength;
            }
        }

        _input.AsSpan(taken, _filled - taken).CopyTo(_input);
        _filled -= taken;
        return length;
    }
}
