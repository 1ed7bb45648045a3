using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.DnsRecords.Publishers;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Publishers;

/// <summary>Against a real PowerDNS; what it would say on a bad day comes from <see cref="StubCloudflare"/>'s way of failing.</summary>
public sealed class PowerDnsPublisherTests(PowerDnsPublisherTests.Server server) : IClassFixture<PowerDnsPublisherTests.Server>
{
    private const string Zone = "sts.example";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_are_made_changed_and_deleted_and_doing_it_twice_does_no_harm()
    {
        using var publisher = Publisher();
        RecordChange[] changes =
        [
            new("a._mta-sts.sts.example", "TXT", 300, ["\"v=STSv1; id=1;\""]),
            new("a.host.sts.example", "A", 300, ["192.0.2.1", "192.0.2.2"]),
            new("a.host.sts.example", "AAAA", 300, ["2001:db8::1"]),
            new("a.host.sts.example", "CAA", 300, ["0 issue \"ca.example; accounturi=https://ca.example/1\""]),
        ];
        await publisher.ApplyAsync(changes, Cancel);
        await publisher.ApplyAsync(changes, Cancel);

        Assert.Equal(["\"v=STSv1; id=1;\""], await AskAsync("a._mta-sts.sts.example", "TXT"));
        Assert.Equal(["192.0.2.1", "192.0.2.2"], await AskAsync("a.host.sts.example", "A"));
        Assert.Equal(["2001:db8::1"], await AskAsync("a.host.sts.example", "AAAA"));
        Assert.Equal(["0 issue \"ca.example; accounturi=https://ca.example/1\""], await AskAsync("a.host.sts.example", "CAA"));

        await publisher.ApplyAsync([changes[0] with { Data = ["\"v=STSv1; id=2;\""], Ttl = 60 }, changes[1] with { Data = ["192.0.2.2"] }, changes[2] with { Data = [] }], Cancel);
        Assert.Equal(["\"v=STSv1; id=2;\""], await AskAsync("a._mta-sts.sts.example", "TXT"));
        Assert.Equal(["192.0.2.2"], await AskAsync("a.host.sts.example", "A"));
        Assert.Empty(await AskAsync("a.host.sts.example", "AAAA"));

        RecordChange[] gone = [.. changes.Select(change => change with { Data = [] })];
        await publisher.ApplyAsync(gone, Cancel);
        await publisher.ApplyAsync(gone, Cancel);
        Assert.Empty(await AskAsync("a._mta-sts.sts.example", "TXT"));
        Assert.Empty(await AskAsync("a.host.sts.example", "CAA"));
    }

    [Fact]
    public async Task The_largest_batch_is_taken_and_a_long_text_is_given_back_as_it_was()
    {
        using var publisher = Publisher();
        var text = $"\"{new string('x', 255)}\" \"y\\\"z\"";
        await publisher.ApplyAsync(
            [.. Enumerable.Range(0, publisher.LargestBatch - 1).Select(number => new RecordChange($"n{number}.many.sts.example", "TXT", 300, ["\"v=STSv1; id=1;\""])), new RecordChange("long.many.sts.example", "TXT", 300, [text])], Cancel);

        Assert.Equal(["\"v=STSv1; id=1;\""], await AskAsync($"n{publisher.LargestBatch - 2}.many.sts.example", "TXT"));
        Assert.Equal([text], await AskAsync("long.many.sts.example", "TXT"));
    }

    [Fact]
    public async Task A_refused_record_is_found_among_others_which_are_made()
    {
        using var publisher = Publisher();
        RecordChange[] changes =
        [
            .. Enumerable.Range(0, 10).Select(number => new RecordChange($"g{number}.refused.sts.example", "A", 300, [$"192.0.2.{number}"])),
            new RecordChange("bad.refused.sts.example", "A", 300, ["192.0.2.256"]),
            new RecordChange("out.of.zone.example", "TXT", 300, ["\"x\""]),
            new RecordChange("unquoted.refused.sts.example", "TXT", 300, ["v=STSv1; id=1;"]),
        ];

        var failed = await PublishBatch.ApplyAsync(publisher, changes, Cancel);

        Assert.Equal(["bad.refused.sts.example", "out.of.zone.example", "unquoted.refused.sts.example"], failed.Keys.Select(change => change.Name).Order());
        Assert.All(failed, pair => Assert.Equal(("dns.api.record", false), (pair.Value.Code, pair.Value.IsTransient)));
        Assert.Contains("192.0.2.256", failed.Single(pair => pair.Key.Name == "bad.refused.sts.example").Value.Message, StringComparison.Ordinal);
        Assert.Equal(["192.0.2.9"], await AskAsync("g9.refused.sts.example", "A"));
    }

    [Fact]
    public async Task A_wrong_key_and_zones_and_servers_that_are_not_there_are_told_apart_without_the_key()
    {
        RecordChange[] change = [new("a.sts.example", "TXT", 300, ["\"x\""])];
        using var stranger = Publisher(key: "not-the-key-but-a-secret");
        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => stranger.ApplyAsync(change, Cancel));
        Assert.Equal("dns.api.key", failure.Code);
        Assert.DoesNotContain("not-the-key-but-a-secret", failure.ToString(), StringComparison.Ordinal);

        using var lost = Publisher(zone: "nowhere.example");
        failure = await Assert.ThrowsAsync<DnsPublishException>(() => lost.ApplyAsync(change, Cancel));
        Assert.Equal("dns.api.zone", failure.Code);
        Assert.Contains("pdnsutil create-zone nowhere.example", failure.Message, StringComparison.Ordinal);

