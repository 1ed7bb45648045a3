namespace MtaSts.Dns.Tests;

public sealed class TsigTests
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(number => (byte)number)];

    // nsupdate of BIND 9.18.49 and its named, recorded between them; without the two octets of the length.
    private const string BindKeySecret = "YLb4bxrJLceWkBuKu7MwpIHN7FK7I+ble9YckfriMJhybB8QhLBkyxngM7X1NIle";
    private static readonly DateTimeOffset BindTime = DateTimeOffset.FromUnixTimeSeconds(0x6b070849);
    private static readonly byte[] BindRequest = Convert.FromHexString(
        "d6b028000001000000020001076578616d706c6504746573740000060001085f6d74612d737473c00c001000ff000000000000c01e001000010000003c001d1c763d53545376313b2069643d3230323630313031543030303030303b"
        + "0b636170747572652d6b65790000fa00ff00000000004d0b686d61632d7368613338340000006b070849012c0030a13fa27a999c206fd2528dcb894567545a519eb4d45b0104c93eadc4ac6f235cf242f7c5042ef3dc251f89c746d954e2d6b000000000");

    private static readonly byte[] BindAnswer = Convert.FromHexString(
        "d6b0a8000001000000000001076578616d706c65047465737400000600010b636170747572652d6b65790000fa00ff00000000004d0b686d61632d7368613338340000006b070849012c0030c9363b2ea4fedfb82237e18c1d3cd2cccb2387727bcace5719949ed880bbff640222a6e1ed06bfcf4d511b5730dd375fd6b000000000");

    private static readonly TsigKey BindKey = TsigKey.Parse("Capture-Key", "hmac-sha384", BindKeySecret);

    /// <summary>
    /// Computed with <c>openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f</c> over the octets of the message without signature, then
    /// <c>036b6579076578616d706c6500 00ff 00000000 0b686d61632d73686132353600 00006553f100 012c 0000 0000</c> (RFC 8945 §4.3.3); likewise with the others.
    /// </summary>
    [Theory]
    [InlineData("hmac-sha256", "a49f03d8ed75e1c353dd4114d4d141d5fb0dca45fa4e6863983e1374a0c5aa16")]
    [InlineData("hmac-sha384", "da5beb3ac3f0af65653ef4fb1cc5243756cfa693c1c9b5638262358788e5a55b51c950f83c95a5b09656c2e025482ab0")]
    [InlineData("hmac-sha512", "b25395ccc45aeb8039b60ff5ce4aba314b28d2e0b36b1fec2efaf42f5089241f72a53dc2d4c01d630a9b1fe453b2dc9a80b6214a9f5912cf6203a3166fb52e71")]
    public void A_request_is_signed_as_openssl_says(string algorithm, string mac)
    {
        // The key's name is signed in lower case, however it is written.
        var key = TsigKey.Parse("KEY.Example.", algorithm, Convert.ToBase64String(Secret));
        var update = new DnsUpdate(DnsName.Parse("example.test")).DeleteRecords(DnsName.Parse("_mta-sts.example.test"), DnsType.Txt);
        DnsWriter writer = new(new byte[512]);
        update.ToMessage(0x1234).WriteTo(writer);
        Assert.Equal("123428000001000000010000076578616D706C6504746573740000060001085F6D74612D737473C00C001000FF000000000000", Convert.ToHexString(writer.Written));
        Assert.Equal(mac, Convert.ToHexStringLower(Tsig.Sign(writer, key, Time)));

        var signed = DnsMessage.Read(writer.Written).Signature!;
        Assert.Equal(mac, Convert.ToHexStringLower(signed.Mac.Span));
        Assert.Equal((1_700_000_000UL, (ushort)300, (ushort)0x1234, DnsName.Parse(algorithm)), (signed.TimeSigned, signed.Fudge, signed.OriginalId, signed.Algorithm));
        Assert.Equal(TsigOutcome.Valid, Tsig.Verify(writer.Written, key, [], Time, out _));
    }

    [Fact]
    public void Signatures_of_nsupdate_and_of_BIND_are_right()
    {
        Assert.Equal(TsigOutcome.Valid, Tsig.Verify(BindRequest, BindKey, [], BindTime, out var request));
        Assert.Equal(TsigOutcome.Valid, Tsig.Verify(BindAnswer, BindKey, request!.Mac.Span, BindTime, out _));
    }

    [Fact]
    public void No_bit_of_an_answer_can_be_changed()
    {
        Tsig.Verify(BindRequest, BindKey, [], BindTime, out var request);
        // The id is checked by the client; signed is the original one (RFC 8945 §5.3.1), so that forwarders may change it.
        for (var bit = 16; bit < BindAnswer.Length * 8; bit++)
        {
            var changed = BindAnswer.ToArray();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            var outcome = TsigOutcome.Missing;
            var failure = Record.Exception(() => outcome = Tsig.Verify(changed, BindKey, request!.Mac.Span, BindTime, out _));
            Assert.True(failure is null or DnsFormatException, $"bit {bit}: {failure}");
            // The case of the key's name, at 30, and of the algorithm's, at 53, does not count (§4.3.3). All other letters are signed as they are.
            var isCase = bit % 8 == 5 && bit / 8 is (>= 30 and < 43) or (>= 53 and < 66)
                && char.IsAsciiLetter((char)BindAnswer[bit / 8]);
            Assert.Equal(isCase, outcome == TsigOutcome.Valid);
        }
    }

    [Fact]
    public void An_answer_to_another_request_does_not_count()
    {
        Tsig.Verify(BindRequest, BindKey, [], BindTime, out var request);
        var other = request!.Mac.ToArray();
        other[0] ^= 1;
        Assert.Equal(TsigOutcome.WrongMac, Tsig.Verify(BindAnswer, BindKey, other, BindTime, out _));
        Assert.Equal(TsigOutcome.WrongMac, Tsig.Verify(BindAnswer, BindKey, [], BindTime, out _));
    }

    [Theory]
    [InlineData("other-key", "hmac-sha384", BindKeySecret, TsigOutcome.OtherKey)]
    [InlineData("capture-key", "hmac-sha256", BindKeySecret, TsigOutcome.OtherKey)]
    [InlineData("capture-key", "hmac-sha384", "AAAA", TsigOutcome.WrongMac)]
    [InlineData("CAPTURE-KEY.", "HMAC-SHA384.", BindKeySecret, TsigOutcome.Valid)]
    public void Key_and_algorithm_and_secret_must_be_those(string name, string algorithm, string secret, TsigOutcome outcome)
    {
        Assert.Equal(outcome, Tsig.Verify(BindRequest, TsigKey.Parse(name, algorithm, secret), [], BindTime, out _));
    }

    [Theory]
    [InlineData(-300, TsigOutcome.Valid)]
    [InlineData(-301, TsigOutcome.OtherTime)]
    [InlineData(300, TsigOutcome.Valid)]
    [InlineData(301, TsigOutcome.OtherTime)]
    public void Clocks_may_differ_by_the_fudge(int seconds, TsigOutcome outcome)
    {
        Assert.Equal(outcome, Tsig.Verify(BindRequest, BindKey, [], BindTime.AddSeconds(seconds), out var signature));
        Assert.Equal(0x6b070849UL, signature!.TimeSigned);
    }

    /// <summary>RFC 8945 §5.2.2.1 would let half of it pass, at ten octets at least.</summary>
    [Theory]
    [InlineData(0, TsigOutcome.WithoutMac)]
    [InlineData(1, TsigOutcome.WrongMac)]
    [InlineData(16, TsigOutcome.WrongMac)]
    [InlineData(31, TsigOutcome.WrongMac)]
    [InlineData(32, TsigOutcome.Valid)]
    public void A_cut_signature_is_none(int length, TsigOutcome outcome)
    {
        TestSigner signer = new("key.example", Secret);
        var message = signer.Sign(Convert.FromHexString("1234A80000000000000000" + "00"), [], 1_700_000_000, mac => mac[..length]);
        Assert.Equal(outcome, Tsig.Verify(message, TsigKey.Parse("key.example", "hmac-sha256", Convert.ToBase64String(Secret)), [], Time, out _));
    }

    [Fact]
    public void A_message_without_a_signature_has_none()
    {
        var message = new DnsMessage { Additionals = [new OptData(1232).ToRecord()] }.ToBytes();
        Assert.Equal(TsigOutcome.Missing, Tsig.Verify(message, BindKey, [], BindTime, out var signature));
        Assert.Null(signature);
        Assert.Equal(TsigOutcome.Missing, Tsig.Verify(new DnsMessage().ToBytes(), BindKey, [], BindTime, out _));
        Assert.Throws<DnsFormatException>(() => Tsig.Verify([1, 2, 3], BindKey, [], BindTime, out _));
    }

    [Theory]
    [InlineData("key", "hmac-md5", "AAAA", "hmac-sha256, hmac-sha384, hmac-sha512")]
    [InlineData("key", "hmac-sha1", "AAAA", "hmac-sha256")]
    [InlineData("key", "hmac-sha256", "", "base64")]
    [InlineData("key", "hmac-sha256", "s3cret!!", "base64")]
    [InlineData("k ey", "hmac-sha256", "AAAA", "Not a domain name")]
    public void A_key_that_is_none(string name, string algorithm, string secret, string message)
    {
        var failure = Assert.Throws<FormatException>(() => TsigKey.Parse(name, algorithm, secret));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_shows_name_and_algorithm_only()
    {
        Assert.Equal("Capture-Key. (hmac-sha384)", BindKey.ToString());
    }

    [Fact]
    public void A_signature_that_does_not_fit_leaves_the_writer_full()
    {
        DnsWriter writer = new(new byte[40]);
        new DnsMessage().WriteTo(writer);
        Tsig.Sign(writer, BindKey, Time);
        Assert.True(writer.IsFull);
    }
}
