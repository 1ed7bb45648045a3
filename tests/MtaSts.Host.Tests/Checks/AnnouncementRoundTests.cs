using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MtaSts.Host.Checks;
using MtaSts.Host.Data;
using MtaSts.Host.Domains;
using MtaSts.Host.Tests.Domains;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks;

/// <summary>Rounds over ids that wait, run by the test, with a guard that finds what it says.</summary>
public sealed class AnnouncementRoundTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_goes_wrong_with_some_domains_keeps_no_other_waiting()
    {
        var guard = new ScriptedGuard { Of = domain => domain.Name == "thrown.test" ? throw new InvalidOperationException("A mistake of ours.") : GuardFinding.None };
        await using var app = await StartAsync(guard);
        string[] bad = [.. Enumerable.Range(0, 64).Select(index => $"damaged{index}.test"), "thrown.test"];
        foreach (var name in bad)
        {
            await app.PutDomainAsync(name, mode: "enforce");
        }

        await app.PutDomainAsync("good.test", mode: "enforce");
        await Store(app).WriteAsideAsync(db => db.Domains.Where(row => row.Name.StartsWith("damaged")).ExecuteUpdateAsync(set => set.SetProperty(row => row.Mx, "not a pattern"), Cancel), Cancel);

        await RoundAsync(app);
        await RoundAsync(app);
        Assert.Equal(bad.Order(StringComparer.Ordinal), await HeldAsync(app));
        await using var db = Store(app).Open();
        Assert.True(await db.AnnouncementHolds.AllAsync(hold => hold.NextLookAt == app.Clock.GetUtcNow().AddHours(1), Cancel));
    }

    [Fact]
    public async Task A_wait_that_another_node_ended_meanwhile_is_no_failure()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        await app.PutDomainAsync("one.test", mode: "enforce");
        await app.PutDomainAsync("two.test", mode: "enforce");
        guard.WhileJudging = () => Store(app).WriteAsideAsync(db => db.AnnouncementHolds.Where(hold => db.Domains.Any(row => row.Id == hold.DomainId && row.Name == "one.test")).ExecuteDeleteAsync(Cancel), Cancel);
        await RoundAsync(app);
        Assert.Empty(await HeldAsync(app));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_version_that_came_while_the_one_before_was_judged_goes_on_waiting(bool isRefused)
    {
        var guard = new ScriptedGuard { Finding = isRefused ? new(true, "guard.refused", "No.", []) : GuardFinding.None };
        await using var app = await StartAsync(guard);
        await app.PutDomainAsync("one.test", mode: "enforce");
        guard.WhileJudging = () => app.PutDomainAsync("one.test", mode: "enforce", maxAge: 90000);
        await RoundAsync(app);
        await using var db = Store(app).Open();
        var hold = await db.AnnouncementHolds.SingleAsync(Cancel);
        Assert.Equal((null, true), (hold.Code, hold.NextLookAt <= app.Clock.GetUtcNow()));
    }

    // On SQLite there is one writer, whatever it writes.
    [Fact]
    public async Task A_wait_does_not_end_while_another_node_is_in_the_middle_of_an_edit_that_relies_on_it()
    {
        var connection = await postgres.CreateDatabaseAsync();
        var guard = new ScriptedGuard();
        await using var first = await StartAsync(guard, connection);
        await using var second = await StartAsync(guard, connection);
        await first.PutDomainAsync("one.test", mode: "enforce");

        var round = Task.CompletedTask;
        await Store(first).WriteAsync(
            async write =>
            {
                var row = await write.Db.Domains.SingleAsync(Cancel);
                // As an edit of its template does: it waits, so its next policy is not judged now.
                Assert.NotEmpty(await write.Db.AnnouncementHolds.ToListAsync(Cancel));
                round = RoundAsync(second);
                await Eventually.TrueAsync(async () => round.IsCompleted || await IsAnyoneWaitingAsync(second), () => "the other node's round is over, or waits for this edit");
                row.Version++;
                return true;
            },
            Cancel);
        await round;
        Assert.Equal(["one.test"], await HeldAsync(first));
    }

    private static async Task<HostApp> StartAsync(ScriptedGuard guard, string? connection = null)
    {
        var app = await HostApp.StartAsync(
            connection is null ? StoreKind.Sqlite : StoreKind.PostgreSql,
            connectionString: connection,
            // It tells of each mistake, and the console of all tests keeps room for failures.
            settings: ("Logging:LogLevel:MtaSts.Host.Checks.AnnouncementUpkeep", "None"),
            services: services => services.Without<AnnouncementUpkeep>().AddSingleton<AnnouncementUpkeep>().Replace(ServiceDescriptor.Singleton<IEditGuard>(guard)));
        if (connection is null || !await AnyTenantAsync(app))
        {
            await app.AddTenantAsync();
        }

        return app;
    }

    private static async Task<bool> AnyTenantAsync(HostApp app)
    {
        await using var db = Store(app).Open();
        return await db.Tenants.AnyAsync(Cancel);
    }

    private static async Task<bool> IsAnyoneWaitingAsync(HostApp app)
    {
        await using var db = Store(app).Open();
        return await db.Database.SqlQuery<int>($"""SELECT count(*)::int AS "Value" FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'""").SingleAsync(Cancel) > 0;
    }

    private static Store Store(HostApp app) => app.Services.GetRequiredService<Store>();

    private static Task RoundAsync(HostApp app) => app.Services.GetRequiredService<AnnouncementUpkeep>().RoundAsync(Cancel);

    private static async Task<string[]> HeldAsync(HostApp app)
    {
        await using var db = Store(app).Open();
        return [.. (await db.AnnouncementHolds.Join(db.Domains, hold => hold.DomainId, row => row.Id, (hold, row) => row.Name).ToListAsync(Cancel)).Order(StringComparer.Ordinal)];
    }
}
