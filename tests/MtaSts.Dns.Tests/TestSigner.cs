using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MtaSts.Dns.Tests;

/// <summary>Signs answers with hmac-sha256 as a server does (RFC 8945 §5.3), octet by octet and without the library.</summary>
internal sealed class TestSigner(string keyName, byte[] secret)
{
    private const int MacLength = 32;

    private static readonly byte[] Algorithm = Wire("hmac-sha256");

    /// <summary>The answer to an update: a header, and nothing else.</summary>
    public static byte[] Answer(byte[] request, int code) => [request[0], request[1], 0xa8, (byte)code, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The MAC of a request that this library signed with hmac-sha256; id, error and the length of no other data follow it.</summary>
    public static byte[] MacOf(byte[] request) => request[^(MacLength + 6)..^6];

    public byte[] SignAnswer(byte[] request, int code, ulong time, int error = 0, byte[]? other = null) =>
        Sign(Answer(request, code), MacOf(request), time, error: error, other: other);

    // `between`: messages without a signature since that with the MAC. Not null: it is not the first of its answer (§5.3.1).
    public byte[] Sign(byte[] message, byte[] requestMac, ulong time, Func<byte[], byte[]>? change = null, int error = 0, byte[]? other = null, IEnumerable<byte[]>? between = null)
    {
        byte[] variables = between is not null ? [.. Number(time, 6), 1, 44] :
        [
            .. Wire(keyName), 0, 255, 0, 0, 0, 0, .. Algorithm, .. Number(time, 6), 1, 44, .. Number((ulong)error, 2), .. Number((ulong)(other?.Length ?? 0), 2), .. other ?? [],
        ];
        byte[] prefix = requestMac.Length == 0 ? [] : [.. Number((ulong)requestMac.Length, 2), .. requestMac];
        var mac = HMACSHA256.HashData(secret, (byte[])[.. prefix, .. (between ?? []).SelectMany(octets => octets), .. message, .. variables]);
        mac = change is null ? mac : change(mac);
        byte[] data = [.. Algorithm, .. Number(time, 6), 1, 44, .. Number((ulong)mac.Length, 2), .. mac, message[0], message[1], .. Number((ulong)error, 2), .. Number((ulong)(other?.Length ?? 0), 2), .. other ?? []];
        byte[] signed = [.. message, .. Wire(keyName), 0, 250, 0, 255, 0, 0, 0, 0, .. Number((ulong)data.Length, 2), .. data];
        BinaryPrimitives.WriteUInt16BigEndian(signed.AsSpan(10), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(10)) + 1));
        return signed;
    }

    public static byte[] Number(ulong number, int octets) => [.. Enumerable.Range(1, octets).Select(at => (byte)(number >> 8 * (octets - at)))];

    private static byte[] Wire(string name) => [.. name.Split('.').SelectMany(label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length)), 0];
}
