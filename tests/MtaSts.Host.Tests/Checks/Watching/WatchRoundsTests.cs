using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Records;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data.Tables;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

/// <summary>Which domain is checked when, and by whom. No resolver answers: each check finds that quickly.</summary>
public sealed class WatchRoundsTests(PostgresServer postgres) : IAsyncDisposable
{
    // Who refuses at once costs a check no time.
    private readonly DnsStub _dns = new(query => query.Fail(5));

    private static readonly ChecksOptions Settings = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task A_new_domain_is_checked_some_minutes_later_and_an_old_one_within_a_day(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await app.PutDomainAsync("old.test");
        app.Clock.Advance(TimeSpan.FromHours(2));
        await app.PutDomainAsync("new.test");
        await app.TakeInAsync();
        var now = app.Clock.GetUtcNow();
        Assert.InRange((await app.WatchAsync((await app.RowAsync("new.test")).Id))!.NextCheckAt - now, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(5));
        Assert.InRange((await app.WatchAsync((await app.RowAsync("old.test")).Id))!.NextCheckAt - now, TimeSpan.Zero, TimeSpan.FromDays(1));
        Assert.Equal(0, await RoundAsync(app));
        app.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(2, await RoundAsync(app));
        Assert.Equal(0, await RoundAsync(app));
    }

    [Theory, BothStores]
    public async Task An_edit_of_the_policy_brings_the_check_forward(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await app.PutDomainAsync(Reports.Domain);
        await app.RecordAsync(Reports.Domain);
        await app.TakeInAsync();
        var id = (await app.RowAsync()).Id;
        Assert.Equal(app.Clock.GetUtcNow().AddDays(1), (await app.WatchAsync(id))!.NextCheckAt);
        await app.PutDomainAsync(Reports.Domain, maxAge: 90_000);
        await app.TakeInAsync();
        Assert.InRange((await app.WatchAsync(id))!.NextCheckAt - app.Clock.GetUtcNow(), TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(5));
    }

    [Theory, BothStores]
    public async Task A_removal_ends_the_watch_and_its_end_begins_it_again(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await app.PutDomainAsync(Reports.Domain);
        await app.RecordAsync(Reports.Domain, "mx.no-starttls");
        await app.TakeInAsync();
        var id = (await app.RowAsync()).Id;
        await app.SetAsync(Reports.Domain, DomainState.Removing);
        await app.TakeInAsync();
        Assert.Null(await app.WatchAsync(id));
        Assert.Equal(["Added mx.no-starttls", "Cleared mx.no-starttls"], await app.EventsAsync());
        Assert.Equal("""{"items":[],"next":null}""", (await app.Admin.GetAnswerAsync("domains/example.test/advisories")).Text);
        await app.SetAsync(Reports.Domain, DomainState.Active);
        await app.TakeInAsync();
        Assert.NotNull(await app.WatchAsync(id));
    }

