using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;
using MtaSts.Host.Policies;
using MtaSts.Host.Tests.Data;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Nodes;

public sealed class NodesTests(PostgresServer postgres)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_edit_on_one_node_is_served_by_the_other_after_its_next_look()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var first = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: database);
        await using var second = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: database);
        await first.AddTenantAsync();

        var domain = await first.PutDomainAsync("a.example");
        await ServesAsync(second, "a.example", domain.GetProperty("policyId").GetString()!);

        var changed = await second.PutDomainAsync("a.example", mode: "enforce");
        await ServesAsync(first, "a.example", changed.GetProperty("policyId").GetString()!);

        (await first.Admin.CallAsync("DELETE", "domains/a.example?now=true")).Is(HttpStatusCode.NoContent);
        await AdvanceUntilAsync(second, () => !Policies(second).TryGet("a.example", out _), "the second node has let go of a.example");
    }

    [Theory, BothStores]
    public async Task A_heartbeat_tells_epoch_and_revision_that_are_served(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        await app.AddTenantAsync();
        var domain = await app.PutDomainAsync("a.example");
        await ServesAsync(app, "a.example", domain.GetProperty("policyId").GetString()!);
        var state = await StateAsync(app);

        NodeHeartbeat? beat = null;
        await Eventually.TrueAsync(
            async () =>
            {
                app.Clock.Advance(Beat);
                await using var db = app.Services.GetRequiredService<Store>().Open();
                beat = await db.NodeHeartbeats.SingleOrDefaultAsync(Cancel);
                return beat?.Revision == state.Revision;
            },
            () => $"the heartbeat tells {state.Revision}, not {beat?.Revision}");
        Assert.Equal(state.Epoch, beat!.Epoch);
        Assert.Equal(app.Services.GetRequiredService<NodeIdentity>().Name, beat.Node);
        // A beat is no edit.
        Assert.Equal(state.Revision, (await StateAsync(app)).Revision);
    }

    [Fact]
    public async Task A_backup_of_SQLite_put_back_while_the_service_is_stopped_begins_a_new_epoch()
    {
        using var folder = new TestFolder();
        using var aside = new TestFolder();
        var path = Path.Combine(folder.Path, "mtasts.db");
        var backup = Path.Combine(aside.Path, "backup.db");
        StoreState before;
        await using (var app = await HostApp.StartAsync(directory: folder.Path))
        {
            await app.AddTenantAsync();
            await app.PutDomainAsync("kept.example");
            await StoreAwayTests.BackUpAsync(path, backup);
            before = await StateAsync(app);
            var late = await app.PutDomainAsync("late.example");
            await ServesAsync(app, "late.example", late.GetProperty("policyId").GetString()!);
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var file in Directory.GetFiles(folder.Path, "mtasts.db*"))
        {
            File.Delete(file);
        }

        File.Move(backup, path);
        await using var again = await HostApp.StartAsync(directory: folder.Path);

        var after = await StateAsync(again);
        Assert.NotEqual(before.Epoch, after.Epoch);
        Assert.Equal(before.Revision, after.Revision);
        Assert.True(Policies(again).TryGet("kept.example", out _));
        Assert.False(Policies(again).TryGet("late.example", out _));
        Assert.Equal(after.Epoch, again.Services.GetRequiredService<ServedPosition>().Current!.Epoch);
    }

    [Theory, BothStores]
    public async Task A_restart_without_a_restore_keeps_the_epoch(StoreKind kind)
    {
        using var folder = new TestFolder();
        var database = kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : null;
        var epochs = new HashSet<string>();
        for (var start = 0; start < 3; start++)
        {
            await using var app = await HostApp.StartAsync(kind, connectionString: database, directory: folder.Path);
            epochs.Add((await StateAsync(app)).Epoch);
            await app.AddTenantAsync($"t{start}");
        }

        Assert.Single(epochs);
    }

    [Fact]
    public async Task Nodes_whose_PostgreSQL_goes_back_under_their_feet_load_all_again_in_one_new_epoch()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var first = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: database);
        await using var second = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: database);
        await first.AddTenantAsync();
        var kept = await first.PutDomainAsync("kept.example", maxAge: 700000);
        var before = await StateAsync(first);
        var late = await first.PutDomainAsync("late.example");
        var changed = await first.PutDomainAsync("kept.example", maxAge: 800000);
        foreach (var node in new[] { first, second })
        {
            await ServesAsync(node, "late.example", late.GetProperty("policyId").GetString()!);
            await ServesAsync(node, "kept.example", changed.GetProperty("policyId").GetString()!);
        }

        await RestoreAsync(first, before.Revision, kept);

        foreach (var node in new[] { first, second })
        {
            await ServesAsync(node, "kept.example", kept.GetProperty("policyId").GetString()!);
            Assert.False(Policies(node).TryGet("late.example", out _));
        }

        var after = await StateAsync(first);
        Assert.NotEqual(before.Epoch, after.Epoch);
        Assert.Equal(after.Epoch, first.Services.GetRequiredService<ServedPosition>().Current!.Epoch);
        Assert.Equal(after.Epoch, second.Services.GetRequiredService<ServedPosition>().Current!.Epoch);

        // And the new history goes on as usual.
        var next = await second.PutDomainAsync("next.example");
        await ServesAsync(first, "next.example", next.GetProperty("policyId").GetString()!);
    }

    [Fact]
    public async Task A_node_that_slept_through_a_restore_and_the_edits_after_it_does_not_serve_the_old_history()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var asleep = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: database);
        await asleep.AddTenantAsync();
        var kept = await asleep.PutDomainAsync("kept.example", maxAge: 700000);
        var before = await StateAsync(asleep);
        await asleep.PutDomainAsync("late.example");
        var changed = await asleep.PutDomainAsync("kept.example", maxAge: 800000);
        await ServesAsync(asleep, "kept.example", changed.GetProperty("policyId").GetString()!);

        // A node with a folder of its own that remembers nothing takes the restored store past the revision that the first one has read.
        await RestoreAsync(asleep, before.Revision, kept);
        await using var fresh = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: database);
        for (var i = 0; i < 5; i++)
        {
            await fresh.PutDomainAsync($"new{i}.example");
        }

        Assert.True((await StateAsync(fresh)).Revision > before.Revision + 2);
        await ServesAsync(asleep, "kept.example", kept.GetProperty("policyId").GetString()!);
        // A look that the clock had already made due may have come between the restore and the last of the edits.
        await AdvanceUntilAsync(asleep, () => Policies(asleep).TryGet("new4.example", out _), "new4.example is served");
        Assert.False(Policies(asleep).TryGet("late.example", out _));
    }

    [Fact]
    public async Task An_empty_store_in_place_of_the_lost_one_takes_no_policy_away()
    {
        using var folder = new TestFolder();
        var path = Path.Combine(folder.Path, "mtasts.db");
        await using var app = await HostApp.StartAsync(connectionString: $"Data Source={path}");
        await app.AddTenantAsync();
        var kept = await app.PutDomainAsync("kept.example");
        await ServesAsync(app, "kept.example", kept.GetProperty("policyId").GetString()!);

        foreach (var file in Directory.GetFiles(folder.Path, "mtasts.db*"))
        {
            File.Delete(file);
        }

        // What an operator's first aid would do: a store made anew at the same place.
        await using (var other = await HostApp.StartAsync(connectionString: $"Data Source={path}"))
        {
            await AdvanceUntilAsync(app, () => app.Services.GetRequiredService<StoreHealth>().Fault is not null, "the fault is seen");

            // Also when it is not empty any more; and what this node would write there is refused.
            await other.AddTenantAsync();
            await other.PutDomainAsync("stranger.example");
            (await app.Admin.CallAsync("PUT", "domains/kept.example", ApiCalls.Put("acme", "enforce"))).IsProblem(System.Net.HttpStatusCode.ServiceUnavailable, "store.away");
            await AdvanceUntilAsync(app, () => app.Services.GetRequiredService<StoreHealth>().Fault is not null, "the fault is still seen");
            Assert.False(Policies(app).TryGet("stranger.example", out _));
        }

        Assert.True(Policies(app).TryGet("kept.example", out _));
        Assert.Contains("mx: mail.kept.example", await app.FetchPolicyAsync("kept.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_has_read_a_store_does_not_start_on_an_empty_one()
    {
        using var folder = new TestFolder();
        await using (var app = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: await postgres.CreateDatabaseAsync(), directory: folder.Path))
        {
            await app.AddTenantAsync();
            await AdvanceUntilAsync(app, () => app.Services.GetRequiredService<NodeIdentity>().Position is { Revision: > 0 }, "the position is remembered");
        }

        await RefusedAsync(await postgres.CreateDatabaseAsync(), "The store is empty, although this node has read revision");

        // Nor on another one that somebody has begun.
        var other = await postgres.CreateDatabaseAsync();
        await using var elsewhere = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: other);
        await RefusedAsync(other, "This is another store");

        async Task RefusedAsync(string database, string why)
        {
            await using var again = ServiceHost.Build([$"--Data:Directory={folder.Path}", "--Data:Provider=PostgreSql", $"--ConnectionStrings:Store={database}"]);
            var refusal = await Assert.ThrowsAsync<StoreMissingException>(() => again.StartAsync(Cancel));
            Assert.StartsWith(why, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Two_processes_cannot_serve_from_one_folder()
    {
        using var folder = new TestFolder();
        await using var first = await HostApp.StartAsync(directory: folder.Path);
        await using var second = ServiceHost.Build([$"--Data:Directory={folder.Path}"]);
        var refusal = await Assert.ThrowsAsync<SettingsException>(() => second.StartAsync(Cancel));
        Assert.Contains("each node needs a Data:Directory of its own", refusal.Message, StringComparison.Ordinal);
    }

    [Theory, BothStores]
    public async Task A_damaged_row_keeps_its_last_policy_and_stops_no_other(StoreKind kind)
    {
        var database = kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : null;
        await using var app = await HostApp.StartAsync(kind, connectionString: database);
        await app.AddTenantAsync();
        await app.PutDomainAsync("damaged.example");
        await app.PutDomainAsync("other.example");
        await app.FetchPolicyAsync("damaged.example");
        await using (var db = app.Services.GetRequiredService<Store>().Open())
        {
            await db.Database.ExecuteSqlRawAsync(
                """UPDATE domains SET "Mx" = 'not a pattern', "Revision" = (SELECT max("Revision") + 1 FROM domains) WHERE "Name" = 'damaged.example'""", Cancel);
        }

        var next = await app.PutDomainAsync("other.example", maxAge: 700000);
        await ServesAsync(app, "other.example", next.GetProperty("policyId").GetString()!);
        Assert.Contains("mx: mail.damaged.example", await app.FetchPolicyAsync("damaged.example"), StringComparison.Ordinal);

        (await app.Admin.GetAnswerAsync("domains")).Is(System.Net.HttpStatusCode.OK);
        (await app.Admin.CallAsync("PUT", "domains/damaged.example", ApiCalls.Put("acme", "testing", 86400, "mended.example"))).Is(System.Net.HttpStatusCode.OK);
        await app.FetchPolicyAsync("damaged.example", text => text.Contains("mx: mended.example", StringComparison.Ordinal));
    }

    private static async Task RestoreAsync(HostApp app, long revision, System.Text.Json.JsonElement kept)
    {
        // What a restored dump would hold.
        await using var db = app.Services.GetRequiredService<Store>().Open();
        await db.Database.ExecuteSqlRawAsync(
            """
            DELETE FROM domains WHERE "Name" = 'late.example';
            DELETE FROM policy_versions WHERE "Number" = 2;
            DELETE FROM revisions WHERE "Revision" > {0};
            UPDATE domains SET "MaxAge" = 700000, "Version" = 1, "Revision" = {0}, "PolicyId" = {1};
            UPDATE store_state SET "Revision" = {0}, "Stamp" = (SELECT "Stamp" FROM revisions WHERE "Revision" = {0});
            """,
            [revision, kept.GetProperty("policyId").GetString()!],
            Cancel);
    }

    private static PublishedPolicies Policies(HostApp app) => app.Services.GetRequiredService<PublishedPolicies>();

    private static Task ServesAsync(HostApp app, string domain, string policyId) =>
        AdvanceUntilAsync(app, () => Policies(app).TryGet(domain, out var policy) && policy.PolicyId == policyId, $"{domain} is served with id {policyId}");

    private static Task AdvanceUntilAsync(HostApp app, Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            app.Clock.Advance(Look);
            return condition();
        },
        what);

    private static async Task<StoreState> StateAsync(HostApp app)
    {
        await using var db = app.Services.GetRequiredService<Store>().Open();
        return await db.StoreState.SingleAsync(Cancel);
    }
}
