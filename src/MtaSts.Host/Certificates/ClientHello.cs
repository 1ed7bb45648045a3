using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace MtaSts.Host.Certificates;

/// <summary>What we need to know of a client's first message (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2) before TLS begins.</summary>
/// <param name="ServerName">The SNI name (RFC 6066 §3) without a final dot; null: none was sent; empty: one that cannot be a host name.</param>
/// <param name="OffersTls13">Among its supported versions.</param>
/// <param name="OffersOnlyAcme">Its one application protocol is `acme-tls/1`: a CA that validates (RFC 8737 §3).</param>
internal sealed record ClientHello(string? ServerName, bool OffersTls13, bool OffersOnlyAcme)
{
    /// <summary>With post-quantum key shares and padding they have some 2 KB; this is also the most that one record holds.</summary>
    public const int MostBytes = 16 * 1024;

    private const int RecordHeaderBytes = 5;
    private const int MessageHeaderBytes = 4;
    // Types of extensions.
    private const int ServerNames = 0;
    private const int Protocols = 16;
    private const int Versions = 43;

    private const int MostRecordBytes = 16 * 1024;

    // Nobody who means it splits a hello into more.
    private const int MostRecords = 1024;

    /// <summary>
    /// Reads one from the beginning of <paramref name="input"/>, however many TLS records it is split into (RFC 8446 §5.1). Takes time
    /// and memory by what is there, within <see cref="MostBytes"/>; never throws. Whether the rest of it makes sense is for TLS to judge.
    /// </summary>
    public static HelloReading Read(in ReadOnlySequence<byte> input)
    {
        byte[]? message = null;
        try
        {
            return Read(input, ref message);
        }
        finally
        {
            if (message is not null)
            {
                ArrayPool<byte>.Shared.Return(message);
            }
        }
    }

    private static HelloReading Read(in ReadOnlySequence<byte> input, ref byte[]? message)
    {
        var gathered = 0;
        var wanted = MessageHeaderBytes;
        var rest = input;
        for (var records = 0; records < MostRecords; records++)
        {
            if (!TryReadRecord(rest, wanted - gathered, out var payload, out var missing, out var alert))
            {
                return alert is { } fault ? HelloReading.Refused(fault) : HelloReading.Incomplete((int)input.Length + missing);
            }

            if (gathered == 0 && payload.IsSingleSegment && IsWhole(payload.FirstSpan))
            {
                // As nearly all come: one record, in one piece.
                return ReadMessage(payload.FirstSpan);
            }

            message ??= ArrayPool<byte>.Shared.Rent(MessageHeaderBytes + MostBytes);
            rest = rest.Slice(RecordHeaderBytes + payload.Length);
            while (!payload.IsEmpty && gathered < wanted)
            {
                var part = payload.Slice(0, Math.Min(payload.Length, wanted - gathered));
                part.CopyTo(message.AsSpan(gathered));
                payload = payload.Slice(part.Length);
                gathered += (int)part.Length;
                if (gathered == MessageHeaderBytes && wanted == MessageHeaderBytes)
                {
                    wanted += Length(message);
                    if (message[0] != 1)
                    {
                        return HelloReading.Refused(TlsAlert.UnexpectedMessage);
                    }

                    if (wanted > MessageHeaderBytes + MostBytes)
                    {
                        return HelloReading.Refused(TlsAlert.DecodeError);
                    }
                }
            }

            if (gathered >= MessageHeaderBytes && gathered == wanted)
            {
                return ReadMessage(message.AsSpan(0, gathered));
            }
        }

        return HelloReading.Refused(TlsAlert.DecodeError);
    }

