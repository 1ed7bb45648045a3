namespace MtaSts.Dns.Tests;

public sealed class DnsReaderTests
{
    private const string Header = "1234" + "8400" + "0001" + "0000" + "0000" + "0000";
    private const string HeaderWithAnswer = "1234" + "8400" + "0000" + "0001" + "0000" + "0000";

    /// <summary>RFC 1035 §4.1.4: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92.</summary>
    [Fact]
    public void The_example_of_RFC_1035_section_4_1_4()
    {
        var message = new byte[93];
        Convert.FromHexString("0146" + "03495349" + "0441525041" + "00").CopyTo(message, 20);
        Convert.FromHexString("03464F4F" + "C014").CopyTo(message, 40);
        Convert.FromHexString("C01A").CopyTo(message, 64);
        Assert.Equal("F.ISI.ARPA.", NameAt(message, 20));
        Assert.Equal("FOO.F.ISI.ARPA.", NameAt(message, 40));
        Assert.Equal("ARPA.", NameAt(message, 64));
        Assert.Equal(".", NameAt(message, 92));
    }

    [Fact]
    public void A_header_and_a_question()
    {
        var message = DnsMessage.Read(Convert.FromHexString("1234" + "2985" + "0001" + "0000" + "0000" + "0000" + "0474657374" + "00" + "0010" + "0001"));
        Assert.Equal(0x1234, message.Id);
        Assert.Equal(DnsOpcode.Update, message.Opcode);
        Assert.Equal(DnsFlags.RecursionDesired | DnsFlags.RecursionAvailable, message.Flags);
        Assert.Equal(DnsResponseCode.Refused, message.ResponseCode);
        Assert.Equal(new DnsQuestion(DnsName.Parse("test"), DnsType.Txt), message.Question);
        Assert.Equal("test. IN TXT", message.Question!.ToString());
    }

    [Theory]
    [InlineData("", "nothing at all")]
    [InlineData("123484000000000000000000" + "00", "an octet behind the end")]
    [InlineData("1234840000000000000000", "a header of eleven octets")]
    [InlineData(Header, "a question that is not there")]
    [InlineData(Header + "0474657374" + "00" + "0010" + "00", "a question cut")]
    [InlineData(Header + "0474657374", "a name without an end")]
    [InlineData(Header + "05746573", "a label longer than the message")]
    [InlineData(Header + "40" + "00" + "0010" + "0001", "a label of type 01")]
    [InlineData(Header + "80" + "00" + "0010" + "0001", "a label of type 10")]
    [InlineData(Header + "C00C" + "0010" + "0001", "a pointer to itself")]
    [InlineData(Header + "C00D" + "0010" + "0001", "a pointer forward")]
    [InlineData(Header + "C000" + "0010" + "0001", "a pointer into the header")]
    [InlineData(Header + "0161" + "C00C" + "0010" + "0001", "a loop: a label, and a pointer to it")]
    [InlineData(Header + "C0", "half a pointer")]
    [InlineData("1234" + "8400" + "0002" + "0000" + "0000" + "0000" + "0000100001" + "0000100001", "two questions (RFC 9619)")]
    [InlineData("1234" + "8400" + "0000" + "FFFF" + "0000" + "0000" + "00" + "0010" + "0001" + "00000000" + "0000", "counts of more than is there")]
    [InlineData(HeaderWithAnswer + "00" + "0001" + "0001" + "00000000" + "0003" + "7F0000", "A of three octets")]
    [InlineData(HeaderWithAnswer + "00" + "0001" + "0001" + "00000000" + "0000", "A of no octets")]
    [InlineData(HeaderWithAnswer + "00" + "001C" + "0001" + "00000000" + "0004" + "7F000001", "AAAA of four octets")]
    [InlineData(HeaderWithAnswer + "00" + "0001" + "0001" + "00000000" + "0005" + "7F000001", "data longer than the message")]
    [InlineData(HeaderWithAnswer + "00" + "0002" + "0001" + "00000000" + "0002" + "00" + "00", "NS with an octet too much")]
    [InlineData(HeaderWithAnswer + "00" + "0002" + "0001" + "00000000" + "0002" + "0161" + "00", "NS with an octet too few")]
    [InlineData(HeaderWithAnswer + "00" + "0006" + "0001" + "00000000" + "0005" + "00" + "00" + "000001", "SOA cut")]
    [InlineData(HeaderWithAnswer + "00" + "0010" + "0001" + "00000000" + "0000", "TXT without a string")]
    [InlineData(HeaderWithAnswer + "00" + "0010" + "0001" + "00000000" + "0002" + "0261", "a string longer than its data")]
    [InlineData(HeaderWithAnswer + "00" + "0101" + "0001" + "00000000" + "0000", "CAA of no octets")]
    [InlineData(HeaderWithAnswer + "00" + "0101" + "0001" + "00000000" + "0003" + "00" + "00" + "61", "CAA without a tag")]
    [InlineData(HeaderWithAnswer + "00" + "0101" + "0001" + "00000000" + "0003" + "00" + "02" + "61", "CAA with a tag longer than its data")]
    [InlineData(HeaderWithAnswer + "00" + "0101" + "0001" + "00000000" + "0003" + "00" + "01" + "20", "CAA with a tag of a space")]
    [InlineData(HeaderWithAnswer + "00" + "0029" + "04D0" + "00000000" + "0000", "EDNS among the answers")]
    [InlineData(HeaderWithAnswer + "00" + "00FA" + "00FF" + "00000000" + "0000", "a signature without data, among the answers")]
    [InlineData("1234" + "8400" + "0000" + "0000" + "0000" + "0002" + "00002904D0000000000000" + "00002904D0000000000000", "EDNS twice")]
    [InlineData("1234" + "8400" + "0000" + "0000" + "0000" + "0001" + "0161" + "00002904D0000000000000", "EDNS of a name")]
    [InlineData("1234" + "8400" + "0000" + "0000" + "0000" + "0001" + "00002904D0000000000004" + "000A0001", "an option longer than its data")]
    [InlineData("1234" + "8400" + "0000" + "0000" + "0000" + "0001" + "00002904D0000000000003" + "000A00", "half an option")]
    [InlineData("1234" + "8400" + "0000" + "0000" + "0000" + "0001" + "00" + "00FA" + "00FF" + "00000000" + "0000", "a signature without data")]
    [InlineData("1234" + "8400" + "0000" + "0000" + "0000" + "0001" + "00" + "00FA" + "0001" + "00000000" + "0011" + Tsig, "a signature of class IN")]
    [InlineData("1234" + "8400" + "0000" + "0000" + "0000" + "0001" + "00" + "00FA" + "00FF" + "00000001" + "0011" + Tsig, "a signature with a time to live")]
    [InlineData("1234" + "8400" + "0000" + "0000" + "0000" + "0002" + "00" + "00FA" + "00FF" + "00000000" + "0011" + Tsig + "0000100001000000000001" + "00", "a signature that is not last")]
    [InlineData("1234" + "8400" + "0000" + "0000" + "0000" + "0001" + "00" + "00FA" + "00FF" + "00000000" + "0011" + "00" + "000000000000" + "012C" + "0001" + "1234" + "0000" + "0000", "a MAC longer than its data")]
    public void Not_a_message(string hex, string reason)
    {
        var octets = Convert.FromHexString(hex);
        var failure = Record.Exception(() => DnsMessage.Read(octets));
        Assert.True(failure is DnsFormatException, $"{reason}: {failure}");
        Assert.InRange(((DnsFormatException)failure).Offset, 0, octets.Length);
    }

