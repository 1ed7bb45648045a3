using System.Diagnostics;
using System.Net;
using System.Text;
using MtaSts.Dns;

/// <summary>Seeded DNS messages: valid ones, and mutated ones. The number of an input is its seed.</summary>
internal static class DnsInputs
{
    /// <summary>Most octets that one octet of a message may cost in memory, and what a message costs however short it is.</summary>
    private const int MemoryPerOctet = 64, MemoryPerMessage = 4096;

    private static readonly TsigKey Key = new(DnsName.Parse("key.example"), TsigAlgorithm.HmacSha256, [1, 2, 3]);
    private static readonly DateTimeOffset Time = DateTimeOffset.UnixEpoch.AddYears(50);

    private static readonly DnsName[] Zones = [.. new[] { "example.test", "_mta-sts.provider.example", ".", "a.b.c.d.e.f.g.h", new string('x', 63) + ".test" }.Select(DnsName.Parse)];

    /// <summary>A message that a library such as this one may write.</summary>
    public static DnsMessage Message(Random random)
    {
        var records = () => Enumerable.Range(0, random.Next(random.Next(50) == 0 ? 300 : 4)).Select(_ => Record(random)).ToArray();
        List<DnsRecord> additionals = [.. records()];
        var edns = random.Next(3) == 0 ? new OptData((ushort)random.Next(65536), (DnsResponseCode)random.Next(24), random.Next(2) == 0) : null;
        if (edns is not null)
        {
            additionals.Add(edns.ToRecord());
        }

        return new DnsMessage
        {
            Id = (ushort)random.Next(65536),
            Opcode = (DnsOpcode)random.Next(16),
            Flags = (DnsFlags)random.Next(65536) & (DnsFlags.Response | DnsFlags.Authoritative | DnsFlags.Truncated | DnsFlags.RecursionDesired | DnsFlags.AuthenticData),
            ResponseCode = (DnsResponseCode)((edns?.HighResponseCode ?? 0) << 4 | random.Next(16)),
            Question = random.Next(5) == 0 ? null : new DnsQuestion(Name(random), (DnsType)random.Next(300), (DnsClass)random.Next(256)),
            Answers = records(),
            Authorities = records(),
            Additionals = additionals,
        };
    }

    public static byte[] Make(int number)
    {
        Random random = new(number);
        if (random.Next(20) == 0)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            return noise;
        }

