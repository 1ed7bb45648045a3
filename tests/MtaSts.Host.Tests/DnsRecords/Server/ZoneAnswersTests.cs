using MtaSts.Dns;
using MtaSts.Host.DnsRecords.Server;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Server;

/// <summary>The pure function: a question's bytes in, an answer's bytes out.</summary>
public sealed class ZoneAnswersTests
{
    private const string Apex = Asking.ZoneName;
    private const string Host = $"{Asking.Label}.host.{Apex}";
    private const string Policy = $"{Asking.Label}._mta-sts.{Apex}";
    private const string Soa = $"{Apex}. 60 IN SOA ns1.provider.test. hostmaster.{Apex}. 7 3600 600 604800 60";

    private readonly Zone _zone = NewZone();

    public static TheoryData<string, DnsType, string, string[]> Questions => new()
    {
        { Host, DnsType.A, "NOERROR", [$"{Host}. 300 IN A 192.0.2.1", $"{Host}. 300 IN A 192.0.2.2"] },
        { Host, DnsType.Aaaa, "NOERROR", [$"{Host}. 300 IN AAAA 2001:db8::1"] },
        { Host, DnsType.Caa, "NOERROR", [$"{Host}. 300 IN CAA 0 issue \"ca.example; validationmethods=http-01\""] },
        { Policy, DnsType.Txt, "NOERROR", [$"{Policy}. 60 IN TXT \"v=STSv1; id=20261125120000000;\""] },
        { $"{Asking.Label}._smtp._tls.{Apex}", DnsType.Txt, "NOERROR", [$"{Asking.Label}._smtp._tls.{Apex}. 300 IN TXT \"v=TLSRPTv1; rua=mailto:r@provider.test\""] },
        { $"{Asking.Label}._acme.{Apex}", DnsType.Txt, "NOERROR", [$"{Asking.Label}._acme.{Apex}. 60 IN TXT \"one\"", $"{Asking.Label}._acme.{Apex}. 60 IN TXT \"two\""] },
        { Apex, DnsType.Soa, "NOERROR", [Soa.Replace(" 60 IN", " 300 IN", StringComparison.Ordinal)] },
        { Apex, DnsType.Ns, "NOERROR", [$"{Apex}. 3600 IN NS ns1.provider.test.", $"{Apex}. 3600 IN NS ns2.provider.test."] },

        // The name is there, such records are not.
        { Host, DnsType.Txt, "NOERROR", [] },
        { Host, DnsType.Cname, "NOERROR", [] },
        { Policy, DnsType.A, "NOERROR", [] },
        { Policy, (DnsType)65280, "NOERROR", [] },
        { Policy, (DnsType)64, "NOERROR", [] },
        { Policy, DnsType.None, "NOERROR", [] },
        { Apex, DnsType.A, "NOERROR", [] },
        { Apex, (DnsType)43, "NOERROR", [] },

        // So are names that others stand below (RFC 8020 §2).
        { $"_mta-sts.{Apex}", DnsType.Txt, "NOERROR", [] },
        { $"host.{Apex}", DnsType.A, "NOERROR", [] },
        { $"_tls.{Apex}", DnsType.Txt, "NOERROR", [] },
        { $"_smtp._tls.{Apex}", DnsType.Txt, "NOERROR", [] },
        { $"_acme.{Apex}", DnsType.Any, "NOERROR", [] },

        { $"nothing._mta-sts.{Apex}", DnsType.Txt, "NXDOMAIN", [] },
        { $"nothing.host.{Apex}", DnsType.Any, "NXDOMAIN", [] },
        { $"only-mta-sts.host.{Apex}", DnsType.A, "NXDOMAIN", [] },
        { $"sub.{Host}", DnsType.A, "NXDOMAIN", [] },
        { $"{Asking.Label}.{Apex}", DnsType.A, "NXDOMAIN", [] },
        { $"{Asking.Label}._tls.{Apex}", DnsType.Txt, "NXDOMAIN", [] },
        { $"{Asking.Label}x._mta-sts.{Apex}", DnsType.Txt, "NXDOMAIN", [] },
        { $"{new string('a', 63)}.host.{Apex}", DnsType.A, "NXDOMAIN", [] },
        { $"*._mta-sts.{Apex}", DnsType.Txt, "NXDOMAIN", [] },
        { $"\\000._mta-sts.{Apex}", DnsType.Txt, "NXDOMAIN", [] },

        { "provider.test", DnsType.Soa, "REFUSED", [] },
        { "www.provider.test", DnsType.A, "REFUSED", [] },
        { "other.test", DnsType.Ns, "REFUSED", [] },
        { "test", DnsType.Ns, "REFUSED", [] },
        { ".", DnsType.Ns, "REFUSED", [] },
        { $"x{Apex}", DnsType.A, "REFUSED", [] },
        { Apex, DnsType.Axfr, "REFUSED", [] },
        { Apex, DnsType.Ixfr, "REFUSED", [] },
        { Host, DnsType.Axfr, "REFUSED", [] },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public void Each_question_has_its_answer(string name, DnsType type, string code, string[] answers)
    {
        foreach (var edns in new[] { null, new OptData(4096), new OptData(1232, isDnssecWanted: true) })
        {
            var answer = Asking.Ask(_zone, Asking.Question(name, type, edns, DnsFlags.RecursionDesired | DnsFlags.AuthenticData | DnsFlags.CheckingDisabled));

            Assert.Equal((4711, DnsOpcode.Query, code), (answer.Id, answer.Opcode, DnsText.Of(answer.ResponseCode)));
            Assert.Equal(DnsFlags.Response | DnsFlags.RecursionDesired | (code == "REFUSED" ? 0 : DnsFlags.Authoritative), answer.Flags);
            Assert.Equal(new DnsQuestion(DnsName.Parse(name), type), answer.Question);
            Assert.Equal(answers, answer.Answers.Select(record => record.ToString()));
            Assert.Equal(code == "REFUSED" || answers.Length > 0 ? [] : [Soa], answer.Authorities.Select(record => record.ToString()));
            Assert.Equal(edns is null ? [] : [new OptData(1232, isDnssecWanted: edns.IsDnssecWanted)], answer.Additionals.Select(record => (OptData)record.Data));
        }
    }

    [Fact]
    public void Without_RD_it_stays_clear() => Assert.Equal(DnsFlags.Response | DnsFlags.Authoritative, Asking.Ask(_zone, Asking.Question(Host, DnsType.A)).Flags);

    [Fact]
    public void The_spelling_of_the_question_comes_back_in_question_and_records()
    {
        const string Spelling = "AbCdEfGhIjKlMnOpQrStUvWxY2._MTA-sts.STS.Provider.TEST.";
        var answer = Asking.Ask(_zone, Asking.Question(Spelling, DnsType.Txt));
        Assert.Equal(Spelling, answer.Question!.Name.ToString());
        Assert.Equal([Spelling], answer.Answers.Select(record => record.Name.ToString()));
    }

    [Fact]
    public void Names_are_compressed()
    {
        var question = Asking.Question(Host, DnsType.A);
        // Each record: a pointer, type, class, time to live, length, address.
        Assert.Equal(question.Length + 2 * (2 + 2 + 2 + 4 + 2 + 4), Asking.Bytes(_zone, question)!.Length);
        // The zone's name is a pointer; `ns1.provider.test` shares `provider.test`, the mailbox the zone.
        question = Asking.Question($"nothing.host.{Apex}", DnsType.A);
        Assert.Equal(question.Length + 2 + 10 + (4 + 2) + (11 + 2) + 5 * 4, Asking.Bytes(_zone, question)!.Length);
    }

    [Theory]
    [InlineData(Host)]
    [InlineData(Policy)]
    [InlineData($"many._mta-sts.{Apex}")]
    [InlineData(Apex)]
    public void ANY_gets_one_small_record_that_says_to_ask_for_a_type(string name)
    {
        var question = Asking.Question(name, DnsType.Any);
        var answer = Asking.Ask(_zone, question);
        Assert.Equal([$"{name}. 3600 IN TYPE13 \\# 9 0752464338343832{"00"}"], answer.Answers.Select(record => record.ToString()));
        Assert.Equal((DnsResponseCode.NoError, 0), (answer.ResponseCode, answer.Authorities.Count));
        Assert.Equal(question.Length + 2 + 10 + 9, Asking.Bytes(_zone, question)!.Length);
    }

    [Theory]
    [InlineData(DnsClass.Ch)]
    [InlineData(DnsClass.Any)]
    [InlineData(DnsClass.None)]
    [InlineData(DnsClass.Reserved)]
    public void Other_classes_are_refused(DnsClass value)
    {
        var answer = Asking.Ask(_zone, Asking.Question(Host, DnsType.A, value: value));
        Assert.Equal((DnsResponseCode.Refused, DnsFlags.Response, value), (answer.ResponseCode, answer.Flags, answer.Question!.Class));
        Assert.Empty(answer.Answers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(15)]
    public void Other_opcodes_are_not_implemented(int opcode)
    {
        var question = Asking.Question(Host, DnsType.Soa, flags: DnsFlags.RecursionDesired);
        question[2] |= (byte)(opcode << 3);
        Assert.Equal([0x12, 0x67, (byte)(0x81 | opcode << 3), 4, 0, 0, 0, 0, 0, 0, 0, 0], Asking.Bytes(_zone, question));

        question = Asking.Question(Host, DnsType.Soa, new OptData(512));
        question[2] |= (byte)(opcode << 3);
        Assert.Equal((DnsResponseCode.NotImplemented, 1232), (Asking.Ask(_zone, question).ResponseCode, Asking.Ask(_zone, question).Edns!.PayloadSize));
    }

    [Theory]
    [InlineData("no header", "12670000000100000000")]
    [InlineData("nothing", "")]
    [InlineData("an answer", "126780000001000000000000 0474657374 00 0001 0001")]
    [InlineData("an answer of an unknown opcode", "1267F8000000000000000000")]
    public void What_is_no_question_gets_no_answer(string what, string hex) =>
        Assert.True(Asking.Bytes(_zone, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))) is null, what);

