using Microsoft.Extensions.Time.Testing;

namespace MtaSts.Dns.Tests;

/// <summary>The client against servers that misbehave, on purpose or not.</summary>
public sealed class DnsTransferClientTests
{
    private const ulong Now = 1_700_000_000;

    private static readonly byte[] Secret = [.. Enumerable.Range(7, 32).Select(number => (byte)number)];
    private static readonly TsigKey Key = new(DnsName.Parse("key.example"), TsigAlgorithm.HmacSha256, Secret);
    private static readonly TestSigner Signer = new("key.example", Secret);
    private static readonly DnsName Zone = DnsName.Parse("example.test");
    private static readonly DnsTransferLimits Limits = new(1_000_000, 10_000, TimeSpan.FromSeconds(7));
    private static readonly DnsRecord Start = Soa("example.test", 1);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds((long)Now));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>§5.3.1: the first and the last are signed, and up to 99 in between are not.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    public async Task Messages_without_signatures_are_covered_by_the_next_one_with_it(int without)
    {
        await using var server = Sending(request => Chain(request, Whole(without + 2), (index, last) => index == 0 || index == last));
        Assert.Equal(without + 3, (await ReadAsync(server)).Count);
    }

    [Fact]
    public async Task Each_message_may_be_signed_and_all_may_be_one()
    {
        await using var each = Sending(request => Chain(request, Whole(5), (_, _) => true));
        Assert.Equal(6, (await ReadAsync(each)).Count);
        await using var one = Sending(request => Chain(request, [[Start, Text(1), Start]], (_, _) => true));
        Assert.Equal([Start, Text(1)], await ReadAsync(one));
    }

    [Fact]
    public async Task Without_a_key_no_signature_is_asked_for()
    {
        await using var server = Sending(request => Whole(3).Select(records => Message(request, records)));
        Assert.Equal([Start, Text(0), Text(1), Text(2)], await ReadAsync(server, key: null));
    }

    /// <summary>Each a stream that is no zone, and what it is.</summary>
    public static TheoryData<string, Func<byte[], IEnumerable<byte[]>>, DnsErrorKind> Streams => new()
    {
        { "unsigned", request => Chain(request, Whole(3), (_, _) => false), DnsErrorKind.Unauthenticated },
        { "the first unsigned", request => Chain(request, Whole(3), (index, _) => index > 0), DnsErrorKind.Unauthenticated },
        { "the last unsigned", request => Chain(request, Whole(3), (index, last) => index < last), DnsErrorKind.Unauthenticated },
        { "a hundred unsigned", request => Chain(request, Whole(102), (index, last) => index == 0 || index == last), DnsErrorKind.Unauthenticated },
        { "a wrong MAC in the third", request => Chain(request, Whole(4), (_, _) => true, (index, mac) => index == 2 ? [(byte)(mac[0] ^ 1), .. mac[1..]] : mac), DnsErrorKind.Unauthenticated },
        { "a cut MAC in the third", request => Chain(request, Whole(4), (_, _) => true, (index, mac) => index == 2 ? mac[..16] : mac), DnsErrorKind.Unauthenticated },
        { "an empty MAC in the third", request => Chain(request, Whole(4), (_, _) => true, (index, mac) => index == 2 ? [] : mac), DnsErrorKind.Unauthenticated },
        { "two messages changed places", request => Swapped([.. Chain(request, Whole(5), (_, _) => true)], 1, 2), DnsErrorKind.Unauthenticated },
        { "unsigned messages changed places", request => Swapped([.. Chain(request, Whole(5), (index, last) => index == 0 || index == last)], 1, 2), DnsErrorKind.Unauthenticated },
        { "a message left out", request => Chain(request, Whole(5), (_, _) => true).Where((_, index) => index != 1), DnsErrorKind.Unauthenticated },
        { "each signed as a first one", request => Whole(3).Select(records => Signer.Sign(Message(request, records), TestSigner.MacOf(request), Now)), DnsErrorKind.Unauthenticated },
        { "a signature of ten minutes ago", request => [Signer.Sign(Message(request, [Start, Start]), TestSigner.MacOf(request), Now - 600)], DnsErrorKind.BadTime },
        { "another id in the third", request => Whole(4).Select((records, index) => Message(index == 2 ? [(byte)(request[0] ^ 1), .. request[1..]] : request, records)), DnsErrorKind.Malformed },
        { "the request itself", request => [request], DnsErrorKind.Malformed },
        { "the answer to another question", request => [Message(request, [Start, Start], new DnsQuestion(Zone, DnsType.Soa))], DnsErrorKind.Malformed },
        { "no SOA at the beginning", request => Chain(request, [[Text(1), Start]], (_, _) => true), DnsErrorKind.Malformed },
        { "another SOA at the end", request => Chain(request, [[Start, Text(1), Soa("example.test", 2)]], (_, _) => true), DnsErrorKind.Malformed },
        { "the SOA of a zone below", request => Chain(request, [[Start, Soa("a.example.test", 1), Start]], (_, _) => true), DnsErrorKind.Malformed },
        { "a record after the end", request => Chain(request, [[Start, Start, Text(1)]], (_, _) => true), DnsErrorKind.Malformed },
        { "a record of another zone", request => Chain(request, [[Start, new DnsRecord(DnsName.Parse("example.org"), 60, TextData.Of("x")), Start]], (_, _) => true), DnsErrorKind.Malformed },
        { "a record of another class", request => Chain(request, [[Start, new DnsRecord(Zone, DnsClass.None, 60, TextData.Of("x")), Start]], (_, _) => true), DnsErrorKind.Malformed },
        { "an empty answer", request => Chain(request, [[]], (_, _) => true), DnsErrorKind.Malformed },
        { "an empty message in between", request => Chain(request, [[Start], [], [Start]], (_, _) => true), DnsErrorKind.Malformed },
        { "no message", request => [[]], DnsErrorKind.Malformed },
        { "cut off", request => Chain(request, Whole(3), (_, _) => true).SkipLast(1), DnsErrorKind.Unreachable },
        { "nothing", request => [], DnsErrorKind.Unreachable },
        { "endless", request => Chain(request, Endless(), (_, _) => true), DnsErrorKind.TooLarge },
        { "endless in large messages", request => Chain(request, Endless().Select((records, index) => index == 0 ? records : [.. Enumerable.Repeat(records[0], 900)]), (_, _) => true), DnsErrorKind.TooLarge },
        { "REFUSED", request => [Signer.Sign(Message(request, [], code: 5), TestSigner.MacOf(request), Now)], DnsErrorKind.Refused },
        { "an unsigned REFUSED", request => [Message(request, [], code: 5)], DnsErrorKind.Refused },
        { "a refusal with another secret", request => [new TestSigner("key.example", [1]).Sign(Message(request, [], code: 5), TestSigner.MacOf(request), Now)], DnsErrorKind.Unauthenticated },
        { "NOTAUTH", request => [Message(request, [], code: 9)], DnsErrorKind.NotAuthoritative },
        { "SERVFAIL in the middle", request => Chain(request, Whole(3), (_, _) => true).Take(1).Append(Message(request, [], code: 2)), DnsErrorKind.ServerFailure },
        { "BADKEY", request => [Signer.Sign(Message(request, [], code: 9), [], Now, _ => [], error: 17)], DnsErrorKind.BadKey },
        { "BADSIG", request => [Signer.Sign(Message(request, [], code: 9), [], Now, _ => [], error: 16)], DnsErrorKind.BadSignature },
        { "BADTIME", request => [Signer.Sign(Message(request, [], code: 9), [], Now, _ => [], error: 18)], DnsErrorKind.BadTime },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_stream_that_is_no_zone(string what, Func<byte[], IEnumerable<byte[]>> stream, DnsErrorKind kind)
    {
        await using var server = Sending(stream);
        var failure = await Assert.ThrowsAsync<DnsException>(() => ReadAsync(server, what is "another id in the third" or "the answer to another question" ? null : Key));
        Assert.True(kind == failure.Kind, $"{what}: {failure}");
        Assert.Contains(server.EndPoint.ToString(), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_waited_for_until_the_time_is_over()
    {
        TaskCompletionSource sent = new();
        await using var server = FakePrimary.Connected(async connection =>
        {
            await connection.SendAsync(Chain(await connection.ReceiveAsync(), Whole(2), (_, _) => true).First());
            sent.TrySetResult();
            await connection.UntilTheEndAsync();
        });
        var reading = ReadAsync(server);
        await sent.Task.WaitAsync(Cancellation);
        _time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.False(reading.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(DnsErrorKind.Timeout, (await Assert.ThrowsAsync<DnsException>(() => reading)).Kind);
    }

    [Fact]
    public async Task A_cancelled_transfer_ends()
    {
        await using var server = FakePrimary.Connected(connection => connection.UntilTheEndAsync());
        using CancellationTokenSource cancel = new();
        var reading = ReadAsync(server, cancellation: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    /// <summary>The first records are read before the last ones are there: a large zone is never whole in memory.</summary>
    [Fact]
    public async Task Records_are_given_out_as_they_come()
    {
        TaskCompletionSource read = new();
        await using var server = FakePrimary.Connected(async connection =>
        {
            var messages = Chain(await connection.ReceiveAsync(), Whole(2), (_, _) => true).ToList();
            await connection.SendAsync(messages[0]);
            await read.Task.WaitAsync(connection.Stop);
            await connection.SendAsync(messages[1]);
        });
        var count = 0;
        await foreach (var record in new DnsTransferClient(server.EndPoint, Key, _time).ReadAsync(Zone, Limits, Cancellation))
        {
            read.TrySetResult();
            count++;
        }

        Assert.Equal(3, count);
    }

    /// <summary>Seeded changes of a good stream: it is the zone as it was sent, or a <see cref="DnsException"/>.</summary>
    [Fact]
    public async Task Changed_streams_are_refused_or_are_the_zone()
    {
        var whole = 0;
        for (var seed = 0; seed < 1000; seed++)
        {
            Random random = new(seed);
            var sent = Whole(random.Next(1, 8)).ToList();
            await using var server = Sending(request =>
            {
                var messages = Chain(request, sent, (index, last) => index == 0 || index == last || random.Next(2) == 0).ToList();
                for (var changes = random.Next(4); changes > 0 && messages.Count > 0; changes--)
                {
                    Change(messages, random);
                }

                return messages;
            });
            List<DnsRecord> read = [];
            var failure = await Record.ExceptionAsync(async () => read = await ReadAsync(server));
            Assert.True(failure is null or DnsException, $"Seed {seed}: {failure}");
            if (failure is null)
            {
                whole++;
                Assert.Equal(sent.SelectMany(records => records).SkipLast(1), read);
            }
        }

        Assert.InRange(whole, 200, 800);
    }

    private static void Change(List<byte[]> messages, Random random)
    {
        var at = random.Next(messages.Count);
        switch (random.Next(5))
        {
            case 0:
                messages.RemoveAt(at);
                break;
            case 1:
                messages.Insert(random.Next(messages.Count + 1), messages[at]);
                break;
            case 2:
                messages[at] = messages[at][..random.Next(messages[at].Length + 1)];
                break;
            default:
                if (messages[at].Length > 0)
                {
                    messages[at] = [.. messages[at]];
                    messages[at][random.Next(messages[at].Length)] ^= (byte)(1 << random.Next(8));
                }

                break;
        }
    }

    private async Task<List<DnsRecord>> ReadAsync(FakePrimary server, TsigKey? key, CancellationToken? cancellation = null)
    {
        List<DnsRecord> records = [];
        await foreach (var record in new DnsTransferClient(server.EndPoint, key, _time).ReadAsync(Zone, Limits, cancellation ?? Cancellation))
        {
            records.Add(record);
        }

        return records;
    }

    private Task<List<DnsRecord>> ReadAsync(FakePrimary server, CancellationToken? cancellation = null) => ReadAsync(server, Key, cancellation);

    private static FakePrimary Sending(Func<byte[], IEnumerable<byte[]>> stream) => FakePrimary.Connected(async connection =>
    {
        foreach (var message in stream(await connection.ReceiveAsync()))
        {
            await connection.SendAsync(message);
        }
    });

    /// <summary>A zone of that many messages, one TXT record in each.</summary>
    private static IEnumerable<DnsRecord[]> Whole(int messages) => Enumerable.Range(0, messages)
        .Select(number => (DnsRecord[])[.. number == 0 ? [Start] : Array.Empty<DnsRecord>(), Text(number), .. number == messages - 1 ? [Start] : Array.Empty<DnsRecord>()]);

    private static IEnumerable<DnsRecord[]> Endless()
    {
        yield return [Start];
        for (var number = 0; ; number++)
        {
            yield return [Text(number)];
        }
    }

    private static DnsRecord Soa(string zone, uint serial) => new(DnsName.Parse(zone), 60, new SoaData(DnsName.Parse("ns.invalid"), DnsName.Parse("hostmaster.invalid"), serial, 1, 2, 3, 4));

    private static DnsRecord Text(int number) => new(DnsName.Parse($"n{number}.example.test"), 60, TextData.Of($"{number}"));

    private static byte[] Message(byte[] request, DnsRecord[] records, DnsQuestion? question = null, int code = 0) => new DnsMessage
    {
        Id = (ushort)(request[0] << 8 | request[1]),
        Flags = DnsFlags.Response | DnsFlags.Authoritative,
        ResponseCode = (DnsResponseCode)code,
        Question = question ?? new DnsQuestion(Zone, DnsType.Axfr),
        Answers = records,
    }.ToBytes();

    private static IEnumerable<byte[]> Chain(byte[] request, IEnumerable<DnsRecord[]> messages, Func<int, int, bool> isSigned, Func<int, byte[], byte[]>? change = null)
    {
        var last = messages.TryGetNonEnumeratedCount(out var count) ? count - 1 : int.MaxValue;
        var mac = TestSigner.MacOf(request);
        List<byte[]> between = [];
        var isFirst = true;
        foreach (var (index, records) in messages.Index())
        {
            var message = Message(request, records);
            if (!isSigned(index, last))
            {
                between.Add(message);
                yield return message;
                continue;
            }

            var signed = Signer.Sign(message, mac, Now, made => change is null ? made : change(index, made), between: isFirst ? null : between);
            (isFirst, mac) = (false, TestSigner.MacOf(signed));
            between.Clear();
            yield return signed;
        }
    }

    private static List<byte[]> Swapped(List<byte[]> messages, int one, int other)
    {
        (messages[one], messages[other]) = (messages[other], messages[one]);
        return messages;
    }
}