        return Mutate(random.Next(100) == 0 ? Dense(random) : Write(Message(random), isSigned: random.Next(3) == 0), random);
    }

    /// <summary>Reads the input, and what can be read is written and read again; throws when a promise is broken.</summary>
    /// <returns>Whether it is a message, and what reading it took: octets of memory, and time.</returns>
    public static (bool IsMessage, long Memory, TimeSpan Time) Run(byte[] input)
    {
        var start = Stopwatch.GetTimestamp();
        var before = GC.GetAllocatedBytesForCurrentThread();
        DnsMessage? message = null;
        try
        {
            message = DnsMessage.Read(input);
        }
        catch (DnsFormatException)
        {
            // What is promised for octets that are no message.
        }

        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        var time = Stopwatch.GetElapsedTime(start);
        Require(taken <= MemoryPerMessage + (long)MemoryPerOctet * input.Length, $"memory in proportion: {taken} for {input.Length}");
        try
        {
            Tsig.Verify(input, Key, [], Time, out _);
        }
        catch (DnsFormatException)
        {
            Require(message is null, "a signature is looked for in every message");
        }

        if (message is null)
        {
            return (false, taken, time);
        }

        foreach (var record in message.Answers.Concat(message.Authorities).Concat(message.Additionals))
        {
            Require(record.ToString().All(character => character is >= ' ' and <= '~'), "a record's text is printable");
            Require(DnsName.Parse(record.Name.ToString()) == record.Name, "a name's text is read back");
        }

        // Written without pointers of theirs to the middle of what was not a name before, it may be longer than a message can be.
        var buffer = new byte[DnsReader.MaxMessageLength];
        DnsWriter writer = new(buffer);
        message.WriteTo(writer);
        if (!writer.IsFull)
        {
            RequireSame(message, DnsMessage.Read(writer.Written));
        }

        return (true, taken, time);
    }

    /// <summary>Throws when two messages differ.</summary>
    public static void RequireSame(DnsMessage message, DnsMessage again)
    {
        Require(message with { Answers = [], Authorities = [], Additionals = [] } == again with { Answers = [], Authorities = [], Additionals = [] }, "a header is written and read back");
        Require(message.Answers.SequenceEqual(again.Answers), "answers are written and read back");
        Require(message.Authorities.SequenceEqual(again.Authorities), "authorities are written and read back");
        Require(message.Additionals.SequenceEqual(again.Additionals), "additionals are written and read back");
    }

    private static byte[] Write(DnsMessage message, bool isSigned)
    {
        DnsWriter writer = new(new byte[DnsReader.MaxMessageLength]);
        message.WriteTo(writer);
        if (isSigned)
        {
            Tsig.Sign(writer, Key, Time);
        }

        return writer.Written.ToArray();
    }

    /// <summary>As much as can be had from few octets: names of 255 octets, each as a pointer of two.</summary>
    private static byte[] Dense(Random random)
    {
        var count = random.Next(4000);
        var label = Enumerable.Repeat((byte)'a', 61).Prepend((byte)61);
        return
        [
            0, 0, 0x80, 0, 0, 1, (byte)(count >> 8), (byte)count, 0, 0, 0, 0, .. label, .. label, .. label, .. label, 5, .. "abcde"u8, 0, 0, 2, 0, 1,
            .. Enumerable.Repeat((byte[])[0xc0, 12, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 12], count).SelectMany(record => record),
        ];
    }

    private static DnsName Name(Random random)
    {
        var name = Zones[random.Next(Zones.Length)];
        for (var left = random.Next(4); left > 0; left--)
        {
            var label = new byte[random.Next(1, 12)];
            if (random.Next(4) == 0)
            {
                random.NextBytes(label);
            }
            else
            {
                Encoding.ASCII.GetBytes(random.GetString("abAB-_0", label.Length), label);
            }

            name = name.Prepend(label);
        }

        return name;
    }

    private static DnsRecord Record(Random random) => new(
        Name(random), random.Next(8) == 0 ? DnsClass.None : DnsClass.In, (uint)random.Next(), Data(random));

    private static DnsRecordData Data(Random random) => random.Next(8) switch
    {
        0 => new AddressData(new IPAddress(Octets(random, 4))),
        1 => new AddressData(new IPAddress(Octets(random, 16))),
        2 => new NameData(random.Next(2) == 0 ? DnsType.Ns : DnsType.Cname, Name(random)),
        3 => new SoaData(Name(random), Name(random), (uint)random.Next(), 1, 2, 3, 4),
        4 => new TextData([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (ReadOnlyMemory<byte>)Octets(random, random.Next(256)))]),
        5 => TextData.Of("v=STSv1; id=20160831085700Z;"),
        6 => new CaaData((byte)random.Next(256), "issue", Octets(random, random.Next(30))),
        _ => new RawData((DnsType)random.Next(1000, 65536), Octets(random, random.Next(40))),
    };

    private static byte[] Octets(Random random, int count)
    {
        var octets = new byte[count];
        random.NextBytes(octets);
        return octets;
    }

    private static byte[] Mutate(byte[] message, Random random)
    {
        List<byte> octets = [.. message];
        for (var left = random.Next(5); left > 0; left--)
        {
            var at = random.Next(octets.Count + 1);
            switch (random.Next(7))
            {
                case 0:
                    octets.Insert(at, (byte)random.Next(256));
                    break;
                case 1 when at < octets.Count:
                    octets.RemoveRange(at, random.Next(Math.Min(5, octets.Count - at) + 1));
                    break;
                case 2 when at < octets.Count:
                    octets[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3 when at + 1 < octets.Count:
                    // A pointer, most often to a place of this message.
                    octets[at] = (byte)(0xc0 | random.Next(octets.Count) >> 8);
                    octets[at + 1] = (byte)random.Next(Math.Min(octets.Count, 256));
                    break;
                case 4 when octets.Count > 12:
                    // Counts, which a reader must not believe.
                    octets[random.Next(4, 12)] = (byte)random.Next(256);
                    break;
                case 5:
                    octets.RemoveRange(at, octets.Count - at);
                    break;
                default:
                    // A part again, elsewhere: repeated records.
                    octets.InsertRange(random.Next(octets.Count + 1), octets.GetRange(at, random.Next(Math.Min(40, octets.Count - at) + 1)));
                    break;
            }
        }

        return [.. octets.Take(DnsReader.MaxMessageLength + 1)];
    }

    private static void Require(bool holds, string promise)
    {
        if (!holds)
        {
            throw new InvalidOperationException("Promise broken: " + promise);
        }
    }
}
