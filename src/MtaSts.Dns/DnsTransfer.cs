using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MtaSts.Dns;

/// <summary>One transfer of a zone (AXFR, RFC 5936 §2): the request, and what its answers are worth, message by message. No I/O; for one thread at a time.</summary>
internal sealed class DnsTransfer(DnsName zone, TsigKey? key, DnsTransferLimits limits, TimeProvider time, string server) : IDisposable
{
    private const int LengthOctets = 2;
    private const int MostRequestOctets = 1024;

    // RFC 8945 §5.3.1.
    private const int MostUnsigned = 99;

    private readonly ushort _id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
    private TsigSequence? _signatures;
    private DnsRecord? _start;
    private long _octets;
    private long _records;

    /// <summary>Has the zone's second SOA record come?</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The request, behind its length. Once.</summary>
    public Memory<byte> Request()
    {
        var buffer = new byte[LengthOctets + MostRequestOctets];
        DnsWriter writer = new(buffer, LengthOctets);
        new DnsMessage { Id = _id, Question = new DnsQuestion(zone, DnsType.Axfr) }.WriteTo(writer);
        if (key is not null)
        {
            _signatures = new TsigSequence(key, Tsig.Sign(writer, key, time.GetUtcNow()));
        }

        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)writer.Length);
        return buffer.AsMemory(0, LengthOctets + writer.Length);
    }

    /// <summary>The next message's records, without the SOA record at the end.</summary>
    /// <exception cref="DnsException">It is no part of the zone, or too much, and the transfer is over.</exception>
    public ArraySegment<DnsRecord> Take(byte[] octets)
    {
        _octets += octets.Length;
        if (_octets > limits.Octets)
        {
            throw DnsException.TooLarge(server, zone, limits);
        }

        try
        {
            var message = DnsMessage.Read(octets);
            var isFirst = _start is null;
            // RFC 5936 §2.2.1: the request's id in each; the question in the first, and perhaps in others.
            if (message.Id != _id || !message.IsResponse || message.Opcode != DnsOpcode.Query || message.Question is { } question && (question.Name != zone || question.Type != DnsType.Axfr))
            {
                throw DnsException.Malformed(server, "it is not one to this request");
            }

            var now = time.GetUtcNow();
            TsigData? signature = null;
            var outcome = _signatures?.Verify(octets, now, out signature);
            if (outcome is { } found && (isFirst || found != TsigOutcome.Missing))
            {
                SignedAnswers.Require(found, signature, message.ResponseCode, server, key!, now);
            }

            if (message.ResponseCode != DnsResponseCode.NoError || signature is { Error: not DnsResponseCode.NoError })
            {
                throw DnsException.Answered(server, zone, isTransfer: true, key, message.ResponseCode, signature?.Error);
            }

            var records = Take(message.Answers);
            // §5.3.1: the last one is signed too, and not too many are not.
            if (outcome == TsigOutcome.Missing && (IsComplete || _signatures!.Unsigned > MostUnsigned))
            {
                throw DnsException.Unauthenticated(server, key!, message.ResponseCode, TsigOutcome.Missing);
            }

            return records;
        }
        catch (DnsFormatException failure)
        {
            throw DnsException.Malformed(server, failure.Message, failure);
        }
    }

    public void Dispose() => _signatures?.Dispose();

    private ArraySegment<DnsRecord> Take(IReadOnlyList<DnsRecord> answers)
    {
        // An empty one is of no use to anybody, and might follow another for ever.
        if (answers.Count == 0)
        {
            throw DnsException.Malformed(server, "a message without records");
        }

        _records += answers.Count;
        if (_records > limits.Records)
        {
            throw DnsException.TooLarge(server, zone, limits);
        }

        var records = answers as DnsRecord[] ?? [.. answers];
        for (var index = 0; index < records.Length; index++)
        {
            var record = records[index];
            if (record.Class != DnsClass.In || !record.Name.IsAtOrBelow(zone) || record.Type == DnsType.Soa && record.Name != zone)
            {
                throw DnsException.Malformed(server, "a record that does not belong to the zone");
            }

            if (_start is null)
            {
                _start = record.Type == DnsType.Soa ? record : throw DnsException.Malformed(server, "the zone does not begin with its SOA record");
            }
            else if (record.Type == DnsType.Soa)
            {
                // RFC 5936 §2.2: the same at the end as at the beginning, and nothing after it.
                IsComplete = index == records.Length - 1 && record.Data == _start.Data
                    ? true : throw DnsException.Malformed(server, "the zone does not end with the SOA record that it begins with");
                return new ArraySegment<DnsRecord>(records, 0, index);
            }
        }

        return records;
    }
}