    [Fact]
    public void The_signature_of_the_bad_ones_is_good_elsewhere()
    {
        var message = DnsMessage.Read(Convert.FromHexString("1234" + "8400" + "0000" + "0000" + "0000" + "0001" + "00" + "00FA" + "00FF" + "00000000" + "0011" + Tsig));
        Assert.Equal(300, message.Signature!.Fudge);
    }

    private const string Tsig = "00" + "000000000000" + "012C" + "0000" + "1234" + "0000" + "0000";

    /// <summary>2 octets each lead to the two before them; without a bound a message of 64 KiB would be read for minutes.</summary>
    [Fact]
    public void Pointers_to_pointers_have_an_end()
    {
        var good = PointerChain(127);
        Assert.Equal("a.", NameAt(good, good.Length - 2));
        var bad = PointerChain(129);
        Assert.Throws<DnsFormatException>(() => NameAt(bad, bad.Length - 2));
    }

    [Fact]
    public void A_name_of_pointers_is_not_longer_than_255_octets()
    {
        // Labels of 63 octets, each with a pointer to the one before: the fifth name would have 321 octets.
        List<byte> message = [.. new byte[12], 0, 0];
        var last = 12;
        for (var label = 0; label < 5; label++)
        {
            var at = message.Count;
            message.AddRange([63, .. Enumerable.Repeat((byte)'a', 63), (byte)(0xc0 | last >> 8), (byte)last]);
            last = at;
            if (label < 3)
            {
                Assert.Equal(64 * (label + 1), NameAt([.. message], at).Length);
            }
            else
            {
                Assert.Throws<DnsFormatException>(() => NameAt([.. message], at));
            }
        }
    }

    [Fact]
    public void Counts_cost_no_memory()
    {
        var message = Convert.FromHexString("1234" + "8400" + "0000" + "FFFF" + "FFFF" + "FFFF");
        Assert.Throws<DnsFormatException>(() => DnsMessage.Read(message));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Record.Exception(() => DnsMessage.Read(message));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_384);
    }

    [Fact]
    public void A_question_is_read_without_an_allocation()
    {
        var message = new DnsMessage { Question = new(DnsName.Parse("_mta-sts.example.test"), DnsType.Txt), Additionals = [new OptData(1232).ToRecord()] }.ToBytes();
        var room = new byte[DnsName.MaxLength];
        Assert.Equal(23, ReadQuery(message, room));
        var before = GC.GetAllocatedBytesForCurrentThread();
        ReadQuery(message, room);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_message_is_too_long_from_65_536_octets_on()
    {
        Assert.Equal("a message longer than 65,535 octets", Assert.Throws<DnsFormatException>(() => DnsMessage.Read(new byte[65_536])).Fault);
        Assert.Equal("octets after the message's end", Assert.Throws<DnsFormatException>(() => DnsMessage.Read(new byte[65_535])).Fault);
    }

    private static int ReadQuery(byte[] message, byte[] room)
    {
        DnsReader reader = new(message);
        reader.ReadHeader();
        var length = reader.ReadQuestion(room, out _, out _);
        reader.SkipRecord();
        reader.RequireEnd();
        return length;
    }

    private static byte[] PointerChain(int pointers)
    {
        List<byte> message = [.. new byte[12], 1, (byte)'a', 0];
        for (int pointer = 0, target = 12; pointer < pointers; pointer++)
        {
            message.AddRange([(byte)(0xc0 | target >> 8), (byte)target]);
            target = message.Count - 2;
        }

        return [.. message];
    }

    private static string NameAt(byte[] message, int offset) => new DnsReader(message, offset).ReadName().ToString();
}