        using var other = Publisher(serverId: "elsewhere");
        Assert.Equal("dns.api.zone", (await Assert.ThrowsAsync<DnsPublishException>(() => other.ApplyAsync(change, Cancel))).Code);
    }

    [Theory]
    [InlineData(502, "", 7, "dns.api.fault")]
    [InlineData(429, "", 9, "dns.api.limited")]
    [InlineData(422, "<html>", null, "dns.api.answer")]
    [InlineData(302, "", null, "dns.api.answer")]
    [InlineData(403, "Forbidden", null, "dns.api.key")]
    public async Task What_stands_in_front_of_it_is_understood_too(int status, string body, int? retryAfter, string code)
    {
        await using var stub = await StubCloudflare.StartAsync();
        stub.FailNext(status, body, retryAfter is null ? [] : [("Retry-After", $"{retryAfter}")]);
        using var publisher = Publisher(url: stub.Url);

        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([new RecordChange("a.sts.example", "TXT", 300, ["\"x\""])], Cancel));

        Assert.Equal((code, retryAfter), (failure.Code, (int?)failure.RetryAfter?.TotalSeconds));
        Assert.Equal($"PATCH /client/v4/api/v1/servers/localhost/zones/{Zone}.", Assert.Single(stub.Requests));
        Assert.StartsWith("MtaSts.Host/", stub.LatestUserAgent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_zone_is_listed_with_all_that_it_holds()
    {
        using var publisher = Publisher();
        await publisher.ApplyAsync([.. Enumerable.Range(0, 199).Select(number => new RecordChange($"l{number}.list.sts.example", "TXT", 300, [$"\"{number} \\\"\\195\""]))], Cancel);
        var records = await ListAsync(publisher);
        Assert.Equal(199, records.Count(record => record.Name.EndsWith(".list.sts.example", StringComparison.Ordinal)));
        Assert.Contains(new ListedRecord("l7.list.sts.example", "TXT", "\"7 \\\"\\195\""), records);
        Assert.Contains(records, record => record is { Name: Zone, Type: "SOA" });
    }

    [Fact]
    public async Task What_is_no_list_is_told_apart()
    {
        using var stranger = Publisher(key: "not-the-key-but-a-secret");
        Assert.Equal("dns.api.key", (await Assert.ThrowsAsync<DnsPublishException>(() => ListAsync(stranger))).Code);
        using var lost = Publisher(zone: "nowhere.example");
        Assert.Equal("dns.api.zone", (await Assert.ThrowsAsync<DnsPublishException>(() => ListAsync(lost))).Code);
        using var nobody = Publisher(url: $"http://127.0.0.1:{FreePort.Next()}");
        Assert.Equal("dns.api.unreachable", (await Assert.ThrowsAsync<DnsPublishException>(() => ListAsync(nobody))).Code);

        await using var stub = await StubCloudflare.StartAsync();
        using var publisher = Publisher(url: stub.Url);
        foreach (var (status, body, code) in new[]
        {
            (200, "<html>\n", "dns.api.answer"), (200, "a.\t60\tIN\tA\t192.0.2.1\ncut off", "dns.api.answer"), (200, new string(' ', 600_000), "dns.api.answer"), (503, "", "dns.api.fault"), (302, "", "dns.api.answer"),
        })
        {
            stub.FailNext(status, body);
            Assert.Equal(code, (await Assert.ThrowsAsync<DnsPublishException>(() => ListAsync(publisher))).Code);
        }
    }

    [Fact]
    public async Task A_server_that_is_down_is_not_reached()
    {
        using var publisher = Publisher(url: $"http://127.0.0.1:{FreePort.Next()}");
        var failure = await Assert.ThrowsAsync<DnsPublishException>(() => publisher.ApplyAsync([new RecordChange("a.sts.example", "TXT", 300, ["\"x\""])], Cancel));
        Assert.Equal("dns.api.unreachable", failure.Code);
    }

    private PowerDnsPublisher Publisher(string zone = Zone, string? key = null, string serverId = "localhost", string? url = null) => new(
        Options.Create(new DnsOptions { Zone = zone, PowerDns = new PowerDnsSettings { Url = url ?? server.Dns.ApiUrl.ToString(), ApiKey = key ?? server.Dns.ApiKey, Server = serverId } }), new FakeTimeProvider());

    private static async Task<List<ListedRecord>> ListAsync(PowerDnsPublisher publisher)
    {
        var records = new List<ListedRecord>();
        await foreach (var record in publisher.ListAsync(Cancel))
        {
            records.Add(record);
        }

        return records;
    }

    private async Task<IReadOnlyList<string>> AskAsync(string name, string type)
    {
        // Nobody is looked for: the server is known.
        var answer = await new AuthoritativeLook(null!).AskAsync(new AuthoritativeServer("pdns", server.Dns.EndPoint), name, type, Cancel);
        Assert.True(answer.IsWord, $"{name} {type}: {answer.Outcome}");
        return answer.Data;
    }

    public sealed class Server : IAsyncLifetime
    {
        public PowerDnsServer Dns { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Dns = await PowerDnsServer.StartAsync(new Dictionary<string, string> { [Zone] = "" });

        public ValueTask DisposeAsync() => Dns is null ? ValueTask.CompletedTask : Dns.DisposeAsync();
    }
}
