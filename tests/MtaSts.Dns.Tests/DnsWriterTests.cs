using System.Net;

namespace MtaSts.Dns.Tests;

public sealed class DnsWriterTests
{
    private static readonly DnsName Example = DnsName.Parse("example.test");

    [Fact]
    public void Names_are_compressed_without_regard_to_case_and_the_root_is_not()
    {
        var message = new DnsMessage
        {
            Id = 1,
            Question = new(DnsName.Parse("a.Example.test"), DnsType.Ns),
            Answers = [new(DnsName.Parse("A.example.TEST"), 5, new NameData(DnsType.Ns, DnsName.Parse("ns.example.test")))],
            Authorities = [new(DnsName.Root, 5, new NameData(DnsType.Ns, Example))],
        };
        Assert.Equal(
            "0001" + "0000" + "0001" + "0001" + "0001" + "0000"
            + "0161" + "074578616D706C65" + "0474657374" + "00" + "0002" + "0001"
            + "C00C" + "0002" + "0001" + "00000005" + "0005" + "026E73" + "C00E"
            + "00" + "0002" + "0001" + "00000005" + "0002" + "C00E",
            Convert.ToHexString(message.ToBytes()));
        DnsInputs.RequireSame(message, DnsMessage.Read(message.ToBytes()));
    }

    /// <summary>RFC 3597 §4: no compression in data of types that are not of RFC 1035.</summary>
    [Fact]
    public void Octets_of_unknown_types_are_written_as_they_are()
    {
        RawData data = new((DnsType)731, [7, .. "example"u8, 4, .. "test"u8, 0]);
        var octets = new DnsMessage { Question = new(Example, DnsType.Any), Answers = [new(Example, 0, data)] }.ToBytes();
        Assert.Equal(data, DnsMessage.Read(octets).Answers.Single().Data);
        Assert.EndsWith(Convert.ToHexString(data.Octets.Span), Convert.ToHexString(octets), StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_of_every_kind_are_read_back_as_they_were_written()
    {
        for (var seed = 0; seed < 3000; seed++)
        {
            var message = DnsInputs.Message(new Random(seed));
            var failure = Record.Exception(() => DnsInputs.RequireSame(message, DnsMessage.Read(message.ToBytes())));
            Assert.True(failure is null, $"Seed {seed}: {failure}");
        }
    }

    /// <summary>A pointer has 14 bits: names from octet 16,384 on are no targets, and a message of 60 KB must still be right.</summary>
    [Fact]
    public void Names_beyond_the_reach_of_a_pointer_are_written_whole()
    {
        // Each name twice, once near and once far; the last ones are first written beyond the reach.
        var records = Enumerable.Range(0, 1400).Select(number =>
            new DnsRecord(DnsName.Parse($"label-number-{number % 700}.of.some.{(number < 700 ? "zone" : "other")}"), 300, new AddressData(IPAddress.Loopback))).ToArray();
        DnsMessage message = new() { Answers = records };
        var octets = message.ToBytes();
        Assert.InRange(octets.Length, 2 * 16_384, 65_535);
        DnsInputs.RequireSame(message, DnsMessage.Read(octets));
    }

    [Fact]
    public void What_does_not_fit_is_taken_back_and_leaves_nothing_behind()
    {
        DnsRecord first = new(DnsName.Parse("a.example.test"), 5, new AddressData(IPAddress.Loopback));
        DnsRecord large = new(DnsName.Parse("b.example.test"), 5, TextData.Of(new string('x', 200)));
        DnsRecord last = new(DnsName.Parse("b.example.test"), 5, new NameData(DnsType.Cname, DnsName.Parse("c.b.example.test")));
        DnsWriter writer = new(new byte[2000], start: 2) { MaxLength = 100 };
        writer.WriteHeader(new DnsHeader(1, DnsOpcode.Query, DnsFlags.Response, DnsResponseCode.NoError));
        writer.WriteQuestion(new DnsQuestion(Example, DnsType.A));
        writer.WriteRecord(DnsSection.Answer, first);
        var mark = writer.Mark();
        Assert.Equal(mark.Length, writer.Length);
        writer.WriteRecord(DnsSection.Answer, large);
        Assert.True(writer.IsFull);
        writer.WriteRecord(DnsSection.Answer, first);
        Assert.True(writer.IsFull);
        writer.RollBack(mark);
        Assert.False(writer.IsFull);
        writer.AddFlags(DnsFlags.Truncated);
        writer.WriteRecord(DnsSection.Authority, last);

        // As if the large one had never been there: no pointer to a name of it, and no count.
        var expected = new DnsMessage
        {
            Id = 1,
            Flags = DnsFlags.Response | DnsFlags.Truncated,
            Question = new(Example, DnsType.A),
            Answers = [first],
            Authorities = [last],
        };
        Assert.Equal(Convert.ToHexString(expected.ToBytes()), Convert.ToHexString(writer.Written));
    }

    [Fact]
    public void Room_can_be_kept_for_the_end()
    {
        DnsRecord edns = new OptData(1232).ToRecord();
        DnsWriter writer = new(new byte[12 + 11]) { MaxLength = 12 };
        writer.WriteHeader(default);
        var mark = writer.Mark();
        writer.WriteRecord(DnsSection.Additional, edns);
        Assert.True(writer.IsFull);
        writer.RollBack(mark);
        writer.MaxLength = 12 + 11;
        writer.WriteRecord(DnsSection.Additional, edns);
        Assert.False(writer.IsFull);
        Assert.Equal(1232, DnsMessage.Read(writer.Written).Edns!.PayloadSize);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.MaxLength = 24);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.MaxLength = 22);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(120)]
    public void At_every_length_a_full_writer_only_says_so(int length)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var message = DnsInputs.Message(new Random(seed));
            DnsWriter writer = new(new byte[length]);
            message.WriteTo(writer);
            Assert.InRange(writer.Length, 0, length);
            Assert.Equal(message.ToBytes().Length > length, writer.IsFull);
        }
    }

    [Fact]
    public void A_writer_that_is_used_again_allocates_nothing()
    {
        var buffer = new byte[512];
        DnsWriter writer = new(buffer);
        DnsRecord record = new(DnsName.Parse("_mta-sts.example.test"), 300, TextData.Of("v=STSv1; id=1;"));
        DnsRecord edns = new OptData(1232).ToRecord();
        DnsQuestion question = new(record.Name, DnsType.Txt);
        Write();
        var first = Convert.ToHexString(writer.Written);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Write();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(first, Convert.ToHexString(writer.Written));

        void Write()
        {
            writer.Reset(buffer);
            writer.WriteHeader(new DnsHeader(7, DnsOpcode.Query, DnsFlags.Response | DnsFlags.Authoritative, DnsResponseCode.NoError));
            writer.WriteQuestion(question);
            writer.WriteRecord(DnsSection.Answer, record);
            writer.WriteRecord(DnsSection.Additional, edns);
        }
    }

    [Fact]
    public void A_header_comes_first_and_once()
    {
        DnsWriter writer = new(new byte[100]);
        Assert.Throws<InvalidOperationException>(() => writer.WriteQuestion(new DnsQuestion(Example, DnsType.A)));
        writer.WriteHeader(default);
        Assert.Throws<InvalidOperationException>(() => writer.WriteHeader(default));
    }

    [Fact]
    public void A_message_that_is_too_long_is_not_given()
    {
        DnsMessage message = new() { Answers = [.. Enumerable.Repeat(new DnsRecord(Example, 0, TextData.Of(new string('x', 60_000))), 2)] };
        Assert.Throws<InvalidOperationException>(message.ToBytes);
    }
}
