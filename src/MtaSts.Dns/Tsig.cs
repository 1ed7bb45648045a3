using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MtaSts.Dns;

/// <summary>Signs requests and checks the signatures of their answers (RFC 8945), as a client does.</summary>
public static class Tsig
{
    /// <summary>Seconds by which clocks may differ, as recommended (§10).</summary>
    public const ushort DefaultFudge = 300;

    /// <summary>Adds the signature to a message whose last record is written (§5.1). Nothing may be written after it.</summary>
    /// <param name="writer">With the whole message.</param>
    /// <param name="key">The key.</param>
    /// <param name="now">The time.</param>
    /// <param name="fudge">Seconds by which the server's clock may differ.</param>
    /// <returns>The MAC; the answer's signature is checked with it. It is in the message too, unless the writer is full then.</returns>
    public static byte[] Sign(DnsWriter writer, TsigKey key, DateTimeOffset now, ushort fudge = DefaultFudge)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(key);
        var id = BinaryPrimitives.ReadUInt16BigEndian(writer.Written);
        TsigData unsigned = new(key.AlgorithmName, Seconds(now), fudge, [], id, DnsResponseCode.NoError, []);
        using var hash = key.StartMac();
        hash.AppendData(writer.Written);
        AppendVariables(hash, key.Name, unsigned);
        var mac = hash.GetHashAndReset();
        TsigData signed = new(key.AlgorithmName, unsigned.TimeSigned, fudge, mac, id, DnsResponseCode.NoError, []);
        writer.WriteRecord(DnsSection.Additional, key.Name.Wire, DnsClass.Any, 0, signed);
        return mac;
    }

    /// <summary>Checks the signature of an answer (§5.3): key, then MAC, then time.</summary>
    /// <param name="answer">The whole message, as it came.</param>
    /// <param name="key">The key that the request was signed with.</param>
    /// <param name="requestMac">What <see cref="Sign"/> gave for the request; empty to check a request.</param>
    /// <param name="now">The time.</param>
    /// <param name="signature">The signature as it stands there, whatever it is worth; null where there is none.</param>
    /// <exception cref="DnsFormatException">The octets are not a message.</exception>
    public static TsigOutcome Verify(ReadOnlySpan<byte> answer, TsigKey key, ReadOnlySpan<byte> requestMac, DateTimeOffset now, out TsigData? signature)
    {
        using TsigSequence one = new(key, requestMac);
        return one.Verify(answer, now, out signature);
    }

    internal static ulong Seconds(DateTimeOffset time) => (ulong)Math.Max(0, time.ToUnixTimeSeconds());

    internal static DnsRecord? Find(ReadOnlySpan<byte> message, out int offset)
    {
        DnsReader reader = new(message);
        var header = reader.ReadHeader();
        for (var question = 0; question < header.Questions; question++)
        {
            reader.SkipName();
            reader.ReadUInt32();
        }

        for (var others = header.Answers + header.Authorities + header.Additionals - 1; others > 0; others--)
        {
            reader.SkipRecord();
        }

        offset = reader.Position;
        var record = header.Additionals == 0 ? null : reader.ReadRecord();
        if (record is not { Type: DnsType.Tsig })
        {
            return null;
        }

        reader.RequireEnd();
        // §4.2. Both are part of what is signed, and are taken from here as they must be.
        return record is { Class: DnsClass.Any, TimeToLive: 0 } ? record : throw DnsReader.Wrong("a signature where it must not be", offset);
    }

    // §4.3.3: names in lower case and not compressed; class ANY and no time to live.
    internal static void AppendVariables(IncrementalHash hash, DnsName key, TsigData signature)
    {
        Span<byte> numbers = stackalloc byte[6];
        hash.AppendData(key.ToLowerWire());
        BinaryPrimitives.WriteUInt16BigEndian(numbers, (ushort)DnsClass.Any);
        BinaryPrimitives.WriteUInt32BigEndian(numbers[2..], 0);
        hash.AppendData(numbers);
        hash.AppendData(signature.Algorithm.ToLowerWire());
        AppendTimers(hash, signature);
        BinaryPrimitives.WriteUInt16BigEndian(numbers, (ushort)signature.Error);
        BinaryPrimitives.WriteUInt16BigEndian(numbers[2..], (ushort)signature.Other.Length);
        hash.AppendData(numbers[..4]);
        hash.AppendData(signature.Other.Span);
    }

    // §5.3.1: all that is signed of a signature after the first one.
    internal static void AppendTimers(IncrementalHash hash, TsigData signature)
    {
        Span<byte> numbers = stackalloc byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(numbers, (ushort)(signature.TimeSigned >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(numbers[2..], (uint)signature.TimeSigned);
        BinaryPrimitives.WriteUInt16BigEndian(numbers[6..], signature.Fudge);
        hash.AppendData(numbers);
    }
}
