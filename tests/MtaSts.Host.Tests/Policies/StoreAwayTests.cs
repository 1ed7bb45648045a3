using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Policies;

/// <summary>No outage of the store may make a policy unreachable: every policy is fetched, each over a fresh connection, while the store is broken.</summary>
public sealed class StoreAwayTests(PostgresServer postgres)
{
    private const int Domains = 30;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Moved_away()
    {
        await using var app = await ServingAsync(StoreKind.Sqlite);
        var file = Path.Combine(app.Directory, "mtasts.db");
        File.Move(file, file + ".away");
        await AllServedWhileEditsAre503Async(app);

        File.Move(file + ".away", file);
        await EditsWorkAgainAsync(app);
    }

    [Fact]
    public async Task Locked_by_another_process()
    {
        await using var app = await ServingAsync(StoreKind.Sqlite);
        await using (var other = new SqliteConnection($"Data Source={Path.Combine(app.Directory, "mtasts.db")};Pooling=False"))
        {
            await other.OpenAsync(Cancel);
            await using var command = other.CreateCommand();
            command.CommandText = "BEGIN EXCLUSIVE";
            await command.ExecuteNonQueryAsync(Cancel);
            await AllServedWhileEditsAre503Async(app);
        }

        await EditsWorkAgainAsync(app);
    }

    [Fact]
    public async Task Overwritten_with_garbage()
    {
        await using var app = await ServingAsync(StoreKind.Sqlite);
        // The log goes with the last connection, which another test's clearing of the pools may close.
        await using (var open = new SqliteConnection($"Data Source={Path.Combine(app.Directory, "mtasts.db")};Pooling=False"))
        {
            await open.OpenAsync(Cancel);
            await using var command = open.CreateCommand();
            command.CommandText = "SELECT count(*) FROM domains";
            await command.ExecuteScalarAsync(Cancel);
            foreach (var file in new[] { "mtasts.db", "mtasts.db-wal" })
            {
                await using var stream = new FileStream(Path.Combine(app.Directory, file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                var garbage = new byte[stream.Length];
                new Random(1).NextBytes(garbage);
                await stream.WriteAsync(garbage, Cancel);
            }
        }

        SqliteConnection.ClearAllPools();
        await AllServedWhileEditsAre503Async(app);
    }

    [Fact]
    public async Task Server_stopped()
    {
        await using var own = new PostgresServer();
        await using var app = await ServingAsync(StoreKind.PostgreSql, own);
        await own.StopAsync();
        await AllServedWhileEditsAre503Async(app);

        await own.StartAsync();
        await EditsWorkAgainAsync(app);
    }

    private async Task<HostApp> ServingAsync(StoreKind kind, PostgresServer? server = null)
    {
        var app = await HostApp.StartAsync(kind, server ?? postgres);
        await app.AddTenantAsync();
        for (var i = 0; i < Domains; i++)
        {
            await app.PutDomainAsync($"d{i}.test");
        }

        for (var i = 0; i < Domains; i++)
        {
            await app.FetchPolicyAsync($"d{i}.test");
        }

        return app;
    }

    private static async Task AllServedWhileEditsAre503Async(HostApp app)
    {
        using var edit = await app.Admin.PutAsJsonAsync("domains/d0.test", new { tenant = "acme", policy = new { mode = "enforce", mx = new[] { "mail.test" }, maxAge = 86400 } }, Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, edit.StatusCode);
        Assert.NotNull(edit.Headers.RetryAfter);
        Assert.Equal("store.away", (await edit.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString());

        for (var i = 0; i < Domains; i++)
        {
            // A client of its own each: a fresh connection, so TLS, too, must do without the store.
            using var client = app.PolicyClient();
            var text = await client.GetStringAsync(new Uri($"https://mta-sts.d{i}.test/.well-known/mta-sts.txt"), Cancel);
            Assert.Contains($"mx: mail.d{i}.test\r\n", text, StringComparison.Ordinal);
        }

        using var ready = await app.Admin.GetAsync(new Uri("/healthz/ready", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        var answer = await ready.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(answer.GetProperty("degraded").GetBoolean());
        Assert.Equal("store", answer.GetProperty("why")[0].GetProperty("part").GetString());
    }

    private static async Task EditsWorkAgainAsync(HostApp app)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                using var edit = await app.Admin.PutAsJsonAsync("domains/d0.test", new { tenant = "acme", policy = new { mode = "enforce", mx = new[] { "back.test" }, maxAge = 86400 } }, Cancel);
                return edit.IsSuccessStatusCode;
            },
            () => "edits work again");
        await app.FetchPolicyAsync("d0.test", text => text.Contains("mx: back.test", StringComparison.Ordinal));
    }
}
