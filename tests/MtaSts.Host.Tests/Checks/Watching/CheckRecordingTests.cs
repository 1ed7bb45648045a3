using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

public sealed class CheckRecordingTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task Report_watch_advisories_and_events_are_kept_together(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        var row = await app.RowAsync();
        await app.RecordAsync(Reports.Domain, "mx.no-starttls", "mx.cname", "tlsrpt.none");
        var watch = (await app.WatchAsync(row.Id))!;
        Assert.Equal((1, 1, null, row.Version, null), (watch.Errors, watch.Warnings, watch.CleanSince, watch.VersionChecked, watch.ClaimedUntil));
        Assert.Equal(["Added mx.no-starttls", "Added mx.cname"], await app.EventsAsync());
        Assert.Equal(2, (await app.Admin.GetAnswerAsync("domains/example.test/checks/latest")).Json.GetProperty("errors").GetInt32() + (await app.Admin.GetAnswerAsync("domains/example.test/checks/latest")).Json.GetProperty("warnings").GetInt32());

        app.Clock.Advance(TimeSpan.FromHours(24));
        await app.RecordAsync(Reports.Domain, "mx.no-starttls");
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.RecordAsync(Reports.Domain);
        Assert.Equal(["Added mx.no-starttls", "Added mx.cname", "Sustained mx.no-starttls", "Cleared mx.cname", "Cleared mx.no-starttls"], await app.EventsAsync());
        Assert.NotNull((await app.WatchAsync(row.Id))!.CleanSince);
        await using var db = app.Store().Open();
        Assert.Equal(0, await db.DomainAdvisories.CountAsync(Cancel));
        Assert.Equal(1, await db.DomainChecks.CountAsync(Cancel));
        var told = await db.AdvisoryEvents.OrderBy(one => one.Id).FirstAsync(Cancel);
        Assert.Equal((row.Id, row.TenantId, AdvisorySeverity.Error, false), (told.DomainId, told.TenantId, told.Severity, told.IsEnforced));
    }

    [Theory, BothStores]
    public async Task Events_say_whether_the_policy_was_enforced(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        await app.RecordAsync(Reports.Domain, "mx.no-starttls");
        await app.PutDomainAsync(Reports.Domain, mode: "enforce");
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.RecordAsync(Reports.Domain, "mx.no-starttls", "mx.certificate-name");
        await using var db = app.Store().Open();
        Assert.Equal([false, true], await db.AdvisoryEvents.OrderBy(told => told.Id).Select(told => told.IsEnforced).ToListAsync(Cancel));
    }

    [Theory, BothStores]
    public async Task A_domain_that_has_gone_meanwhile_leaves_nothing(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        var row = await app.RowAsync();
        await app.RecordAsync(Reports.Domain, "mx.no-starttls");
        (await app.Admin.CallAsync("DELETE", $"domains/{Reports.Domain}?now=true")).Is(System.Net.HttpStatusCode.NoContent);
        await NothingIsLeftAsync();
        await app.RecordAsync(row.Id, row.Version, Reports.Of(app.Clock.GetUtcNow(), "mx.no-starttls"));
        await NothingIsLeftAsync();
        // The history stays for its time, and has an end.
        Assert.Equal(["Added mx.no-starttls", "Cleared mx.no-starttls"], await app.EventsAsync());

        async Task NothingIsLeftAsync()
        {
            await using var db = app.Store().Open();
            Assert.Equal((0, 0, 0), (await db.DomainWatches.CountAsync(Cancel), await db.DomainAdvisories.CountAsync(Cancel), await db.DomainChecks.CountAsync(Cancel)));
        }
    }

    [Theory, BothStores]
    public async Task Checks_and_a_removal_at_the_same_time_leave_nothing_behind(StoreKind kind)
    {
        await using var app = await StartAsync(kind);
        var row = await app.RowAsync();
        for (var time = 0; time < 5; time++)
        {
            var checks = Enumerable.Range(0, 6).Select(one => app.RecordAsync(row.Id, row.Version, Reports.Of(app.Clock.GetUtcNow(), one % 2 == 0 ? ["mx.no-starttls"] : ["mx.cname", "mx.no-starttls"])));
            var removal = app.Admin.CallAsync("DELETE", $"domains/{Reports.Domain}?now=true");
            await Task.WhenAll([.. checks, removal]);
            (await removal).Is(System.Net.HttpStatusCode.NoContent);
            await using (var db = app.Store().Open())
            {
                Assert.Equal((0, 0), (await db.DomainWatches.CountAsync(Cancel), await db.DomainAdvisories.CountAsync(Cancel)));
            }

            await app.PutDomainAsync(Reports.Domain);
            row = await app.RowAsync();
        }
    }

    [Fact]
    public async Task Two_nodes_that_find_the_same_at_once_tell_it_once()
    {
        await using var one = await StartAsync(StoreKind.PostgreSql);
        await using var db = one.Store().Open();
        await using var two = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: db.Database.GetConnectionString(), clock: one.Clock);
        var row = await one.RowAsync();
        var report = Reports.Of(one.Clock.GetUtcNow(), "mx.no-starttls", "mx.cname");
        await Task.WhenAll(Enumerable.Range(0, 10).Select(time => (time % 2 == 0 ? one : two).RecordAsync(row.Id, row.Version, report)));
        Assert.Equal(["Added mx.no-starttls", "Added mx.cname"], await one.EventsAsync());
    }

    [Fact]
    public async Task What_was_judged_by_an_older_policy_is_not_believed()
    {
        await using var app = await StartAsync(StoreKind.Sqlite);
        var row = await app.RowAsync();
        await app.PutDomainAsync(Reports.Domain, maxAge: 90_000);
        await app.RecordAsync(row.Id, row.Version, Reports.Of(app.Clock.GetUtcNow(), "mx.not-in-policy"));
        Assert.Empty(await app.EventsAsync());
        Assert.True((await app.WatchAsync(row.Id))!.NextCheckAt <= app.Clock.GetUtcNow() + TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_check_that_was_overtaken_changes_nothing()
    {
        await using var app = await StartAsync(StoreKind.Sqlite);
        var row = await app.RowAsync();
        var before = app.Clock.GetUtcNow();
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await app.RecordAsync(Reports.Domain);
        await app.RecordAsync(row.Id, row.Version, Reports.Of(before, "mx.no-starttls"));
        Assert.Empty(await app.EventsAsync());
        // But a clock that was ahead is not for ever right.
        await app.RecordAsync(row.Id, row.Version, Reports.Of(before.AddDays(-20), "mx.no-starttls"));
        Assert.Equal(["Added mx.no-starttls"], await app.EventsAsync());
    }

    [Fact]
    public async Task Domains_that_are_not_served_or_on_their_way_out_are_not_watched()
    {
        await using var app = await StartAsync(StoreKind.Sqlite);
        await app.RecordAsync(Reports.Domain, "mx.no-starttls");
        var row = await app.RowAsync();
        await app.SetAsync(Reports.Domain, DomainState.Suspended);
        await app.RecordAsync(Reports.Domain, "mx.no-starttls");
        Assert.NotNull(await app.WatchAsync(row.Id));
        await app.SetAsync(Reports.Domain, DomainState.Removing);
        await app.RecordAsync(Reports.Domain, "mx.no-starttls");
        Assert.Null(await app.WatchAsync(row.Id));
        (await app.Admin.GetAnswerAsync("domains/example.test/checks/latest")).Is(System.Net.HttpStatusCode.OK);
    }

    [Fact]
    public async Task When_our_own_network_is_away_nobody_is_told_of_the_domains()
    {
        await using var app = await StartAsync(StoreKind.Sqlite);
        var names = Enumerable.Range(0, 30).Select(number => $"d{number}.test").ToList();
        foreach (var name in names)
        {
            await app.PutDomainAsync(name);
            await app.RecordAsync(name);
        }

        // Each has its own servers; a second look, and a third, find them silent too.
        for (var look = 0; look < 3; look++)
        {
            foreach (var name in names)
            {
                await app.RecordAsync(name, $"txt.dns@_mta-sts.{name}", $"mx.dns@{name}");
            }

            app.Clock.Advance(TimeSpan.FromMinutes(5));
        }

        foreach (var name in names)
        {
            Assert.Empty(await app.EventsAsync(name));
        }

        var health = (await app.Admin.GetAnswerAsync("/healthz/ready")).Json;
        Assert.Contains(health.GetProperty("why").EnumerateArray(), why => why.GetProperty("part").GetString() == "checks" && why.GetProperty("reason").GetString()!.Contains("own network", StringComparison.Ordinal));

        // It is back; one domain is really away.
        foreach (var name in names.Skip(1))
        {
            await app.RecordAsync(name);
        }

        await app.RecordAsync(names[0], $"mx.dns@{names[0]}");
        app.Clock.Advance(TimeSpan.FromMinutes(5));
        await app.RecordAsync(names[0], $"mx.dns@{names[0]}");
        Assert.Equal(["Added mx.dns"], await app.EventsAsync(names[0]));
        Assert.Empty(await app.EventsAsync(names[1]));
        Assert.NotNull((await app.WatchAsync((await app.RowAsync(names[1])).Id))!.CleanSince);
    }

    [Fact]
    public async Task What_our_own_network_cannot_have_done_is_told_meanwhile()
    {
        await using var app = await StartAsync(StoreKind.Sqlite);
        await SilenceAsync(app, isScheduled: true);
        await app.RecordAsync(Reports.Domain, "mx.dns@example.test", "tlsrpt.syntax");
        app.Clock.Advance(TimeSpan.FromMinutes(5));
        await app.RecordAsync(Reports.Domain, "mx.dns@example.test", "tlsrpt.syntax");
        Assert.Equal(["Added tlsrpt.syntax"], await app.EventsAsync());
        var watch = (await app.WatchAsync((await app.RowAsync()).Id))!;
        Assert.Equal((app.Clock.GetUtcNow(), null), (watch.CheckedAt, watch.CleanSince));
    }

    [Fact]
    public async Task Checks_that_people_ask_for_say_nothing_of_our_own_network()
    {
        await using var app = await StartAsync(StoreKind.Sqlite);
        await SilenceAsync(app, isScheduled: false);
        Assert.Null(app.Services.GetRequiredService<OwnSide>().Since);
    }

    private static async Task SilenceAsync(HostApp app, bool isScheduled)
    {
        foreach (var name in Enumerable.Range(0, 12).Select(number => $"d{number}.test"))
        {
            await app.PutDomainAsync(name);
            var row = await app.RowAsync(name);
            await app.Services.GetRequiredService<CheckRecording>().RecordAsync(row.Id, row.Version, Reports.Of(app.Clock.GetUtcNow(), $"mx.dns@{name}") with { Domain = name }, isScheduled, Cancel);
        }
    }

    private async Task<HostApp> StartAsync(StoreKind kind)
    {
        // It hands events on.
        var app = await HostApp.StartAsync(kind, postgres, services: services => services.Without<NoticeLoop>());
        await app.AddTenantAsync();
        await app.PutDomainAsync(Reports.Domain);
        return app;
    }
}
