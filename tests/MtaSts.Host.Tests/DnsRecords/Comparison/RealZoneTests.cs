using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Tests.DnsRecords.Gate;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Comparison;

/// <summary>The service against real servers in whose zone somebody else has been.</summary>
public sealed class RealZoneTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("BIND")]
    [InlineData("Knot")]
    [InlineData("PowerDNS")]
    public async Task What_was_deleted_at_the_server_comes_back_at_the_next_start_and_a_strangers_label_is_told_and_stays(string program)
    {
        await using var zone = await RealZone.StartAsync(program);
        using var folder = new TestFolder();
        string label;
        IReadOnlyList<string> text;
        await using (var first = await HostApp.StartAsync(directory: folder.Path, settings: zone.Settings))
        {
            label = await AddDomainAsync(first);
            var found = await FoundAsync(first, found => found.GetProperty("comparedAt").ValueKind != JsonValueKind.Null);
            Assert.Equal(["A 192.0.2.66", "TXT \"theirs\""], Items(found, "unknown"));
            text = await zone.AskAsync($"{label}._mta-sts.{RealZone.Name}", "TXT");
            Assert.Single(text);
        }

        await zone.DeleteAsync($"{label}._mta-sts.{RealZone.Name}", "TXT");
        await zone.DeleteAsync($"{label}.host.{RealZone.Name}", "AAAA");
        await using var second = await HostApp.StartAsync(directory: folder.Path, settings: zone.Settings);

        await UntilAsync(
            second,
            async () => await zone.AskAsync($"{label}._mta-sts.{RealZone.Name}", "TXT") is [_] && await zone.AskAsync($"{label}.host.{RealZone.Name}", "AAAA") is [_],
            "both are back");
        Assert.Equal(text, await zone.AskAsync($"{label}._mta-sts.{RealZone.Name}", "TXT"));
        Assert.Equal(["2001:db8::10"], await zone.AskAsync($"{label}.host.{RealZone.Name}", "AAAA"));
        await UntilAsync(second, async () => (await RowsAsync(second)).TrueForAll(row => row is { State: DnsRecordState.Live, Code: null }), "all are live");
        var seen = await FoundAsync(second, found => found.GetProperty("missing").GetProperty("count").GetInt32() == 2);
        Assert.Equal(["AAAA 2001:db8::10", $"TXT {text[0]}"], Items(seen, "missing"));
        Assert.Equal(["A 192.0.2.66", "TXT \"theirs\""], Items(seen, "unknown"));
        // What is ours, and the stranger's two.
        Assert.Equal((3, RealZone.Name), (seen.GetProperty("records").GetInt32(), seen.GetProperty("zone").GetString()));
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("problem").ValueKind);
        Assert.Equal(["\"theirs\""], await zone.AskAsync(RealZone.Stranger, "TXT"));
        Assert.Equal(["192.0.2.66"], await zone.AskAsync(RealZone.Stranger, "A"));
        await second.HealthIsDegradedByAsync("zone");
        Assert.DoesNotContain("stranger", (await second.Admin.GetAnswerAsync("/healthz/ready")).Text, StringComparison.Ordinal);
    }

    /// <summary>PowerDNS takes requests whatever this clock says; a signature of a clock an hour ahead nobody takes.</summary>
    [Fact]
    public async Task The_zone_is_compared_each_hour()
    {
        await using var zone = await RealZone.StartAsync("PowerDNS");
        await using var app = await HostApp.StartAsync(settings: zone.Settings);
        var label = await AddDomainAsync(app);
        await FoundAsync(app, found => found.GetProperty("comparedAt").ValueKind != JsonValueKind.Null);
        await zone.DeleteAsync($"{label}.host.{RealZone.Name}", "A");
        app.Clock.Advance(TimeSpan.FromMinutes(50));
        await UntilAsync(app, async () => (await RowsAsync(app)).TrueForAll(row => row.State == DnsRecordState.Live), "the service goes on");
        Assert.Empty(await zone.AskAsync($"{label}.host.{RealZone.Name}", "A"));

        app.Clock.Advance(TimeSpan.FromMinutes(11));
        await UntilAsync(app, async () => await zone.AskAsync($"{label}.host.{RealZone.Name}", "A") is ["192.0.2.10"], "it is back");
    }

    /// <summary>RFC 8461 §8.1: also an id that was in DNS before is not written while a node does not serve its text.</summary>
    [Fact]
    public async Task An_id_that_was_deleted_waits_at_the_gate_like_every_other()
    {
        await using var zone = await RealZone.StartAsync("BIND");
        using var folder = new TestFolder();
        string label;
        await using (var first = await HostApp.StartAsync(directory: folder.Path, settings: zone.Settings))
        {
            label = await AddDomainAsync(first);
            await first.Get<Store>().WriteAsideAsync(
                db =>
                {
                    db.NodeHeartbeats.Add(new NodeHeartbeat { Node = "without-the-text", Epoch = "", At = first.Clock.GetUtcNow() });
                    return Task.CompletedTask;
                },
                Cancel);
        }

        var owner = $"{label}._mta-sts.{RealZone.Name}";
        await zone.DeleteAsync(owner, "TXT");
        await zone.DeleteAsync($"{label}.host.{RealZone.Name}", "A");
        await using var second = await HostApp.StartAsync(directory: folder.Path, settings: zone.Settings);
        await UntilAsync(second, async () => await zone.AskAsync($"{label}.host.{RealZone.Name}", "A") is [_], "the address, which announces nothing, is back");
        await UntilAsync(second, async () => (await RowsAsync(second)).Single(row => row.Type == "TXT").State == DnsRecordState.WaitingForHttps, "the id waits");
        Assert.Empty(await zone.AskAsync(owner, "TXT"));

        await second.Get<Store>().WriteAsideAsync(db => db.NodeHeartbeats.Where(row => row.Node == "without-the-text").ExecuteDeleteAsync(Cancel), Cancel);
        await UntilAsync(second, async () => await zone.AskAsync(owner, "TXT") is [_], "the id is back");
    }

    [Theory]
    [InlineData("BIND", "dns.transfer.refused", "allow-transfer")]
    [InlineData("Knot", "dns.transfer.bad-key", "action transfer")]
    public async Task A_server_that_refuses_transfers_is_told_of_once_and_publication_goes_on(string program, string code, string remedy)
    {
        using var logs = new RecordedLogs();
        await using var zone = await RealZone.StartAsync(program, mayTransfer: false);
        await using var app = await HostApp.StartAsync(settings: [.. zone.Settings, ("Logging:LogLevel:MtaSts.Host.DnsRecords.Comparison", "Information")], services: services => services.AddSingleton<ILoggerProvider>(logs));
        var label = await AddDomainAsync(app);
        var found = await FoundAsync(app, found => found.GetProperty("problem").ValueKind == JsonValueKind.Object);
        Assert.Equal(code, found.GetProperty("problem").GetProperty("code").GetString());
        Assert.Contains(remedy, found.GetProperty("problem").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, found.GetProperty("comparedAt").ValueKind);
        await app.HealthIsDegradedByAsync("zone");

        var edit = await app.PutDomainAsync("example.test", maxAge: 86400);
        await UntilAsync(
            app, async () => await zone.AskAsync($"{label}._mta-sts.{RealZone.Name}", "TXT") is [var text] && text == $"\"v=STSv1; id={edit.GetProperty("policyId").GetString()};\"", "the next id is in DNS");
        Assert.Single(logs.Lines, line => line.Contains("cannot be compared", StringComparison.Ordinal));
    }

    private static async Task<string> AddDomainAsync(HostApp app)
    {
        await app.AddTenantAsync();
        await app.PutDomainAsync("example.test");
        await UntilAsync(app, async () => (await RowsAsync(app)) is { Count: 3 } rows && rows.TrueForAll(row => row.State == DnsRecordState.Live), "all records are live");
        return (await app.RowAsync("example.test")).Label;
    }

    /// <summary>What the API says of the zone, once it says so.</summary>
    private static async Task<JsonElement> FoundAsync(HostApp app, Func<JsonElement, bool> condition)
    {
        JsonElement last = default;
        await UntilAsync(app, async () => condition(last = (await app.Admin.GetAnswerAsync("zone")).Json), "the zone was compared");
        return last;
    }

    private static IEnumerable<string> Items(JsonElement found, string member) => found.GetProperty(member).GetProperty("items").EnumerateArray()
        .Select(item => $"{item.GetProperty("type").GetString()} {string.Join(' ', item.GetProperty("data").EnumerateArray().Select(data => data.GetString()))}").Order(StringComparer.Ordinal);

    private static async Task<List<DnsRecordStatus>> RowsAsync(HostApp app)
    {
        await using var db = app.Get<Store>().Open();
        return await db.DnsRecords.ToListAsync(Cancel);
    }

    private static Task UntilAsync(HostApp app, Func<Task<bool>> condition, string what) => Eventually.TrueAsync(
        async () =>
        {
            // However long it takes, less than the 300 s that a signature may be off (RFC 8945 §10).
            app.Clock.Advance(TimeSpan.FromMilliseconds(50));
            return await condition();
        },
        () => $"{what}; there are {string.Join("; ", RowsAsync(app).GetAwaiter().GetResult().Select(row => $"{row.Name} {row.Type} {row.State} {row.Code} {row.Reason}"))}; "
            + app.Admin.GetAnswerAsync("zone").GetAwaiter().GetResult().Text);
}
