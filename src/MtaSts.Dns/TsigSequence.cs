using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MtaSts.Dns;

/// <summary>
/// Checks the signatures of the messages that one request is answered with (RFC 8945 §5.3.1), in their order: each is made over the MAC before it and all
/// messages since then. For one thread at a time.
/// </summary>
internal sealed class TsigSequence : IDisposable
{
    private readonly TsigKey _key;
    private readonly IncrementalHash _hash;
    private bool _isFirst = true;

    /// <param name="key">The key that the request was signed with.</param>
    /// <param name="requestMac">Its MAC; empty to check a request.</param>
    public TsigSequence(TsigKey key, ReadOnlySpan<byte> requestMac)
    {
        ArgumentNullException.ThrowIfNull(key);
        _key = key;
        _hash = key.StartMac();
        AppendMac(requestMac);
    }

    /// <summary>Messages without a signature since the last one with one.</summary>
    public int Unsigned { get; private set; }

    /// <summary>Takes the next message. One without a signature is covered by that of the next one, whether it may lack it is the caller's to know.</summary>
    /// <param name="message">The whole message, as it came.</param>
    /// <param name="now">The time.</param>
    /// <param name="signature">The signature as it stands there, whatever it is worth; null where there is none.</param>
    /// <returns>After anything but valid and missing the sequence is of no use.</returns>
    /// <exception cref="DnsFormatException">The octets are not a message.</exception>
    public TsigOutcome Verify(ReadOnlySpan<byte> message, DateTimeOffset now, out TsigData? signature)
    {
        var record = Tsig.Find(message, out var offset);
        signature = record?.Data as TsigData;
        if (record is null || signature is null)
        {
            _hash.AppendData(message);
            Unsigned++;
            return TsigOutcome.Missing;
        }

        if (signature.Mac.IsEmpty)
        {
            return TsigOutcome.WithoutMac;
        }

        if (record.Name != _key.Name || signature.Algorithm != _key.AlgorithmName)
        {
            return TsigOutcome.OtherKey;
        }

        // §5.2.2.1 lets a shorter MAC pass where both sides agreed on it. Nobody did.
        if (!CryptographicOperations.FixedTimeEquals(MacOf(message[..offset], signature), signature.Mac.Span))
        {
            return TsigOutcome.WrongMac;
        }

        (_isFirst, Unsigned) = (false, 0);
        AppendMac(signature.Mac.Span);
        var difference = (long)signature.TimeSigned - (long)Tsig.Seconds(now);
        return Math.Abs(difference) <= signature.Fudge ? TsigOutcome.Valid : TsigOutcome.OtherTime;
    }

    public void Dispose() => _hash.Dispose();

    // §4.3: what came before, the message as it was before it was signed, and what the signature says; of later ones only the times (§5.3.1).
    private byte[] MacOf(ReadOnlySpan<byte> unsigned, TsigData signature)
    {
        Span<byte> header = stackalloc byte[DnsHeader.Length];
        unsigned[..DnsHeader.Length].CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header, signature.OriginalId);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(header[10..]) - 1));
        _hash.AppendData(header);
        _hash.AppendData(unsigned[DnsHeader.Length..]);
        if (_isFirst)
        {
            Tsig.AppendVariables(_hash, _key.Name, signature);
        }
        else
        {
            Tsig.AppendTimers(_hash, signature);
        }

        return _hash.GetHashAndReset();
    }

    private void AppendMac(ReadOnlySpan<byte> mac)
    {
        if (!mac.IsEmpty)
        {
            Span<byte> length = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)mac.Length);
            _hash.AppendData(length);
            _hash.AppendData(mac);
        }
    }
}
