using System.Net;
using System.Text;

namespace MtaSts.Dns.Tests;

/// <summary>Records as text of a zone file (RFC 1035 §5.1, RFC 3597 §5).</summary>
public sealed class RecordTextTests
{
    public static TheoryData<DnsRecordData, string> Texts => new()
    {
        { new AddressData(IPAddress.Parse("192.0.2.1")), "A 192.0.2.1" },
        { new AddressData(IPAddress.Parse("2001:db8::1")), "AAAA 2001:db8::1" },
        { new NameData(DnsType.Cname, DnsName.Parse("label.host.example")), "CNAME label.host.example." },
        { new NameData(DnsType.Ns, DnsName.Root), "NS ." },
        { new SoaData(DnsName.Parse("ns1.example"), DnsName.Parse(@"a\.b.example"), 4_294_967_295, 1, 2, 3, 4), @"SOA ns1.example. a\.b.example. 4294967295 1 2 3 4" },
        { TextData.Of("v=STSv1; id=20160831085700Z;"), "TXT \"v=STSv1; id=20160831085700Z;\"" },
        { TextData.Of(""), "TXT \"\"" },
        { TextData.Of("a\"b\\c\u00fc\n"), @"TXT ""a\""b\\c\195\188\010""" },
        { new TextData([Encoding.ASCII.GetBytes("a b"), default, Encoding.ASCII.GetBytes("c")]), "TXT \"a b\" \"\" \"c\"" },
        { new CaaData(0, "issue", "letsencrypt.org; validationmethods=http-01"), "CAA 0 issue \"letsencrypt.org; validationmethods=http-01\"" },
        { new CaaData(128, "iodef", "mailto:\"a\"@b"), @"CAA 128 iodef ""mailto:\""a\""@b""" },
        { new RawData((DnsType)731, [0xab, 0xcd, 0xef, 1, 0x23, 0x45]), @"TYPE731 \# 6 ABCDEF012345" },
        { new RawData((DnsType)62347, []), @"TYPE62347 \# 0" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_record_as_text(DnsRecordData data, string text)
    {
        DnsRecord record = new(DnsName.Parse("_mta-sts.example.test"), 300, data);
        Assert.Equal("_mta-sts.example.test. 300 IN " + text, record.ToString());
        Assert.Equal(text[(text.IndexOf(' ', StringComparison.Ordinal) + 1)..], record.DataText);
        Assert.Equal(record, DnsMessage.Read(new DnsMessage { Answers = [record] }.ToBytes()).Answers.Single());
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Data_are_read_from_their_text(DnsRecordData data, string text)
    {
        var line = text[(text.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        if (data.Type is DnsType.A or DnsType.Aaaa or DnsType.Txt or DnsType.Caa)
        {
            Assert.Equal(data, DnsRecordData.Parse(data.Type, line));
        }
        else
        {
            Assert.Throws<FormatException>(() => DnsRecordData.Parse(data.Type, line));
        }
    }

    [Fact]
    public void Strings_without_quotes_end_at_a_blank()
    {
        Assert.Equal(new TextData([Encoding.ASCII.GetBytes("a;b"), Encoding.ASCII.GetBytes("c d"), Encoding.UTF8.GetBytes("\u00fc")]), DnsRecordData.Parse(DnsType.Txt, " a;b\tc\\ d  \u00fc "));
        Assert.Equal(new CaaData(0, "issue", ";"), DnsRecordData.Parse(DnsType.Caa, "0 issue ;"));
    }

    [Theory]
    [InlineData(DnsType.A, "10.1")]
    [InlineData(DnsType.A, "::1")]
    [InlineData(DnsType.A, "")]
    [InlineData(DnsType.Aaaa, "192.0.2.1")]
    [InlineData(DnsType.Aaaa, "fe80::1%1")]
    [InlineData(DnsType.Aaaa, "[::1]")]
    [InlineData(DnsType.Txt, "")]
    [InlineData(DnsType.Txt, "\"open")]
    [InlineData(DnsType.Txt, "\"a\nb\"")]
    [InlineData(DnsType.Txt, "\"a\\25\"")]
    [InlineData(DnsType.Txt, "\"a\\256\"")]
    [InlineData(DnsType.Txt, "a\\")]
    [InlineData(DnsType.Caa, "256 issue \"a\"")]
    [InlineData(DnsType.Caa, "0 is-sue \"a\"")]
    [InlineData(DnsType.Caa, "0 issue")]
    [InlineData(DnsType.Caa, "0 issue a b")]
    public void Other_text_is_refused(DnsType type, string text) => Assert.Throws<FormatException>(() => DnsRecordData.Parse(type, text));

    [Theory]
    [InlineData("v=STSv1; id=1;", "v=STSv1; id=1;", "a provider's API leaves the quotes away")]
    [InlineData("\"v=STSv1; \" \"id=1;\"", "v=STSv1; id=1;", "RFC 8461 §3.1: joined with nothing between")]
    [InlineData("\"v=STSv1; \"\"id=1;\"", "v=STSv1; id=1;", "no blank between")]
    [InlineData("\"\"", "", "an empty string")]
    [InlineData("\"\\\"\\\\\\195\\188\\.\"", "\"\\ü.", "escapes")]
    [InlineData("\"😀ü\"", "😀ü", "characters of two code units")]
    [InlineData("\"open", "\"open", "no grammar")]
    [InlineData("\"\\256\"", "\"\\256\"", "no such octet")]
    public void The_text_of_a_record_whoever_wrote_it(string written, string text, string reason) => Assert.True(DnsText.Joined(written) == text, reason);

    [Fact]
    public void A_text_between_quotes_is_read_back()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 2000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(300)).Select(_ => new Rune(random.Next(8) == 0 ? random.Next(0x1f300, 0x1f600) : random.Next(0x180))));
            Assert.Equal(text, DnsText.Joined(DnsText.Quoted(Encoding.UTF8.GetBytes(text))));
        }
    }

    [Fact]
    public void A_string_of_more_than_255_octets_is_refused() =>
        Assert.Throws<FormatException>(() => DnsRecordData.Parse(DnsType.Txt, new string('a', 256)));

    [Fact]
    public void A_record_of_octets_is_the_record_of_its_data()
    {
        var name = DnsName.Parse("a.example.test");
        DnsWriter writer = new(new byte[512]);
        writer.WriteHeader(default);
        writer.WriteQuestion(new DnsQuestion(name, DnsType.A));
        writer.WriteRecord(DnsSection.Answer, name.Wire, DnsType.A, 300, [192, 0, 2, 1]);
        Assert.Equal([new DnsRecord(name, 300, new AddressData(IPAddress.Parse("192.0.2.1")))], DnsMessage.Read(writer.Written).Answers);
    }

    [Theory]
    [InlineData(DnsType.Any, "ANY")]
    [InlineData(DnsType.Tsig, "TSIG")]
    [InlineData((DnsType)0, "TYPE0")]
    [InlineData((DnsType)65535, "TYPE65535")]
    public void A_type_as_text(DnsType type, string text) => Assert.Equal(text, DnsText.Of(type));

    [Theory]
    [InlineData(DnsClass.Ch, "CH")]
    [InlineData((DnsClass)32, "CLASS32")]
    public void A_class_as_text(DnsClass value, string text) => Assert.Equal(text, DnsText.Of(value));

    [Fact]
    public void A_long_text_is_cut_into_strings_and_joined_again()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789", 60));
        var data = TextData.Of(text);
        Assert.Equal([255, 255, 90], data.Strings.Select(part => part.Length));
        Assert.Equal(text, Encoding.UTF8.GetString(data.Joined()));
    }