    // What is wrong already is refused without waiting for more. What is missing counts the whole message, in as few records as can be: so that
    // thousands of tiny ones do not mean thousands of looks.
    private static bool TryReadRecord(in ReadOnlySequence<byte> input, int needed, out ReadOnlySequence<byte> payload, out int missing, out TlsAlert? alert)
    {
        payload = default;
        missing = 0;
        alert = null;
        Span<byte> header = stackalloc byte[RecordHeaderBytes];
        var there = (int)Math.Min(input.Length, RecordHeaderBytes);
        input.Slice(0, there).CopyTo(header);
        // Type handshake, versions SSL 3.0 to TLS 1.3 of the record layer; an SSL 2.0 hello begins with its length.
        if ((there > 0 && header[0] != 22) || (there > 1 && header[1] != 3))
        {
            alert = TlsAlert.UnexpectedMessage;
            return false;
        }

        if (there < RecordHeaderBytes)
        {
            missing = RecordHeaderBytes - there + needed;
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        if (length is 0 or > MostRecordBytes)
        {
            // RFC 8446 §5.1: no empty fragments of handshakes.
            alert = TlsAlert.DecodeError;
            return false;
        }

        missing = (int)Math.Max(0, RecordHeaderBytes + length - input.Length);
        if (missing > 0)
        {
            missing += length < needed ? RecordHeaderBytes + needed - length : 0;
            return false;
        }

        payload = input.Slice(RecordHeaderBytes, length);
        return true;
    }

    private static int Length(ReadOnlySpan<byte> message) => (message[1] << 16) | BinaryPrimitives.ReadUInt16BigEndian(message[2..]);

    private static bool IsWhole(ReadOnlySpan<byte> message) => message.Length >= MessageHeaderBytes && message.Length - MessageHeaderBytes >= Length(message);

    private static HelloReading ReadMessage(ReadOnlySpan<byte> message)
    {
        if (message[0] != 1)
        {
            return HelloReading.Refused(TlsAlert.UnexpectedMessage);
        }

        var body = new Octets(message.Slice(MessageHeaderBytes, Length(message)));
        // Version, random, session id, cipher suites, compression methods.
        if (!body.TrySkip(2 + 32) || !body.TryRead8(out var session) || session.Length > 32
            || !body.TryRead16(out var suites) || suites.Length < 2 || !body.TryRead8(out var compressions) || compressions.Length == 0)
        {
            return HelloReading.Refused(TlsAlert.DecodeError);
        }

        if (body.IsEmpty)
        {
            // RFC 5246 §7.4.1.2: there may be no extensions at all.
            return HelloReading.Complete(new ClientHello(null, false, false));
        }

        return body.TryRead16(out var extensions) && body.IsEmpty ? ReadExtensions(new Octets(extensions)) : HelloReading.Refused(TlsAlert.DecodeError);
    }

    // GREASE (RFC 8701) and all that is unknown is passed over.
    private static HelloReading ReadExtensions(Octets extensions)
    {
        string? name = null;
        var offersTls13 = false;
        var onlyAcme = false;
        var seen = 0;
        while (!extensions.IsEmpty)
        {
            if (!extensions.TryReadNumber(out var type) || !extensions.TryRead16(out var data))
            {
                return HelloReading.Refused(TlsAlert.DecodeError);
            }

            var bit = type switch { ServerNames => 1, Protocols => 2, Versions => 4, _ => 0 };
            if ((seen & bit) != 0)
            {
                // RFC 8446 §4.2: not more than one of a type.
                return HelloReading.Refused(TlsAlert.IllegalParameter);
            }

            seen |= bit;
            var alert = type switch
            {
                ServerNames => ReadName(new Octets(data), out name),
                Protocols => ReadProtocols(new Octets(data), out onlyAcme),
                Versions => ReadVersions(new Octets(data), out offersTls13),
                _ => null,
            };
            if (alert is { } fault)
            {
                return HelloReading.Refused(fault);
            }
        }

        return HelloReading.Complete(new ClientHello(name, offersTls13, onlyAcme));
    }

    // RFC 6066 §3.
    private static TlsAlert? ReadName(Octets data, out string? name)
    {
        name = null;
        if (!data.TryRead16(out var list) || !data.IsEmpty || list.IsEmpty)
        {
            return TlsAlert.DecodeError;
        }

        var names = new Octets(list);
        while (!names.IsEmpty)
        {
            if (!names.TryReadOctet(out var type) || !names.TryRead16(out var value) || value.IsEmpty)
            {
                return TlsAlert.DecodeError;
            }

            // Only host names are defined, and not more than one.
            if (type == 0)
            {
                if (name is not null)
                {
                    return TlsAlert.IllegalParameter;
                }

                name = HostName(value);
            }
        }

        return null;
    }

    // A final dot is not wanted, but a client that sends it means the same name.
    private static string HostName(ReadOnlySpan<byte> value)
    {
        value = value.EndsWith("."u8) ? value[..^1] : value;
        return value.Length <= 253 && Ascii.IsValid(value) ? Encoding.ASCII.GetString(value) : "";
    }

    // RFC 7301 §3.1.
    private static TlsAlert? ReadProtocols(Octets data, out bool onlyAcme)
    {
        onlyAcme = false;
        if (!data.TryRead16(out var list) || !data.IsEmpty || list.IsEmpty)
        {
            return TlsAlert.DecodeError;
        }

        var protocols = new Octets(list);
        for (var count = 0; !protocols.IsEmpty; count++)
        {
            if (!protocols.TryRead8(out var protocol) || protocol.IsEmpty)
            {
                return TlsAlert.DecodeError;
            }

            onlyAcme = count == 0 && protocol.SequenceEqual("acme-tls/1"u8);
        }

        return null;
    }

    // RFC 8446 §4.2.1.
    private static TlsAlert? ReadVersions(Octets data, out bool offersTls13)
    {
        offersTls13 = false;
        if (!data.TryRead8(out var list) || !data.IsEmpty || list.IsEmpty || list.Length % 2 != 0)
        {
            return TlsAlert.DecodeError;
        }

        for (var at = 0; at < list.Length; at += 2)
        {
            offersTls13 |= BinaryPrimitives.ReadUInt16BigEndian(list[at..]) == 0x0304;
        }

        return null;
    }

    /// <summary>What is left to read of some octets; a read that fails reads nothing that matters.</summary>
    private ref struct Octets(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public readonly bool IsEmpty => _rest.IsEmpty;

        public bool TrySkip(int count) => TryTake(count, out _);

        public bool TryReadOctet(out byte value)
        {
            var read = TryTake(1, out var octets);
            value = read ? octets[0] : default;
            return read;
        }

        public bool TryReadNumber(out ushort value)
        {
            var read = TryTake(2, out var octets);
            value = read ? BinaryPrimitives.ReadUInt16BigEndian(octets) : default;
            return read;
        }

        /// <summary>A vector whose length is one octet.</summary>
        public bool TryRead8(out ReadOnlySpan<byte> vector)
        {
            vector = default;
            return TryReadOctet(out var length) && TryTake(length, out vector);
        }

        /// <summary>A vector whose length is two octets.</summary>
        public bool TryRead16(out ReadOnlySpan<byte> vector)
        {
            vector = default;
            return TryReadNumber(out var length) && TryTake(length, out vector);
        }

        private bool TryTake(int count, out ReadOnlySpan<byte> octets)
        {
            if (_rest.Length < count)
            {
                octets = default;
                return false;
            }

            octets = _rest[..count];
            _rest = _rest[count..];
            return true;
        }
    }
}

/// <summary>How far a <see cref="ClientHello"/> was read.</summary>
/// <param name="Hello">The whole of it; or null.</param>
/// <param name="Alert">What to say to a client that sent something else; or null.</param>
/// <param name="Wanted">Otherwise: how many bytes there must be from the beginning, before another look is worth it.</param>
internal readonly record struct HelloReading(ClientHello? Hello, TlsAlert? Alert, int Wanted)
{
    public static HelloReading Complete(ClientHello hello) => new(hello, null, 0);

    public static HelloReading Refused(TlsAlert alert) => new(null, alert, 0);

    public static HelloReading Incomplete(int wanted) => new(null, null, wanted);
}
