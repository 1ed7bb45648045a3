using System.Collections.Concurrent;
using System.Text;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Fetch;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Fetch;

/// <summary>Policy hosts that mean no good, or are half dead.</summary>
public sealed class HostileHostTests
{
    private const string Header = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 50\r\n\r\nversion: STSv1\r\n", FetchOutcome.Broken)]
    [InlineData("220 mail.example ESMTP\r\n", FetchOutcome.Broken)]
    [InlineData("", FetchOutcome.Broken)]
    [InlineData(Header + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n", FetchOutcome.Broken)]
    [InlineData(Header + "Content-Length: 104857600\r\n\r\n", FetchOutcome.TooLarge)]
    [InlineData(Header + "Content-Length: -5\r\n\r\n", FetchOutcome.Complete)]
    [InlineData("HTTP/1.1 999 \0\u001b[31mred\r\nContent-Length: 0\r\n\r\n", FetchOutcome.Broken)]
    internal async Task Strange_answers_have_an_outcome_and_throw_nothing(string answer, FetchOutcome outcome)
    {
        await using StubPolicyHost stub = new(StubPolicyHost.Answering(answer));
        Assert.Equal(outcome, (await FetchAsync(stub)).Outcome);
    }

    [Fact]
    public async Task A_header_without_end_is_not_read_to_its_end()
    {
        await using StubPolicyHost stub = new(async (stream, stop) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Header), stop);
            while (true)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"X-More: {new string('x', 1000)}\r\n"), stop);
            }
        });
        Assert.Equal(FetchOutcome.Broken, (await FetchAsync(stub)).Outcome);
    }

    [Fact]
    public async Task A_body_without_end_is_too_large()
    {
        await using StubPolicyHost stub = new(async (stream, stop) =>
        {
            await StubPolicyHost.ReadRequestAsync(stream, stop);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Header + "\r\n"), stop);
            while (true)
            {
                await stream.WriteAsync(new byte[10_000], stop);
            }
        });
        Assert.Equal(FetchOutcome.TooLarge, (await FetchAsync(stub)).Outcome);
    }

    [Fact]
    public async Task Bytes_that_come_slowly_are_cut()
    {
        await using StubPolicyHost stub = new(async (stream, stop) =>
        {
            await StubPolicyHost.ReadRequestAsync(stream, stop);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Header + "\r\n"), stop);
            while (true)
            {
                await stream.WriteAsync("v"u8.ToArray(), stop);
                await Task.Delay(20, stop);
            }
        });
        var facts = await LookAsync(stub, Short);
        Assert.Equal((FetchOutcome.Timeout, 200), (facts.Fetches[0].Outcome, facts.Fetches[0].Status));
        // Timer and counter are not the same clock to the millisecond.
        Assert.InRange(facts.Fetches[0].Took, Short / 2, 5 * Short);
        Assert.Equal("policy.timeout", Assert.Single(FetchRules.JudgeEach(facts)[0]).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silence_is_a_timeout_before_and_after_the_handshake(bool isTls)
    {
        await using StubPolicyHost stub = new((_, stop) => Task.Delay(Timeout.Infinite, stop), isTls);
        var fetch = await FetchAsync(stub, Short);
        Assert.Equal((FetchOutcome.Timeout, isTls), (fetch.Outcome, fetch.Handshake is not null));
    }

    [Fact]
    public async Task What_is_no_TLS_is_told_so()
    {
        await using StubPolicyHost stub = new(async (stream, stop) => await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), stop), isTls: false);
        Assert.Equal(FetchOutcome.TlsFailed, (await FetchAsync(stub)).Outcome);
    }

    [Fact]
    public async Task The_request_names_the_host_and_nothing_more_than_it_must()
    {
        ConcurrentQueue<string> requests = new();
        await using StubPolicyHost stub = new(async (stream, stop) =>
        {
            requests.Enqueue(await StubPolicyHost.ReadRequestAsync(stream, stop));
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Header + "Content-Length: 2\r\n\r\nok"), stop);
        });
        await LookAsync(stub, TimeSpan.FromSeconds(15));
        Assert.Equal(
            ["GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.stub.test\r\nUser-Agent: MtaSts.Host\r\n\r\n", "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.stub.test\r\n\r\n"],
            requests);
    }

    [Fact]
    public async Task Whoever_asked_may_give_up()
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using StubPolicyHost stub = new(async (_, stop) =>
        {
            await giveUp.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CheckParts.Hosts(stub.Dns, stub.Roots).LookAsync(StubPolicyHost.Host, giveUp.Token));
    }

    [Fact]
    public async Task A_second_look_waits_for_its_turn_at_the_address_and_not_longer_than_it_has_time()
    {
        TaskCompletionSource release = new();
        await using StubPolicyHost stub = new(async (stream, stop) =>
        {
            await StubPolicyHost.ReadRequestAsync(stream, stop);
            await release.Task;
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), stop);
        });
        OneAtATime turns = new();
        var first = CheckParts.Hosts(stub.Dns, stub.Roots, turns: turns).LookAsync(StubPolicyHost.Host, Cancel);
        await Eventually.TrueAsync(() => stub.Connections == 1, "the first has connected");

        var second = await CheckParts.Hosts(stub.Dns, stub.Roots, turns: turns, whole: TimeSpan.FromSeconds(1)).LookAsync(StubPolicyHost.Host, Cancel);
        Assert.Equal(FetchOutcome.Unchecked, second.Fetches[0].Outcome);
        Assert.Equal(["host.address-unchecked"], FetchRules.JudgeEach(second)[0].Select(advisory => advisory.Code));
        Assert.Equal(1, stub.Connections);

        release.SetResult();
        Assert.Equal(404, (await first).Fetches[0].Status);
        Assert.Equal(404, (await CheckParts.Hosts(stub.Dns, stub.Roots, turns: turns).LookAsync(StubPolicyHost.Host, Cancel)).Fetches[0].Status);
    }

    private static async Task<FetchFacts> FetchAsync(StubPolicyHost stub, TimeSpan? patience = null) => (await LookAsync(stub, patience ?? TimeSpan.FromSeconds(15))).Fetches[0];

    private static Task<HostFacts> LookAsync(StubPolicyHost stub, TimeSpan patience) => CheckParts.Hosts(stub.Dns, stub.Roots, patience: patience).LookAsync(StubPolicyHost.Host, Cancel);
}