    [Fact]
    public void What_cannot_be_a_record_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new TextData([]));
        Assert.Throws<ArgumentException>(() => new TextData([new byte[256]]));
        Assert.Throws<ArgumentException>(() => TextData.Of(new string('a', 65_535)));
        Assert.Throws<ArgumentException>(() => new CaaData(0, "", ""));
        Assert.Throws<ArgumentException>(() => new CaaData(0, "is sue", ""));
        Assert.Throws<ArgumentException>(() => new CaaData(0, "issue", new byte[65_529]));
        Assert.Throws<ArgumentException>(() => new NameData(DnsType.Txt, DnsName.Root));
        Assert.Throws<ArgumentException>(() => new RawData(DnsType.A, new byte[65_536]));
    }

    [Fact]
    public void EDNS_keeps_its_parts_in_class_and_time_to_live()
    {
        OptData edns = new(4096, DnsResponseCode.BadVersion, isDnssecWanted: true);
        Assert.Equal(0x01008000u, edns.ToRecord().TimeToLive);
        var message = DnsMessage.Read(new DnsMessage { ResponseCode = DnsResponseCode.BadVersion, Additionals = [edns.ToRecord()] }.ToBytes());
        Assert.Equal(DnsResponseCode.BadVersion, message.ResponseCode);
        Assert.Equal(edns, message.Edns);
        Assert.True(message.Edns!.IsDnssecWanted);
        Assert.Equal(4096, message.Edns.PayloadSize);
    }
}
