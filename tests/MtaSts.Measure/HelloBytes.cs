using System.Buffers.Binary;
using System.Text;

/// <summary>ClientHellos byte by byte, well-formed and not (RFC 8446 §4.1.2).</summary>
internal static class HelloBytes
{
    public static readonly byte[] Groups = Extension(10, [0, 2, 0, 23]);
    public static readonly byte[] Signatures = Extension(13, [0, 2, 4, 3]);
    public static readonly byte[] Tls13 = Extension(43, [4, 3, 4, 3, 3]);

    /// <summary>RFC 8701: reserved numbers that a client strews in.</summary>
    public static readonly byte[] Grease = Extension(0x4A4A, [0]);

    public static byte[] Extension(int type, byte[] data) => [.. Number(type), .. Number(data.Length), .. data];

    public static byte[] Names(params byte[][] names)
    {
        byte[] list = [.. names.SelectMany(name => (byte[])[0, .. Number(name.Length), .. name])];
        return Extension(0, [.. Number(list.Length), .. list]);
    }

    public static byte[] Name(string name) => Names(Encoding.ASCII.GetBytes(name));

    public static byte[] Protocols(params string[] protocols)
    {
        byte[] list = [.. protocols.SelectMany(protocol => (byte[])[(byte)protocol.Length, .. Encoding.ASCII.GetBytes(protocol)])];
        return Extension(16, [.. Number(list.Length), .. list]);
    }

    /// <summary>The handshake message, without a record.</summary>
    public static byte[] Message(params byte[][] extensions)
    {
        byte[] all = [.. extensions.SelectMany(extension => extension)];
        // Version 1.2, random, no session, GREASE and TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, no compression.
        byte[] body = [3, 3, .. new byte[32], 0, 0, 4, 0x1A, 0x1A, 0xC0, 0x2B, 1, 0, .. extensions.Length == 0 ? [] : Number(all.Length), .. all];
        return [1, (byte)(body.Length >> 16), .. Number(body.Length & 0xFFFF), .. body];
    }

    /// <summary>In records of so many bytes.</summary>
    public static byte[] Records(byte[] message, int size = 16 * 1024) =>
        [.. message.Chunk(size).SelectMany(part => (byte[])[22, 3, 1, .. Number(part.Length), .. part])];

    public static byte[] Number(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
