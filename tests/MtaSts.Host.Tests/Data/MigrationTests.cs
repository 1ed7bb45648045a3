using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Data;

public sealed class MigrationTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a b", "a b", true, "")]
    [InlineData("a b", "a", true, "b")]
    [InlineData("a b", "", true, "a b")]
    [InlineData("a b", "", false, "a b")]
    [InlineData("a b", "a b", false, "")]
    [InlineData("a b", "a", false, "older")]
    [InlineData("a b", "a b c", true, "newer")]
    [InlineData("a b", "a b c", false, "newer")]
    public void A_newer_store_is_refused_and_an_older_one_by_those_who_may_not_upgrade_it(string known, string applied, bool mayUpgrade, string expected)
    {
        var words = expected is "older" or "newer" ? null : Words(expected);
        if (words is not null)
        {
            Assert.Equal(words, StoreMigrator.Pending(Words(known), Words(applied), mayUpgrade));
        }
        else
        {
            var refusal = Assert.Throws<StoreSchemaException>(() => StoreMigrator.Pending(Words(known), Words(applied), mayUpgrade));
            Assert.Contains($"is {expected} than this program", refusal.Message, StringComparison.Ordinal);
        }

        static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    [Theory, BothStores]
    public void Every_change_of_the_model_has_its_migration(StoreKind kind)
    {
        using HostDbContext db = kind == StoreKind.Sqlite ? new SqliteDesignTimeFactory().CreateDbContext([]) : new PostgresDesignTimeFactory().CreateDbContext([]);
        Assert.False(db.Database.HasPendingModelChanges(), "The model has changed: add a migration for each provider.");
    }

    [Fact]
    public async Task A_migration_that_was_killed_does_not_hold_up_the_next_start()
    {
        using var folder = new TestFolder();
        var path = Path.Combine(folder.Path, "mtasts.db");
        // What EF Core leaves of its lock when the process is killed: a row that nobody takes away.
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await connection.OpenAsync(Cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = """
                CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
                INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00');
                """;
            await command.ExecuteNonQueryAsync(Cancel);
        }

        await using var app = await HostApp.StartAsync(directory: folder.Path).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        await app.AddTenantAsync();
    }

    [Fact]
    public void Both_providers_have_the_same_migrations()
    {
        using var sqlite = new SqliteDesignTimeFactory().CreateDbContext([]);
        using var postgresql = new PostgresDesignTimeFactory().CreateDbContext([]);
        Assert.Equal(Names(sqlite), Names(postgresql));
        static IEnumerable<string> Names(HostDbContext db) => db.Database.GetMigrations().Select(name => name.Split('_')[1]);
    }

    [Fact]
    public async Task Both_schemas_have_the_same_tables_columns_and_indexes()
    {
        await using var sqlite = await HostApp.StartAsync();
        await using var postgresql = await HostApp.StartAsync(StoreKind.PostgreSql, postgres);

        var sqliteColumns = await ReadAsync(sqlite, """
            SELECT m.name || '.' || c.name || CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END FROM sqlite_master m JOIN pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\_\_EF%' ESCAPE '\'
            """);
        var postgresColumns = await ReadAsync(postgresql, """
            SELECT table_name || '.' || column_name || CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name NOT LIKE '\_\_EF%'
            """);
        Assert.Contains("domains.PolicyId not null", sqliteColumns);
        Assert.Equal(sqliteColumns, postgresColumns);

        var sqliteIndexes = await ReadAsync(sqlite, "SELECT lower(tbl_name || ' ' || name) FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite_%'");
        var postgresIndexes = await ReadAsync(postgresql, """
            SELECT lower(tablename || ' ' || indexname) FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE 'PK\_%' AND tablename NOT LIKE '\_\_EF%'
            """);
        Assert.Contains("domains ix_domains_one_served", sqliteIndexes);
        Assert.Equal(sqliteIndexes, postgresIndexes);
    }

    [Theory, BothStores]
    public async Task Migrating_again_changes_nothing(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        await app.AddTenantAsync();
        var store = app.Services.GetRequiredService<Store>();
        await using var db = store.Open();
        var before = await db.StoreState.SingleAsync(Cancel);

        Assert.Empty(await StoreMigrator.MigrateAsync(store, Cancel));

        var after = await db.StoreState.AsNoTracking().SingleAsync(Cancel);
        Assert.Equal((before.Epoch, before.Revision), (after.Epoch, after.Revision));
        Assert.Equal("acme", (await db.Tenants.SingleAsync(Cancel)).Name);
    }

    [Fact]
    public async Task Nodes_that_start_at_once_on_an_empty_PostgreSQL_agree_on_one_schema_and_one_epoch()
    {
        var database = await postgres.CreateDatabaseAsync();

        var apps = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => HostApp.StartAsync(StoreKind.PostgreSql, connectionString: database), Cancel)));

        try
        {
            await using var db = apps[0].Services.GetRequiredService<Store>().Open();
            Assert.Equal(1, await db.StoreState.CountAsync(Cancel));
            Assert.Equal(1, await db.ApiKeys.CountAsync(Cancel));
            foreach (var app in apps)
            {
                Assert.NotEmpty((await app.Admin.GetAnswerAsync("keys")).Items("id"));
            }
        }
        finally
        {
            foreach (var app in apps)
            {
                await app.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task SQLite_writes_are_on_the_disk_before_they_are_acknowledged()
    {
        await using var app = await HostApp.StartAsync();
        await using var db = app.Services.GetRequiredService<Store>().Open();
        await db.Database.OpenConnectionAsync(Cancel);
        Assert.Equal("wal", await PragmaAsync("journal_mode"));
        Assert.Equal("2", await PragmaAsync("synchronous"));
        Assert.Equal("1", await PragmaAsync("foreign_keys"));
        Assert.Equal("5000", await PragmaAsync("busy_timeout"));

        async Task<string?> PragmaAsync(string name)
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"PRAGMA {name}";
            return Convert.ToString(await command.ExecuteScalarAsync(Cancel), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task The_SQLite_file_is_for_its_owner_alone()
    {
        await using var app = await HostApp.StartAsync();
        await app.AddTenantAsync();
        SqliteConnection.ClearAllPools();
        foreach (var file in Directory.GetFiles(app.Directory))
        {
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), $"{file} is open to others.");
        }
    }

    private static async Task<List<string>> ReadAsync(HostApp app, string sql)
    {
        await using var db = app.Services.GetRequiredService<Store>().Open();
        var lines = await db.Database.SqlQueryRaw<string>(sql).ToListAsync(Cancel);
        return [.. lines.Order(StringComparer.Ordinal)];
    }
}
