using System.Buffers;
using MtaSts.Host.Certificates;

/// <summary>Seeded ClientHellos, mutated, split into records and segments, and one run of the reader over each. The number of an input is its seed.</summary>
internal static class HelloInputs
{
    private static readonly byte[][] Seeds =
    [
        HelloBytes.Message(),
        HelloBytes.Message(HelloBytes.Grease, HelloBytes.Name("mta-sts.example.com"), HelloBytes.Groups, HelloBytes.Signatures, HelloBytes.Protocols("h2", "http/1.1"), HelloBytes.Tls13),
        HelloBytes.Message(HelloBytes.Name("mta-sts.example.com"), HelloBytes.Protocols("acme-tls/1"), HelloBytes.Tls13),
        // As with post-quantum key shares and padding.
        HelloBytes.Message(HelloBytes.Extension(51, new byte[1300]), HelloBytes.Tls13, HelloBytes.Extension(21, new byte[500]), HelloBytes.Name("mta-sts.example.com")),
        [0x80, 0x2E, 1, 3, 1, .. new byte[43]],
        [.. "GET / HTTP/1.1\r\nHost: mta-sts.example.com\r\n\r\n"u8],
    ];

    public static byte[] Make(int number)
    {
        var random = new Random(number);
        var message = new List<byte>(Seeds[random.Next(Seeds.Length)]);
        if (random.Next(10) == 0)
        {
            message.AddRange(new byte[random.Next(20_000)]);
        }

        Mutate(random, message);
        var records = random.Next(8) == 0 ? [.. message] : HelloBytes.Records([.. message], random.Next(3) == 0 ? random.Next(1, 100) : 16 * 1024);
        var bytes = new List<byte>(records);
        if (random.Next(3) == 0)
        {
            Mutate(random, bytes);
        }

        return [.. bytes];
    }

    /// <summary>Reads as the bytes come, in pieces; throws when the reader throws or breaks a promise.</summary>
    public static void Run(int number, byte[] input)
    {
        var random = new Random(number);
        var whole = ClientHello.Read(new ReadOnlySequence<byte>(input));
        Require(Kinds(whole) == 1, "one of three outcomes");
        Require(ClientHello.Read(Split(random, input)) == whole, "segments change nothing");

        var wanted = 1;
        for (var reads = 0; ; reads++)
        {
            Require(reads <= 100, "a bounded number of looks");
            Require(wanted <= 2 * ClientHello.MostBytes + (1024 * 5) + 16, "a bounded number of bytes");
            if (wanted > input.Length)
            {
                Require(whole.Hello is null, "what is not whole is no hello");
                return;
            }

            var reading = ClientHello.Read(new ReadOnlySequence<byte>(input, 0, wanted));
            if (reading.Wanted == 0)
            {
                Require(reading == whole, "the first answer is the answer");
                return;
            }

            Require(reading.Wanted > wanted, "each look wants more than the one before");
            wanted = reading.Wanted;
        }
    }

    private static int Kinds(HelloReading reading) => (reading.Hello is null ? 0 : 1) + (reading.Alert is null ? 0 : 1) + (reading.Wanted == 0 ? 0 : 1);

    private static void Mutate(Random random, List<byte> bytes)
    {
        for (var left = random.Next(4); left > 0; left--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(4))
            {
                case 0:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 1:
                    bytes.RemoveRange(at, random.Next(Math.Min(50, bytes.Count - at) + 1));
                    break;
                case 2 when at < bytes.Count:
                    bytes[at] = (byte)(random.Next(2) == 0 ? bytes[at] ^ (1 << random.Next(8)) : random.Next(256));
                    break;
                default:
                    // A part again, elsewhere: repeated extensions and names.
                    bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, random.Next(Math.Min(60, bytes.Count - at) + 1)));
                    break;
            }
        }
    }

    private static ReadOnlySequence<byte> Split(Random random, byte[] input)
    {
        var first = new Segment(default, 0);
        var last = first;
        for (var at = 0; at < input.Length;)
        {
            var length = random.Next(Math.Min(input.Length - at, random.Next(2) == 0 ? 5 : 4096) + 1);
            last = last.Add(input.AsMemory(at, length));
            at += length;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private static void Require(bool holds, string promise)
    {
        if (!holds)
        {
            throw new InvalidOperationException("Promise broken: " + promise);
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Add(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
