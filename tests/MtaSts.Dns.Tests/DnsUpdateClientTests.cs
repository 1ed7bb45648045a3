using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace MtaSts.Dns.Tests;

/// <summary>The client against servers that misbehave, on purpose or not.</summary>
public sealed class DnsUpdateClientTests
{
    private const ulong Now = 1_700_000_000;

    private static readonly byte[] Secret = [.. Enumerable.Range(7, 32).Select(number => (byte)number)];
    private static readonly TsigKey Key = new(DnsName.Parse("key.example"), TsigAlgorithm.HmacSha256, Secret);
    private static readonly TestSigner Signer = new("key.example", Secret);
    private static readonly DnsUpdate Update = new DnsUpdate(DnsName.Parse("example.test")).DeleteRecords(DnsName.Parse("_mta-sts.example.test"), DnsType.Txt);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds((long)Now));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_signed_success_is_one_and_the_connection_stays()
    {
        await using var server = FakePrimary.Answering(request => Signer.SignAnswer(request, 0, Now));
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        for (var round = 0; round < 20; round++)
        {
            await client.ApplyAsync(Update, Cancellation);
        }

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Many_callers_take_turns_on_one_connection()
    {
        ConcurrentBag<string> ids = [];
        var underWay = 0;
        await using var server = FakePrimary.Answering(request =>
        {
            Assert.Equal(1, Interlocked.Increment(ref underWay));
            ids.Add(Convert.ToHexString(request));
            Interlocked.Decrement(ref underWay);
            return Signer.SignAnswer(request, 0, Now);
        });
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => client.ApplyAsync(Update, Cancellation), Cancellation)));
        Assert.Equal(1, server.Connections);
        Assert.Equal(50, ids.Count);
        // Fifty ids at random out of 65,536 are rarely different all; but not one and the same.
        Assert.True(ids.Distinct().Count() > 25);
    }

    /// <summary>Each an answer that is no success, and what it is.</summary>
    public static TheoryData<string, Func<byte[], byte[]>, DnsErrorKind, bool> Answers => new()
    {
        { "an unsigned success", request => TestSigner.Answer(request, 0), DnsErrorKind.Unauthenticated, true },
        { "a success with an empty signature", request => Signer.Sign(TestSigner.Answer(request, 0), [], Now, _ => []), DnsErrorKind.Unauthenticated, true },
        { "another MAC", request => Signer.Sign(TestSigner.Answer(request, 0), TestSigner.MacOf(request), Now, mac => [(byte)(mac[0] ^ 1), .. mac[1..]]), DnsErrorKind.Unauthenticated, true },
        { "a cut MAC", request => Signer.Sign(TestSigner.Answer(request, 0), TestSigner.MacOf(request), Now, mac => mac[..16]), DnsErrorKind.Unauthenticated, true },
        { "a MAC that is not over that of the request", request => Signer.Sign(TestSigner.Answer(request, 0), [], Now), DnsErrorKind.Unauthenticated, true },
        { "another key", request => new TestSigner("other.example", Secret).SignAnswer(request, 0, Now), DnsErrorKind.Unauthenticated, true },
        { "another secret", request => new TestSigner("key.example", [1]).SignAnswer(request, 0, Now), DnsErrorKind.Unauthenticated, true },
        { "a refusal with another secret", request => new TestSigner("key.example", [1]).SignAnswer(request, 5, Now), DnsErrorKind.Unauthenticated, true },
        { "a signature of ten minutes ago", request => Signer.SignAnswer(request, 0, Now - 600), DnsErrorKind.BadTime, true },
        { "another id", request => Signer.Sign([.. TestSigner.Number((ulong)(request[0] << 8 | request[1]) ^ 1, 2), .. TestSigner.Answer(request, 0)[2..]], TestSigner.MacOf(request), Now), DnsErrorKind.Malformed, true },
        { "the request itself", request => request, DnsErrorKind.Malformed, true },
        { "the answer to a query", request => [request[0], request[1], 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0], DnsErrorKind.Malformed, true },
        { "the answer for another zone", request => Signer.Sign([request[0], request[1], 0xa8, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'a', 0, 0, 6, 0, 1], TestSigner.MacOf(request), Now), DnsErrorKind.Malformed, true },
        { "nothing", _ => [], DnsErrorKind.Malformed, true },
        { "a cut answer", request => Signer.SignAnswer(request, 0, Now)[..^1], DnsErrorKind.Malformed, true },
        { "octets behind the answer", request => [.. Signer.SignAnswer(request, 0, Now), 0], DnsErrorKind.Malformed, true },
        { "a name that points to itself", request => [request[0], request[1], 0xa8, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 6, 0, 1], DnsErrorKind.Malformed, true },
        { "64 KiB of zeros", request => [request[0], request[1], 0xa8, .. new byte[65_532]], DnsErrorKind.Malformed, true },
        { "FORMERR", request => Signer.SignAnswer(request, 1, Now), DnsErrorKind.FormatError, false },
        { "SERVFAIL", request => Signer.SignAnswer(request, 2, Now), DnsErrorKind.ServerFailure, false },
        { "NXDOMAIN", request => Signer.SignAnswer(request, 3, Now), DnsErrorKind.NameMissing, false },
        { "NOTIMP", request => Signer.SignAnswer(request, 4, Now), DnsErrorKind.NotImplemented, false },
        { "REFUSED", request => Signer.SignAnswer(request, 5, Now), DnsErrorKind.Refused, false },
        { "YXDOMAIN", request => Signer.SignAnswer(request, 6, Now), DnsErrorKind.NameExists, false },
        { "YXRRSET", request => Signer.SignAnswer(request, 7, Now), DnsErrorKind.RecordsExist, false },
        { "NXRRSET", request => Signer.SignAnswer(request, 8, Now), DnsErrorKind.RecordsMissing, false },
        { "NOTAUTH", request => Signer.SignAnswer(request, 9, Now), DnsErrorKind.NotAuthoritative, false },
        { "NOTZONE", request => Signer.SignAnswer(request, 10, Now), DnsErrorKind.NotInZone, false },
        { "RCODE11", request => Signer.SignAnswer(request, 11, Now), DnsErrorKind.Other, false },
        { "an unsigned REFUSED", request => TestSigner.Answer(request, 5), DnsErrorKind.Refused, false },
        { "BADSIG without a MAC", request => Signer.Sign(TestSigner.Answer(request, 9), [], Now, _ => [], error: 16), DnsErrorKind.BadSignature, false },
        { "BADKEY without a MAC", request => Signer.Sign(TestSigner.Answer(request, 9), [], Now, _ => [], error: 17), DnsErrorKind.BadKey, false },
        { "BADKEY, signed", request => Signer.SignAnswer(request, 9, Now, error: 17), DnsErrorKind.BadKey, false },
        { "NOERROR with BADKEY, signed", request => Signer.SignAnswer(request, 0, Now, error: 17), DnsErrorKind.BadKey, false },
        { "BADTRUNC, signed", request => Signer.SignAnswer(request, 9, Now, error: 22), DnsErrorKind.Other, false },
        { "BADTIME without a MAC and a time", request => Signer.Sign(TestSigner.Answer(request, 9), [], Now, _ => [], error: 18), DnsErrorKind.BadTime, false },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_that_is_no_success(string what, Func<byte[], byte[]> answer, DnsErrorKind kind, bool answerWasLost)
    {
        await using var server = FakePrimary.Answering(answer);
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        var failure = await FailureAsync(client, Update);
        Assert.True(kind == failure.Kind, $"{what}: {failure}");
        Assert.Equal(answerWasLost, failure.AnswerWasLost);
        Assert.Contains(server.EndPoint.ToString(), failure.Message, StringComparison.Ordinal);
        Assert.Equal(kind is DnsErrorKind.Malformed or DnsErrorKind.ServerFailure, failure.IsTransient);

        // What cannot be believed ends the connection; a server's no does not.
        await FailureAsync(client, Update);
        Assert.Equal(answerWasLost ? 2 : 1, server.Connections);
    }

    [Theory]
    [InlineData(600)]
    [InlineData(-600)]
    public async Task A_wrong_clock_is_told_with_its_difference(int seconds)
    {
        // RFC 8945 §5.2.3: signed at the request's time, the server's time beside it.
        await using var server = FakePrimary.Answering(request =>
            Signer.SignAnswer(request, 9, Now, error: 18, other: TestSigner.Number((ulong)((long)Now + seconds), 6)));
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        var failure = await FailureAsync(client, Update);
        Assert.Equal((DnsErrorKind.BadTime, DnsResponseCode.BadTime, TimeSpan.FromSeconds(seconds)), (failure.Kind, failure.SignatureError, failure.ClockDifference));
        Assert.Contains(seconds > 0 ? "the server's clock is 600 s ahead of this one" : "the server's clock is 600 s behind this one", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_clock_at_the_end_of_48_bits_is_told_too()
    {
        await using var server = FakePrimary.Answering(request => Signer.SignAnswer(request, 0, TsigData.MaxTime));
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        Assert.True((await FailureAsync(client, Update)).ClockDifference > TimeSpan.FromDays(36_000));
    }

    [Fact]
    public async Task A_server_that_is_silent_is_waited_for_until_the_timeout()
    {
        TaskCompletionSource asked = new();
        await using var server = FakePrimary.Connected(async connection =>
        {
            await connection.ReceiveAsync();
            asked.TrySetResult();
            await connection.UntilTheEndAsync();
        });
        using DnsUpdateClient client = new(server.EndPoint, Key, _time, TimeSpan.FromSeconds(7));
        var applying = client.ApplyAsync(Update, Cancellation);
        await asked.Task.WaitAsync(Cancellation);
        _time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.False(applying.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        var failure = await Assert.ThrowsAsync<DnsException>(() => applying);
        Assert.Equal((DnsErrorKind.Timeout, true, true), (failure.Kind, failure.IsTransient, failure.AnswerWasLost));
        Assert.Contains("no answer within 7 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_drips_ends_with_the_timeout()
    {
        TaskCompletionSource dripped = new();
        await using var server = FakePrimary.Connected(async connection =>
        {
            await connection.ReceiveAsync();
            // The length is that of 65,535 octets, of which twenty come.
            await connection.SendRawAsync([255, 255, .. new byte[20]]);
            dripped.TrySetResult();
            await connection.UntilTheEndAsync();
        });
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        var applying = client.ApplyAsync(Update, Cancellation);
        await dripped.Task.WaitAsync(Cancellation);
        _time.Advance(DnsUpdateClient.DefaultTimeout);
        Assert.Equal(DnsErrorKind.Timeout, (await Assert.ThrowsAsync<DnsException>(() => applying)).Kind);
    }

    [Fact]
    public async Task Octets_without_an_end_do_not_hold_the_client()
    {
        await using var server = FakePrimary.Connected(async connection =>
        {
            var request = await connection.ReceiveAsync();
            var answer = Signer.SignAnswer(request, 0, Now);
            // In one piece, so that the octets behind the answer are there when it has been read.
            await connection.SendRawAsync([0, (byte)answer.Length, .. answer, .. new byte[connection.Number == 1 ? 1000 : 0]]);
            while (connection.Number == 1)
            {
                await connection.SendRawAsync(new byte[65_536]);
            }

            await connection.UntilTheEndAsync();
        });
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        await client.ApplyAsync(Update, Cancellation);
        // What came behind the answer belongs to no request: a new connection, not the next answer.
        await client.ApplyAsync(Update, Cancellation);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task A_caller_can_give_up_and_the_late_answer_is_nobody_s()
    {
        TaskCompletionSource asked = new();
        await using var server = FakePrimary.Connected(async connection =>
        {
            var request = await connection.ReceiveAsync();
            if (connection.Number == 1)
            {
                asked.TrySetResult();
                await connection.UntilTheEndAsync();
            }

            await connection.SendAsync(Signer.SignAnswer(request, 0, Now));
            await connection.UntilTheEndAsync();
        });
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        using CancellationTokenSource givingUp = new();
        var applying = client.ApplyAsync(Update, givingUp.Token);
        var waiting = client.ApplyAsync(Update, Cancellation);
        await asked.Task.WaitAsync(Cancellation);
        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => applying);
        await waiting;
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task A_caller_can_give_up_while_it_waits_for_its_turn()
    {
        TaskCompletionSource asked = new();
        await using var server = FakePrimary.Connected(async connection =>
        {
            await connection.ReceiveAsync();
            asked.TrySetResult();
            await connection.UntilTheEndAsync();
        });
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        var first = client.ApplyAsync(Update, Cancellation);
        await asked.Task.WaitAsync(Cancellation);
        using CancellationTokenSource givingUp = new();
        var second = client.ApplyAsync(Update, givingUp.Token);
        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(first.IsCompleted);
        _time.Advance(DnsUpdateClient.DefaultTimeout);
        await Assert.ThrowsAsync<DnsException>(() => first);
    }

    [Fact]
    public async Task A_connection_that_was_closed_meanwhile_is_opened_again()
    {
        await using var server = FakePrimary.Connected(async connection =>
            await connection.SendAsync(Signer.SignAnswer(await connection.ReceiveAsync(), 0, Now)));
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        for (var round = 1; round <= 3; round++)
        {
            await client.ApplyAsync(Update, Cancellation);
            Assert.Equal(round, server.Connections);
        }
    }

    [Fact]
    public async Task What_was_lost_on_an_old_connection_is_sent_once_more_unless_it_has_prerequisites()
    {
        // Takes a second request and closes, as a server does that stops at that moment.
        await using var server = FakePrimary.Connected(async connection =>
        {
            await connection.SendAsync(Signer.SignAnswer(await connection.ReceiveAsync(), 0, Now));
            await connection.ReceiveAsync();
        });
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        await client.ApplyAsync(Update, Cancellation);
        await client.ApplyAsync(Update, Cancellation);
        Assert.Equal(2, server.Connections);

        var conditional = new DnsUpdate(Update.Zone).RequireNameInUse(Update.Zone).DeleteName(DnsName.Parse("a.example.test"));
        var failure = await FailureAsync(client, conditional);
        Assert.Equal((DnsErrorKind.Unreachable, true, true), (failure.Kind, failure.IsTransient, failure.AnswerWasLost));
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task A_new_connection_that_is_lost_is_not_tried_again()
    {
        await using var server = FakePrimary.Connected(connection => connection.ReceiveAsync());
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        var failure = await FailureAsync(client, Update);
        Assert.Equal((DnsErrorKind.Unreachable, true), (failure.Kind, failure.AnswerWasLost));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_server_that_is_not_there_cannot_be_reached()
    {
        var server = FakePrimary.Answering(request => request);
        await server.DisposeAsync();
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        var failure = await FailureAsync(client, Update);
        Assert.Equal((DnsErrorKind.Unreachable, true, false), (failure.Kind, failure.IsTransient, failure.AnswerWasLost));
    }

    [Fact]
    public async Task A_server_can_be_given_by_name()
    {
        await using var server = FakePrimary.Answering(request => Signer.SignAnswer(request, 5, Now));
        using DnsUpdateClient client = new(new DnsEndPoint("localhost", server.EndPoint.Port), Key, _time);
        Assert.StartsWith($"localhost:{server.EndPoint.Port}: ", (await FailureAsync(client, Update)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_that_is_too_long_is_not_sent()
    {
        await using var server = FakePrimary.Answering(request => Signer.SignAnswer(request, 0, Now));
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        DnsUpdate update = new(Update.Zone);
        for (var number = 0; number < 33; number++)
        {
            update.Add(DnsName.Parse("a.example.test"), 60, TextData.Of(new string('x', 2000)));
        }

        var failure = await FailureAsync(client, update);
        Assert.Equal((DnsErrorKind.TooLong, false, false), (failure.Kind, failure.IsTransient, failure.AnswerWasLost));
        await client.ApplyAsync(Update, Cancellation);
    }

    /// <summary>The message itself fits, its signature does not.</summary>
    [Fact]
    public async Task The_signature_needs_its_room_too()
    {
        using DnsUpdateClient client = new(new IPEndPoint(IPAddress.Loopback, 1), Key, _time);
        DnsUpdate update = new(DnsName.Parse("a"));
        update.Add(update.Zone, 60, new RawData((DnsType)1000, new byte[65_500]));
        Assert.InRange(update.ToMessage(0).ToBytes().Length, 65_500, 65_535);
        Assert.Equal(DnsErrorKind.TooLong, (await FailureAsync(client, update)).Kind);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_signed_and_answers_are_taken_as_they_come()
    {
        await using var server = FakePrimary.Answering(request =>
        {
            Assert.Null(DnsMessage.Read(request).Signature);
            return TestSigner.Answer(request, 0);
        });
        using DnsUpdateClient client = new(server.EndPoint, null, _time);
        await client.ApplyAsync(Update, Cancellation);
    }

    [Fact]
    public async Task No_message_shows_the_secret()
    {
        await using var server = FakePrimary.Answering(request => Signer.Sign(TestSigner.Answer(request, 9), [], Now, _ => [], error: 16));
        using DnsUpdateClient client = new(server.EndPoint, Key, _time);
        var text = (await FailureAsync(client, Update)).ToString();
        Assert.Contains("key.example. (hmac-sha256)", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Secret)[..12], text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(Secret)[..12], text, StringComparison.OrdinalIgnoreCase);
    }

    private static Task<DnsException> FailureAsync(DnsUpdateClient client, DnsUpdate update) =>
        Assert.ThrowsAsync<DnsException>(() => client.ApplyAsync(update, Cancellation));
}