    [Theory, BothStores]
    public async Task An_id_that_is_on_its_way_into_DNS_is_waited_for_but_not_for_ever(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await app.PutDomainAsync(Reports.Domain);
        var row = await app.RowAsync();
        await app.TakeInAsync();
        await app.Store().WriteAsideAsync(
            db =>
            {
                db.DnsRecords.Add(new DnsRecordStatus { Name = "x._mta-sts.sts.test", Type = "TXT", DomainId = row.Id, Wanted = "\"v=STSv1; id=1;\"", Gate = row.Revision, State = DnsRecordState.WaitingForHttps });
                return Task.CompletedTask;
            },
            Cancel);
        app.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(0, await RoundAsync(app));
        Assert.Equal(app.Clock.GetUtcNow().AddMinutes(2), (await app.WatchAsync(row.Id))!.NextCheckAt);
        app.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, await RoundAsync(app));
    }

    [Theory, BothStores]
    public async Task Times_of_a_clock_that_was_ahead_count_as_due(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await app.PutDomainAsync(Reports.Domain);
        await app.TakeInAsync();
        var far = app.Clock.GetUtcNow().AddDays(3);
        await app.Store().WriteAsideAsync(db => db.DomainWatches.ExecuteUpdateAsync(set => set.SetProperty(row => row.NextCheckAt, far).SetProperty(row => row.ClaimedUntil, far), Cancel), Cancel);
        Assert.Equal(1, await RoundAsync(app));
    }

    [Theory, BothStores]
    public async Task What_a_node_took_and_never_did_is_taken_again(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await app.PutDomainAsync(Reports.Domain);
        await app.TakeInAsync();
        app.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Single(await Claims(app).TakeAsync(10, Cancel));
        Assert.Empty(await Claims(app).TakeAsync(10, Cancel));
        app.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(1, await RoundAsync(app));
    }

    [Theory, BothStores]
    public async Task A_check_that_fails_is_put_off_and_keeps_nobody_else_from_his(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await app.PutDomainAsync(Reports.Domain);
        await app.TakeInAsync();
        app.Clock.Advance(TimeSpan.FromMinutes(10));
        using var runs = new CheckRuns(app.Services.GetRequiredService<DomainCheck>()) { Longest = TimeSpan.Zero };
        Assert.Equal(0, await ActivatorUtilities.CreateInstance<WatchRounds>(app.Services, Options.Create(Settings), runs).RoundAsync(Cancel));
        var watch = (await app.WatchAsync((await app.RowAsync()).Id))!;
        Assert.Equal((app.Clock.GetUtcNow() + Settings.EveryWhileWrong, null, null), (watch.NextCheckAt, watch.ClaimedUntil, watch.CheckedAt));
    }

    [Fact]
    public async Task Who_asks_for_a_check_gets_none_that_the_watch_has_begun()
    {
        await using var app = await StartAsync(StoreKind.Sqlite);
        var runs = app.Services.GetRequiredService<CheckRuns>();
        var (name, policy) = (CheckParts.Domain(Reports.Domain), new OwnPolicy("1", [], Array.Empty<byte>()));
        var (watch, asked) = (runs.WatchAsync(name, policy, Cancel), runs.RunAsync(name, policy, null, Cancel));
        Assert.NotSame(await watch, await asked);
    }

    [Theory, BothStores]
    public async Task Nodes_take_different_domains(StoreKind kind)
    {
        await using var one = await StartAsync(kind);
        await using var db = one.Store().Open();
        await using var two = await HostApp.StartAsync(kind, connectionString: db.Database.GetConnectionString(), clock: one.Clock, settings: ("Dns:Resolvers", _dns.Address));
        await FillAsync(one, 400);
        var taken = await Task.WhenAll(Enumerable.Range(0, 20).Select(time => Task.Run(() => Claims(time % 2 == 0 ? one : two).TakeAsync(16, Cancel))));
        var all = taken.SelectMany(ids => ids).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        while (await Claims(one).TakeAsync(16, Cancel) is { Count: > 0 } more)
        {
            all.AddRange(more);
        }

        Assert.Equal(400, all.Distinct().Count());
        Assert.Equal(400, all.Count);
    }

    [Theory, BothStores]
    public async Task What_is_taken_of_many_is_as_many_as_asked_for_and_what_waits_is_counted(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await FillAsync(app, 2_000);
        for (var time = 0; time < 50; time++)
        {
            Assert.Equal(16, (await Claims(app).TakeAsync(16, Cancel)).Count);
        }

        await app.TidyAsync();
        Assert.Equal(2_000, app.Services.GetRequiredService<WatchStatus>().Last.Overdue);
    }

    [Fact]
    public async Task Rows_of_domains_that_are_gone_go()
    {
        await using var app = await StartAsync(StoreKind.Sqlite);
        await FillAsync(app, 20);
        Assert.Equal(0, await RoundAsync(app));
        await using var db = app.Store().Open();
        Assert.Equal(0, await db.DomainWatches.CountAsync(Cancel));
    }

    [Fact]
    public async Task Health_says_when_checks_do_not_keep_up()
    {
        await using var app = await StartAsync(StoreKind.Sqlite);
        await app.PutDomainAsync(Reports.Domain);
        await app.TakeInAsync();
        app.Clock.Advance(TimeSpan.FromDays(1));
        await app.TidyAsync();
        Assert.DoesNotContain("checks", (await app.Admin.GetAnswerAsync("/healthz/ready")).Text, StringComparison.Ordinal);
        app.Clock.Advance(TimeSpan.FromDays(1.5));
        await app.TidyAsync();
        var why = Assert.Single((await app.Admin.GetAnswerAsync("/healthz/ready")).Json.GetProperty("why").EnumerateArray(), why => why.GetProperty("part").GetString() == "checks");
        Assert.Contains("Checks:Every", why.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory, BothStores]
    public async Task Old_events_go(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await app.PutDomainAsync(Reports.Domain);
        var row = await app.RowAsync();
        await app.RecordAsync(row.Id, row.Version, Reports.Of(app.Clock.GetUtcNow().AddDays(-401), "mx.no-starttls"));
        await app.RecordAsync(row.Id, row.Version, Reports.Of(app.Clock.GetUtcNow().AddDays(-399)));
        Assert.Equal(2, (await app.EventsAsync()).Length);
        await app.TidyAsync();
        Assert.Equal(["Cleared mx.no-starttls"], await app.EventsAsync());
    }

    private static WatchClaims Claims(HostApp app) => app.Services.GetRequiredService<WatchClaims>();

    private static Task<int> RoundAsync(HostApp app)
    {
        // The loop itself is off.
        var services = app.Services;
        return ActivatorUtilities.CreateInstance<WatchRounds>(services, Options.Create(Settings)).RoundAsync(Cancel);
    }

    // Watches alone: the time is spent in claims.
    private static Task FillAsync(HostApp app, int count) => app.Store().WriteAsideAsync(
        db => db.Database.ExecuteSqlAsync(
            $"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
            INSERT INTO domain_watches ("DomainId", "NextCheckAt", "Errors", "Warnings", "VersionChecked") SELECT i + 1000000, i, 0, 0, 0 FROM n
            """,
            Cancel),
        Cancel);

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    private async Task<HostApp> StartAsync(StoreKind kind)
    {
        var app = await HostApp.StartAsync(kind, postgres, settings: ("Dns:Resolvers", _dns.Address));
        await app.AddTenantAsync();
        return app;
    }
}
