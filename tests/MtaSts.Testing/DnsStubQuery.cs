using System.Buffers.Binary;
using System.Text;

namespace MtaSts.Testing;

/// <summary>One question as it came to a <see cref="DnsStub"/>, and the answers a test may make of it (RFC 1035 §4.1).</summary>
public sealed record DnsStubQuery(byte[] Bytes, string Name, int Type, bool OverTcp)
{
    public const int A = 1, Ns = 2, Cname = 5, Soa = 6, Mx = 15, Txt = 16, Aaaa = 28, Tlsa = 52, Caa = 257;

    private const int HeaderBytes = 12;
    private const int Response = 0x8180; // QR, RD, RA
    private const int Truncated = 0x0200;

    /// <summary>Of all records of the answer.</summary>
    public int Ttl { get; init; } = 60;

    /// <summary>Neither records nor an error.</summary>
    public byte[] Empty() => Answer(0);

    /// <summary>A response code alone.</summary>
    public byte[] Fail(int code) => Answer(code);

    /// <summary>The question alone, with the mark that there was more.</summary>
    public byte[] CutOff() => Header(Truncated, 0);

    public byte[] Answer(params (string Name, int Type, byte[] Data)[] records) => Answer(0, records);

    public byte[] Answer(int code, params (string Name, int Type, byte[] Data)[] records)
    {
        List<byte> answer = [.. Header(code, records.Length)];
        foreach ((string name, int type, byte[] data) in records)
        {
            answer.AddRange(Wire(name));
            answer.AddRange(Number(type));
            answer.AddRange(Number(1)); // IN
            answer.AddRange([.. Number(Ttl >> 16), .. Number(Ttl)]);
            answer.AddRange(Number(data.Length));
            answer.AddRange(data);
        }

        return [.. answer];
    }

    /// <summary>The same answer as the zone's own server gives it: AA, no recursion.</summary>
    public static byte[] WithAuthority(byte[] answer)
    {
        answer[2] |= 0x04;
        answer[3] &= 0x7F;
        return answer;
    }

    /// <summary>The resolver says that DNSSEC holds (AD, RFC 4035 §3.2.3).</summary>
    public static byte[] Validated(byte[] answer)
    {
        answer[3] |= 0x20;
        return answer;
    }

    /// <summary>The same answer with its records in the authority section.</summary>
    public static byte[] InAuthoritySection(byte[] answer)
    {
        (answer[6], answer[7], answer[8], answer[9]) = (0, 0, answer[6], answer[7]);
        return answer;
    }

    /// <summary>The data of a TXT record of one string.</summary>
    public static byte[] TxtData(string text) => [(byte)text.Length, .. Encoding.Latin1.GetBytes(text)];

    /// <summary>The data of an MX record.</summary>
    public static byte[] MxData(int preference, string name) => [.. Number(preference), .. Wire(name)];

    /// <summary>A name as it stands in a message, without compression.</summary>
    public static byte[] Wire(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.Latin1.GetBytes(label)]), 0];

    internal static DnsStubQuery Read(byte[] bytes, bool overTcp)
    {
        List<string> labels = [];
        int at = HeaderBytes;
        for (; bytes[at] != 0; at += 1 + bytes[at])
        {
            labels.Add(Encoding.ASCII.GetString(bytes, at + 1, bytes[at]));
        }

        return new DnsStubQuery(bytes, string.Join('.', labels), BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 1)), overTcp);
    }

    // Header and question; what follows the question in the query (EDNS) stays out.
    private byte[] Header(int flags, int answers) =>
        [Bytes[0], Bytes[1], .. Number(Response | flags), 0, 1, .. Number(answers), 0, 0, 0, 0, .. Bytes.AsSpan(HeaderBytes, Wire(Name).Length + 4)];

    private static byte[] Number(int value) => [(byte)(value >> 8), (byte)value];
}
