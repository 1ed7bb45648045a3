using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Policies;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Data;

/// <summary>While the store is away edits wait and policies are served on; when it is back all is well without a restart.</summary>
public sealed class StoreAwayTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_PostgreSQL_that_stops_and_starts_again()
    {
        await using var server = new PostgresServer();
        await using var app = await HostApp.StartAsync(StoreKind.PostgreSql, server);
        await PrepareAsync(app);

        await server.StopAsync();
        await AssertAwayAsync(app);

        await server.StartAsync();
        await AssertBackAsync(app);
    }

    [Fact]
    public async Task A_SQLite_file_that_is_moved_away_and_back()
    {
        await using var app = await HostApp.StartAsync();
        await PrepareAsync(app);
        using var aside = new TestFolder();

        MoveStore(app.Directory, aside.Path);
        await AssertAwayAsync(app);
        Assert.False(File.Exists(Path.Combine(app.Directory, "mtasts.db")));

        MoveStore(aside.Path, app.Directory);
        await AssertBackAsync(app);
    }

    [Fact]
    public async Task A_SQLite_file_that_is_replaced_by_garbage_and_put_back()
    {
        await using var app = await HostApp.StartAsync();
        await PrepareAsync(app);
        using var aside = new TestFolder();

        MoveStore(app.Directory, aside.Path);
        await File.WriteAllBytesAsync(Path.Combine(app.Directory, "mtasts.db"), [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7919 >> 3))], Cancel);
        await AssertAwayAsync(app);

        File.Delete(Path.Combine(app.Directory, "mtasts.db"));
        MoveStore(aside.Path, app.Directory);
        await AssertBackAsync(app);
    }

    [Fact]
    public async Task A_SQLite_file_that_another_program_keeps_locked()
    {
        await using var app = await HostApp.StartAsync();
        await PrepareAsync(app);
        await using (var other = new SqliteConnection($"Data Source={Path.Combine(app.Directory, "mtasts.db")};Pooling=False"))
        {
            await other.OpenAsync(Cancel);
            await using var command = other.CreateCommand();
            command.CommandText = "BEGIN EXCLUSIVE";
            await command.ExecuteNonQueryAsync(Cancel);

            // Longer than the busy timeout, and several that queue behind each other.
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => app.Admin.CallAsync("PUT", $"domains/new{i}.example", ApiCalls.Put())));

            Assert.All(answers, AssertStoreAway);
            // Write-ahead logging: who only reads does not wait.
            (await app.Admin.GetAnswerAsync("domains/kept.example")).Is(HttpStatusCode.OK);
            (await app.Admin.GetAnswerAsync("/healthz/ready")).Is(HttpStatusCode.OK);
            Assert.True(app.Services.GetRequiredService<PublishedPolicies>().TryGet("kept.example", out _));
        }

        await AssertBackAsync(app);
        (await app.Admin.GetAnswerAsync("domains/new0.example")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_SQLite_file_that_is_replaced_while_the_service_runs_gets_all_later_edits()
    {
        await using var app = await HostApp.StartAsync();
        await PrepareAsync(app);
        using var aside = new TestFolder();
        var path = Path.Combine(app.Directory, "mtasts.db");
        await BackUpAsync(path, Path.Combine(aside.Path, "backup.db"));
        await app.PutDomainAsync("lost.example");

        foreach (var file in Directory.GetFiles(app.Directory, "mtasts.db*"))
        {
            File.Move(file, Path.Combine(aside.Path, Path.GetFileName(file)));
        }

        File.Move(Path.Combine(aside.Path, "backup.db"), path);
        await app.PutDomainAsync("later.example");

        await using var db = new SqliteConnection($"Data Source={path};Pooling=False");
        await db.OpenAsync(Cancel);
        await using var command = db.CreateCommand();
        command.CommandText = "SELECT group_concat(Name, ' ') FROM (SELECT Name FROM domains ORDER BY Name)";
        Assert.Equal("kept.example later.example", await command.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task A_node_that_has_read_a_store_does_not_start_on_an_empty_one_in_its_place()
    {
        using var folder = new TestFolder();
        await using (var app = await HostApp.StartAsync(directory: folder.Path))
        {
            await PrepareAsync(app);
        }

        using var aside = new TestFolder();
        MoveStore(folder.Path, aside.Path);
        await Assert.ThrowsAnyAsync<Exception>(() => HostApp.StartAsync(directory: folder.Path));
        Assert.False(File.Exists(Path.Combine(folder.Path, "mtasts.db")));

        MoveStore(aside.Path, folder.Path);
        await using var again = await HostApp.StartAsync(directory: folder.Path);
        Assert.True(again.Services.GetRequiredService<PublishedPolicies>().TryGet("kept.example", out _));
    }

    internal static async Task BackUpAsync(string path, string copy)
    {
        await using var db = new SqliteConnection($"Data Source={path};Pooling=False");
        await db.OpenAsync(Cancel);
        await using var command = db.CreateCommand();
        command.CommandText = "VACUUM INTO $copy";
        command.Parameters.AddWithValue("$copy", copy);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task PrepareAsync(HostApp app)
    {
        await app.AddTenantAsync();
        await app.PutDomainAsync("kept.example");
        var policies = app.Services.GetRequiredService<PublishedPolicies>();
        await Eventually.TrueAsync(() => policies.TryGet("kept.example", out _), "kept.example is published");
    }

    private static void MoveStore(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "mtasts.db*"))
        {
            File.Move(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static async Task AssertAwayAsync(HostApp app)
    {
        foreach (var (method, path, body) in new (string, string, object?)[]
        {
            ("PUT", "domains/new.example", ApiCalls.Put()), ("GET", "domains/kept.example", null), ("GET", "domains", null), ("DELETE", "domains/kept.example?now=true", null),
            ("POST", "tenants", new { name = "other" }), ("GET", "audit", null),
        })
        {
            AssertStoreAway(await app.Admin.CallAsync(method, path, body));
        }

        // The loader fails too, round after round.
        for (var round = 0; round < 3; round++)
        {
            app.Clock.Advance(TimeSpan.FromSeconds(1));
            var ready = (await app.Admin.GetAnswerAsync("/healthz/ready")).Is(HttpStatusCode.OK);
            Assert.Equal("ready", ready.Member("status"));
            Assert.True(ready.Json.GetProperty("degraded").GetBoolean());
            var why = ready.Json.GetProperty("why").EnumerateArray().Single();
            Assert.Equal("store", why.GetProperty("part").GetString());
            Assert.NotEmpty(why.GetProperty("reason").GetString()!);
            Assert.DoesNotContain("mtasts", why.GetProperty("reason").GetString(), StringComparison.Ordinal);
            Assert.True(why.GetProperty("since").GetDateTimeOffset() <= app.Clock.GetUtcNow());
            Assert.Equal(1, ready.Json.GetProperty("policies").GetInt32());
        }

        (await app.Admin.GetAnswerAsync("/healthz/live")).Is(HttpStatusCode.OK);
        Assert.True(app.Services.GetRequiredService<PublishedPolicies>().TryGet("kept.example", out _));
    }

    private static async Task AssertBackAsync(HostApp app)
    {
        ApiAnswer? last = null;
        await Eventually.TrueAsync(
            async () =>
            {
                app.Clock.Advance(TimeSpan.FromSeconds(1));
                last = await app.Admin.GetAnswerAsync("/healthz/ready");
                return !last.Json.GetProperty("degraded").GetBoolean();
            },
            () => $"the store is back; ready says {last?.Text}");
        (await app.Admin.GetAnswerAsync("domains/kept.example")).Is(HttpStatusCode.OK);
        await app.PutDomainAsync("back.example");
        var policies = app.Services.GetRequiredService<PublishedPolicies>();
        await Eventually.TrueAsync(() => policies.TryGet("back.example", out _), "back.example is published");
        Assert.True(policies.TryGet("kept.example", out _));
    }

    private static void AssertStoreAway(ApiAnswer answer)
    {
        answer.IsProblem(HttpStatusCode.ServiceUnavailable, "store.away");
        Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }
}