    [Theory]
    [InlineData("no question", "126701000000000000000000")]
    [InlineData("two questions", "126701000002000000000000 0474657374 00 0001 0001 0474657374 00 0001 0001")]
    [InlineData("a question that is not there", "126701000001000000000000")]
    [InlineData("a name without end", "126701000001000000000000 0474657374")]
    [InlineData("a question without class", "126701000001000000000000 0474657374 00 0001")]
    [InlineData("a pointer to itself", "126701000001000000000000 C00C 0001 0001")]
    [InlineData("a pointer into the header", "126701000001000000000000 0161C000 0001 0001")]
    [InlineData("a label of an unknown type", "126701000001000000000000 4161 00 0001 0001")]
    [InlineData("octets behind the end", "126701000001000000000000 0474657374 00 0001 0001 00")]
    [InlineData("a record that is not there", "126701000001000000000001 0474657374 00 0001 0001")]
    [InlineData("EDNS cut off", "126701000001000000000001 0474657374 00 0001 0001 00 0029 1000 00000000")]
    [InlineData("EDNS with too long data", "126701000001000000000001 0474657374 00 0001 0001 00 0029 1000 00000000 0001")]
    [InlineData("EDNS with half an option", "126701000001000000000001 0474657374 00 0001 0001 00 0029 1000 00000000 0002 000A")]
    [InlineData("EDNS with a too long option", "126701000001000000000001 0474657374 00 0001 0001 00 0029 1000 00000000 0004 000A0001")]
    [InlineData("EDNS twice", "126701000001000000000002 0474657374 00 0001 0001 00 0029 1000 00000000 0000 00 0029 1000 00000000 0000", true)]
    [InlineData("no question but EDNS", "126701000000000000000001 00 0029 1000 00000000 0000", true)]
    [InlineData("octets behind EDNS", "126701000001000000000001 0474657374 00 0001 0001 00 0029 1000 00000000 0000 00", true)]
    [InlineData("EDNS of a name", "126701000001000000000001 0474657374 00 0001 0001 0161 00 0029 1000 00000000 0000")]
    [InlineData("EDNS as an answer", "126701000001000100000000 0474657374 00 0001 0001 00 0029 1000 00000000 0000")]
    [InlineData("65,535 records of nothing", "126701000001FFFFFFFFFFFF 0474657374 00 0001 0001")]
    public void Malformed_questions_are_FORMERR_without_a_question(string what, string hex, bool hasEdns = false)
    {
        var answer = Asking.Bytes(_zone, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)))!;
        var expected = hasEdns ? "12678101000000000000000100002904D0000000000000" : "126781010000000000000000";
        Assert.True(expected == Convert.ToHexString(answer), $"{what}: {Convert.ToHexString(answer)}");
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_name_of_256_octets_is_too_long(int length, bool isName)
    {
        // Labels of 63 as far as they reach, and one for the rest.
        var name = new List<byte>();
        while (length - 1 - name.Count > 64)
        {
            name.AddRange([63, .. Enumerable.Repeat((byte)'a', 63)]);
        }

        var rest = length - 2 - name.Count;
        name.AddRange([(byte)rest, .. Enumerable.Repeat((byte)'a', rest), 0]);
        Assert.Equal(length, name.Count);

        var answer = Asking.Ask(_zone, [0x12, 0x67, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. name, 0, 1, 0, 1]);

        Assert.Equal(isName ? DnsResponseCode.Refused : DnsResponseCode.FormatError, answer.ResponseCode);
    }

    [Fact]
    public void A_newer_EDNS_is_told_that_version_0_is_spoken()
    {
        var question = Asking.Question(Host, DnsType.A, new OptData(4096));
        question[^5] = 1;
        var answer = Asking.Ask(_zone, question);
        Assert.Equal((DnsResponseCode.BadVersion, 0, DnsFlags.Response), (answer.ResponseCode, answer.Answers.Count, answer.Flags));
        Assert.Equal((0, 1, 1232), (answer.Edns!.Version, answer.Edns.HighResponseCode, answer.Edns.PayloadSize));
    }

    [Fact]
    public void Cookies_and_other_options_are_passed_over()
    {
        // COOKIE of 8 octets, then an unknown one without data.
        byte[] question = [.. Asking.Question(Host, DnsType.A), 0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 16, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 255, 0, 0, 0];
        question[11] = 1;
        var answer = Asking.Ask(_zone, question);
        Assert.Equal((2, 0), (answer.Answers.Count, answer.Edns!.Options.Length));
    }

    [Fact]
    public void Records_that_a_question_brings_along_are_passed_over()
    {
        var soa = new DnsRecord(DnsName.Parse(Apex), 0, new SoaData(DnsName.Root, DnsName.Root, 1, 2, 3, 4, 5));
        var question = new DnsMessage { Question = new DnsQuestion(DnsName.Parse(Host), DnsType.A), Authorities = [soa], Additionals = [new OptData(512).ToRecord()] };
        var answer = Asking.Ask(_zone, question.ToBytes());
        Assert.Equal((2, DnsResponseCode.NoError), (answer.Answers.Count, answer.ResponseCode));
        Assert.NotNull(answer.Edns);
    }

    // The question takes 49 octets with its header; each record of `many` 12 + 101, each of `more` 12 + 201.
    [Theory]
    [InlineData("many", null, 6, false)]
    [InlineData("many", 0, 6, false)]
    [InlineData("many", 511, 6, false)]
    [InlineData("many", 512, 6, false)]
    [InlineData("many", 1231, 6, true)]
    [InlineData("many", 1232, 6, true)]
    [InlineData("many", 4096, 6, true)]
    [InlineData("more", null, 12, false)]
    [InlineData("more", 4096, 12, false)]
    [InlineData("more", 65535, 12, false)]
    public void What_does_not_fit_over_UDP_is_left_out_whole_and_comes_over_TCP(string label, int? size, int records, bool fits)
    {
        var name = $"{label}._mta-sts.{Apex}";
        var question = Asking.Question(name, DnsType.Txt, size is { } edns ? new OptData((ushort)edns) : null);
        var bytes = Asking.Bytes(_zone, question)!;
        Assert.InRange(bytes.Length, 1, size is null ? 512 : Math.Clamp(size.Value, 512, 1232));

        var udp = DnsMessage.Read(bytes);
        Assert.Equal((fits ? records : 0, !fits, DnsResponseCode.NoError), (udp.Answers.Count, (udp.Flags & DnsFlags.Truncated) != 0, udp.ResponseCode));
        Assert.Equal((size is not null, 0), (udp.Edns is not null, udp.Authorities.Count));

        var tcp = Asking.Ask(_zone, question, overTcp: true);
        Assert.Equal((records, false), (tcp.Answers.Count, (tcp.Flags & DnsFlags.Truncated) != 0));
    }

    [Fact]
    public void An_answer_that_fits_exactly_is_whole_and_one_octet_less_cuts_it()
    {
        var name = $"many._mta-sts.{Apex}";
        var whole = Asking.Bytes(_zone, Asking.Question(name, DnsType.Txt, new OptData(1232)))!.Length;
        Assert.InRange(whole, 513, 1231);
        Assert.Equal(6, Asking.Ask(_zone, Asking.Question(name, DnsType.Txt, new OptData((ushort)whole))).Answers.Count);
        Assert.Empty(Asking.Ask(_zone, Asking.Question(name, DnsType.Txt, new OptData((ushort)(whole - 1)))).Answers);
    }

    [Fact]
    public void An_answer_that_is_held_back_keeps_its_question_and_says_TC()
    {
        var question = Asking.Question(Host, DnsType.A, new OptData(1232), DnsFlags.RecursionDesired);
        var buffer = new byte[1232];
        var writer = new DnsWriter(buffer);
        var reply = ZoneAnswers.Answer(_zone, question, overTcp: false, writer);
        var cut = DnsMessage.Read(ZoneAnswers.Truncate(buffer, reply));
        Assert.Equal((4711, DnsFlags.Response | DnsFlags.Authoritative | DnsFlags.RecursionDesired | DnsFlags.Truncated), (cut.Id, cut.Flags));
        Assert.Equal((new DnsQuestion(DnsName.Parse(Host), DnsType.A), 0, 0), (cut.Question, cut.Answers.Count, cut.Additionals.Count));
    }

    [Fact]
    public void The_contact_may_have_dots_and_a_domain_of_its_own()
    {
        var zone = new Zone(Apex, ["ns.provider.test"], "dns.team@provider.test");
        Assert.Equal("dns\\.team.provider.test.", ((SoaData)zone.Soa.Data).Mailbox.ToString());
    }

    [Fact]
    public void Seeded_garbage_is_answered_within_bounds_or_not_at_all()
    {
        var random = new Random(8461);
        byte[][] seeds =
        [
            Asking.Question(Host, DnsType.A, new OptData(4096)),
            Asking.Question($"many._mta-sts.{Apex}", DnsType.Txt, new OptData(512, isDnssecWanted: true)),
            Asking.Question($"nothing.host.{Apex}", DnsType.Any),
            Asking.Question(Apex, DnsType.Ns),
            new byte[40],
        ];
        var answered = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var question = seeds[round % seeds.Length].ToArray();
            for (var change = random.Next(6); change > 0; change--)
            {
                question[random.Next(question.Length)] = (byte)random.Next(256);
            }

            question = question[..random.Next(question.Length / 2, question.Length + 1)];
            var overTcp = round % 7 == 0;
            if (Asking.Bytes(_zone, question, overTcp) is not { } answer)
            {
                Assert.True(question.Length < 12 || (question[2] & 0x80) != 0, Convert.ToHexString(question));
                continue;
            }

            answered++;
            var read = DnsMessage.Read(answer);
            Assert.True(read.IsResponse && answer[0] == question[0] && answer[1] == question[1], Convert.ToHexString(question));
            Assert.True(overTcp || answer.Length <= 1232, Convert.ToHexString(question));
        }

        Assert.InRange(answered, 50_000, 200_000);
    }

    private static Zone NewZone()
    {
        var zone = Asking.NewZone()
            .With(Host, DnsType.A, 300, "192.0.2.1", "192.0.2.2")
            .With(Host, DnsType.Aaaa, 300, "2001:db8::1")
            .With(Host, DnsType.Caa, 300, "0 issue \"ca.example; validationmethods=http-01\"")
            .With(Policy, DnsType.Txt, 60, "\"v=STSv1; id=20261125120000000;\"")
            .With($"{Asking.Label}._smtp._tls.{Apex}", DnsType.Txt, 300, "\"v=TLSRPTv1; rua=mailto:r@provider.test\"")
            .With($"{Asking.Label}._acme.{Apex}", DnsType.Txt, 60, "\"one\"", "\"two\"")
            .With($"only-mta-sts._mta-sts.{Apex}", DnsType.Txt, 60, "\"v=STSv1; id=1;\"")
            .With($"many._mta-sts.{Apex}", DnsType.Txt, 60, [.. Enumerable.Range(0, 6).Select(i => $"{i}{new string('x', 99)}")])
            .With($"more._mta-sts.{Apex}", DnsType.Txt, 60, [.. Enumerable.Range(10, 12).Select(i => $"{i}{new string('x', 198)}")]);
        zone.Serial = 7;
        return zone;
    }
}
