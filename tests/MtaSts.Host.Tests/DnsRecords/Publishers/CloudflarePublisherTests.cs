using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.DnsRecords.Publishers;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Publishers;

/// <summary>Against the project's own stub, which knows no more of Cloudflare than its public documentation.</summary>
public sealed class CloudflarePublisherTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new();
    private StubCloudflare _stub = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stub = await StubCloudflare.StartAsync();

    public ValueTask DisposeAsync() => _stub.DisposeAsync();

    [Fact]
    public async Task Records_are_made_changed_and_deleted_and_doing_it_twice_sends_nothing()
    {
        using var publisher = Publisher();
        RecordChange[] first = [Txt("a", "1"), new("a.host.sts.example", "A", 300, ["192.0.2.1", "192.0.2.2"]), new("a.host.sts.example", "AAAA", 300, ["2001:db8::1"]), new("a.host.sts.example", "CAA", 300, ["0 issue \"ca.example; accounturi=https://ca.example/1\""])];

        await publisher.ApplyAsync(first, Cancel);

        Assert.Equal(
            [
                "a._mta-sts.sts.example TXT \"v=STSv1; id=1;\" 300", "a.host.sts.example A 192.0.2.1 300", "a.host.sts.example A 192.0.2.2 300", "a.host.sts.example AAAA 2001:db8::1 300",
                "a.host.sts.example CAA 0 issue \"ca.example; accounturi=https://ca.example/1\" 300",
            ],
            Records());
        Assert.StartsWith("MtaSts.Host/", _stub.LatestUserAgent, StringComparison.Ordinal);
        var id = _stub.Records[0].Id;

        await publisher.ApplyAsync(first, Cancel);
        Assert.Single(Batches());

        await publisher.ApplyAsync([Txt("a", "2"), new("a.host.sts.example", "A", 60, ["192.0.2.2"]), new("a.host.sts.example", "AAAA", 300, [])], Cancel);
        Assert.Equal(
            ["a._mta-sts.sts.example TXT \"v=STSv1; id=2;\" 300", "a.host.sts.example A 192.0.2.2 60", "a.host.sts.example CAA 0 issue \"ca.example; accounturi=https://ca.example/1\" 300"],
            Records());
        // Changed, not made anew: it was never gone.
        Assert.Equal(id, _stub.Records[0].Id);

        await publisher.ApplyAsync([.. first.Select(change => change with { Data = [] })], Cancel);
        await publisher.ApplyAsync([.. first.Select(change => change with { Data = [] })], Cancel);
        Assert.Empty(_stub.Records);
        Assert.Equal(3, Batches().Count);
    }

    [Fact]
    public async Task Stale_records_second_ones_and_other_spellings_end_in_one()
    {
        _stub.Add("a._mta-sts.sts.example", "TXT", "\"v=STSv1; \" \"id=2;\"");
        _stub.Add("a._mta-sts.sts.example", "TXT", "\"v=STSv1; id=1;\"");
        _stub.Add("b._mta-sts.sts.example", "TXT", "v=STSv1; id=2;", ttl: 1);
        _stub.Add("b.host.sts.example", "A", "192.0.2.1", proxied: true);
        _stub.Add("other.sts.example", "TXT", "\"left alone\"");
        using var publisher = Publisher();

        await publisher.ApplyAsync([Txt("a", "2"), Txt("b", "2"), new("b.host.sts.example", "A", 300, ["192.0.2.1"])], Cancel);

        Assert.Equal(
            ["a._mta-sts.sts.example TXT \"v=STSv1; \" \"id=2;\" 300", "b._mta-sts.sts.example TXT \"v=STSv1; id=2;\" 300", "b.host.sts.example A 192.0.2.1 300", "other.sts.example TXT \"left alone\" 300"],
            Records());
        Assert.DoesNotContain(_stub.Records, record => record.Proxied);
    }

    [Fact]
    public async Task A_zone_of_many_pages_is_read_whole_when_many_names_change()
    {
        _stub.LargestPage = 10;
        for (var number = 0; number < 25; number++)
        {
            _stub.Add($"n{number}._mta-sts.sts.example", "TXT", "\"v=STSv1; id=1;\"");
        }

        using var publisher = Publisher();
        await publisher.ApplyAsync([.. Enumerable.Range(0, 25).Select(number => Txt($"n{number}", "2"))], Cancel);

        Assert.Equal(4, _stub.Requests.Count);
        Assert.Equal(25, _stub.Records.Count(record => record.Content == "\"v=STSv1; id=2;\""));
        Assert.Equal(25, _stub.Records.Count);
    }

    [Fact]
    public async Task More_operations_than_a_batch_takes_go_in_several()
    {
        using var publisher = Publisher();
        var changes = Enumerable.Range(0, publisher.LargestBatch).Select(number => new RecordChange($"n{number}.host.sts.example", "A", 300, ["192.0.2.1", "192.0.2.2", "192.0.2.3"])).ToList();

        await publisher.ApplyAsync(changes, Cancel);

        Assert.Equal(2, Batches().Count);
        Assert.Equal(300, _stub.Records.Count);
    }

    [Fact]
    public async Task A_refused_record_is_found_among_others_which_are_made()
    {
        _stub.Refused = "\"v=STSv1; id=13;\"";
        using var publisher = Publisher();

        var failed = await PublishBatch.ApplyAsync(publisher, [.. Enumerable.Range(0, 20).Select(number => Txt($"n{number}", $"{number}"))], Cancel);

        var (change, failure) = Assert.Single(failed);
        Assert.Equal("n13._mta-sts.sts.example", change.Name);
        Assert.Equal(("dns.api.record", "Cloudflare refuses it: Content for TXT record is invalid. (9005)", false), (failure.Code, failure.Message, failure.IsTransient));
        Assert.Equal(19, _stub.Records.Count);
    }

    [Fact]
    public async Task Data_that_is_no_CAA_record_is_refused_before_anything_is_sent()
    {
        using var publisher = Publisher();
        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([new("a.host.sts.example", "CAA", 300, ["issue"])], Cancel));
        Assert.Equal(("dns.api.record", false), (failure.Code, failure.IsTransient));
        Assert.Empty(Batches());
    }

    [Fact]
    public async Task What_somebody_else_changed_meanwhile_is_looked_at_again()
    {
        _stub.AfterNextList = () => _stub.Add("a._mta-sts.sts.example", "TXT", "\"v=STSv1; id=1;\"");
        using var publisher = Publisher();

        await publisher.ApplyAsync([Txt("a", "1")], Cancel);

        Assert.Single(Records());
        Assert.Single(Batches());

        // Also when it was taken away.
        _stub.AfterNextList = _stub.Clear;
        await publisher.ApplyAsync([Txt("a", "2")], Cancel);
        Assert.Equal(["a._mta-sts.sts.example TXT \"v=STSv1; id=2;\" 300"], Records());
    }

    [Fact]
    public async Task A_lost_answer_is_found_at_the_next_try_and_nothing_is_made_twice()
    {
        using var publisher = Publisher();
        _stub.LosesBatchAnswers = true;

        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([Txt("a", "1")], Cancel));
        Assert.Equal(("dns.api.unreachable", 0), (failure.Code, failure.Failed.Count));

        _stub.LosesBatchAnswers = false;
        await publisher.ApplyAsync([Txt("a", "1")], Cancel);
        Assert.Single(Records());
        Assert.Single(Batches());
    }

    [Fact]
    public async Task After_429_nothing_is_asked_before_the_time_it_told()
    {
        using var publisher = Publisher();
        _stub.FailNext(429, """{"success":false,"errors":[{"code":971,"message":"Please wait and consider throttling your request speed"}]}""", ("retry-after", "120"));

        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([Txt("a", "1")], Cancel));
        Assert.Equal(("dns.api.limited", TimeSpan.FromSeconds(120)), (failure.Code, failure.RetryAfter));

        _clock.Advance(TimeSpan.FromSeconds(119));
        failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([Txt("a", "1")], Cancel));
        Assert.Equal(("dns.api.limited", TimeSpan.FromSeconds(1)), (failure.Code, failure.RetryAfter));
        Assert.Single(_stub.Requests);

        _clock.Advance(TimeSpan.FromSeconds(1));
        await publisher.ApplyAsync([Txt("a", "1")], Cancel);
        Assert.Single(Records());
    }

    [Fact]
    public async Task A_429_without_a_time_stands_for_their_block_of_five_minutes()
    {
        using var publisher = Publisher();
        _stub.FailNext(429, "");

        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([Txt("a", "1")], Cancel));

        Assert.Equal(TimeSpan.FromMinutes(5), failure.RetryAfter);
    }

    [Fact]
    public async Task Its_own_limit_stays_below_theirs()
    {
        using var publisher = Publisher();
        var asked = 0;
        DnsPublishException? failure = null;
        // Five minutes, as fast as it goes.
        for (var second = 0; second < 300; second++)
        {
            for (var request = 0; request < 10; request++)
            {
                try
                {
                    await publisher.ApplyAsync([Txt("a", "1") with { Data = [] }], Cancel);
                    asked++;
                }
                catch (DnsPublishException limited)
                {
                    failure = limited;
                    break;
                }
            }

            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(asked, _stub.Requests.Count);
        Assert.InRange(asked, 1000, 1100);
        Assert.Equal("dns.api.limited", failure!.Code);
        Assert.InRange(failure.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(500, "<html>", null, "dns.api.fault")]
    [InlineData(503, "", 30, "dns.api.fault")]
    [InlineData(200, "<html>not theirs</html>", null, "dns.api.answer")]
    [InlineData(302, "", null, "dns.api.answer")]
    [InlineData(200, """{"success":false,"errors":[]}""", null, "dns.api.answer")]
    [InlineData(400, """{"success":false,"errors":[{"code":6003,"message":"Invalid request headers"}]}""", null, "dns.api.key")]
    [InlineData(401, """{"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}]}""", null, "dns.api.key")]
    [InlineData(403, """{"success":false,"errors":[{"code":9109,"message":"Unauthorized to access requested resource"}]}""", null, "dns.api.key")]
    [InlineData(404, """{"success":false,"errors":[{"code":7003,"message":"Could not route to /zones/x"}]}""", null, "dns.api.zone")]
    [InlineData(400, """{"success":false,"errors":[{"code":81045,"message":"The record quota has been exceeded."}]}""", null, "dns.api.quota")]
    public async Task Each_failure_has_its_code_and_what_it_asks_for(int status, string body, int? retryAfter, string code)
    {
        using var publisher = Publisher();
        _stub.FailNext(status, body, retryAfter is null ? [] : [("Retry-After", $"{retryAfter}")]);

        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([Txt("a", "1")], Cancel));

        Assert.Equal((code, 0, true), (failure.Code, failure.Failed.Count, failure.IsTransient));
        Assert.Equal(retryAfter, (int?)failure.RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task A_full_zone_is_told_and_not_taken_for_a_bad_record()
    {
        _stub.MostRecords = 1;
        using var publisher = Publisher();

        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([Txt("a", "1"), Txt("b", "1")], Cancel));

        Assert.Equal("dns.api.quota", failure.Code);
        Assert.Single(Batches());
    }

    [Fact]
    public async Task A_wrong_token_is_told_without_the_token()
    {
        const string wrong = "a-wrong-token-that-is-a-secret-all-the-same";
        using var publisher = new CloudflarePublisher(Settings(_stub.Url, token: wrong), _clock);
        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([Txt("a", "1")], Cancel));
        Assert.Equal("dns.api.key", failure.Code);
        Assert.DoesNotContain(wrong, failure.ToString(), StringComparison.Ordinal);

        // Also when what answers repeats it.
        _stub.FailNext(403, $$"""{"success":false,"errors":[{"code":9109,"message":"no \u001b[2J {{wrong}}"}]}""");
        failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([Txt("a", "1")], Cancel));
        Assert.Equal("dns.api.key", failure.Code);
        Assert.DoesNotContain(wrong, failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', failure.Message);
    }

    [Fact]
    public async Task Nobody_there_no_answer_and_an_endless_one_are_told_apart()
    {
        using var nobody = new CloudflarePublisher(Settings($"http://127.0.0.1:{FreePort.Next()}"), _clock);
        Assert.Equal("dns.api.unreachable", (await Assert.ThrowsAsync<DnsPublishException>(() => nobody.ApplyAsync([Txt("a", "1")], Cancel))).Code);

        // Takes connections, and says nothing.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var waiting = new CloudflarePublisher(Settings($"http://{silent.LocalEndpoint}"), _clock, TimeSpan.FromMilliseconds(300));
        Assert.Equal("dns.api.timeout", (await Assert.ThrowsAsync<DnsPublishException>(() => waiting.ApplyAsync([Txt("a", "1")], Cancel))).Code);

        using var publisher = Publisher();
        _stub.FailNext(200, new string(' ', 9 * 1024 * 1024));
        Assert.Equal("dns.api.answer", (await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([Txt("a", "1")], Cancel))).Code);
    }

    [Fact]
    public async Task The_zone_is_listed_page_by_page()
    {
        _stub.LargestPage = 2;
        _stub.Add("A.host.sts.example", "A", "192.0.2.1");
        _stub.Add("a.host.sts.example", "CAA", "0 issue \"ca.example\"");
        _stub.Add("a._mta-sts.sts.example", "TXT", "\"v=STSv1; id=1;\"");
        _stub.Add("b._mta-sts.sts.example", "TXT", "v=STSv1; id=1;");
        _stub.Add("sts.example", "MX", "mail.example");
        using var publisher = Publisher();
        var records = new List<string>();
        await foreach (var record in publisher.ListAsync(Cancel))
        {
            records.Add($"{record.Name} {record.Type} {record.Data}");
        }

        Assert.Equal(
            [
                "a.host.sts.example A 192.0.2.1", "a.host.sts.example CAA 0 issue \"ca.example\"", "a._mta-sts.sts.example TXT \"v=STSv1; id=1;\"", "b._mta-sts.sts.example TXT \"v=STSv1; id=1;\"",
                "sts.example MX mail.example",
            ],
            records);
        Assert.Equal(3, _stub.Requests.Count);

        _stub.FailNext(403, """{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}""");
        Assert.Equal("dns.api.key", (await Assert.ThrowsAsync<DnsPublishException>(async () => await publisher.ListAsync(Cancel).GetAsyncEnumerator(Cancel).MoveNextAsync())).Code);
    }

    private static RecordChange Txt(string label, string id) => new($"{label}._mta-sts.sts.example", "TXT", 300, [$"\"v=STSv1; id={id};\""]);

    private static IOptions<DnsOptions> Settings(string url, string token = StubCloudflare.Token) =>
        Options.Create(new DnsOptions { Zone = "sts.example", Cloudflare = new CloudflareSettings { Url = url, ZoneId = StubCloudflare.ZoneId, ApiToken = token } });

    private CloudflarePublisher Publisher() => new(Settings(_stub.Url), _clock);

    private IEnumerable<string> Records() => _stub.Records.Select(record => $"{record.Name} {record.Type} {record.Content} {record.Ttl}").Order(StringComparer.Ordinal);

    private List<string> Batches() => [.. _stub.Requests.Where(request => request.StartsWith("POST", StringComparison.Ordinal))];
}
