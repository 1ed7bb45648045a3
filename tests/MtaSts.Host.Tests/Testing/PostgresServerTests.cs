using MtaSts.Testing;
using Npgsql;
using Xunit;

namespace MtaSts.Host.Tests.Testing;

public sealed class PostgresServerTests(PostgresServer shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_database_is_new_and_empty()
    {
        string first = await shared.CreateDatabaseAsync();
        string second = await shared.CreateDatabaseAsync();
        await ExecuteAsync(first, "CREATE TABLE kept (value integer)");

        Assert.Equal(1L, await ExecuteAsync(first, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
        Assert.Equal(0L, await ExecuteAsync(second, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    [Fact]
    public async Task A_stopped_server_refuses_and_comes_back_with_its_data()
    {
        await using PostgresServer server = new();
        string database = await server.CreateDatabaseAsync();
        await ExecuteAsync(database, "CREATE TABLE kept AS SELECT 4711 AS value");
        await using NpgsqlConnection open = new(database + ";Pooling=false");
        await open.OpenAsync(Cancel);

        await server.StopAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(database, "SELECT value FROM kept"));
        await using NpgsqlCommand command = new("SELECT 1", open);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(Cancel));

        await server.StartAsync();
        Assert.Equal(4711, await ExecuteAsync(database, "SELECT value FROM kept"));
    }

    [Fact]
    public async Task A_crashed_server_recovers_what_was_committed()
    {
        await using PostgresServer server = new() { FlushesToDisk = true };
        string database = await server.CreateDatabaseAsync();
        await ExecuteAsync(database, "CREATE TABLE kept AS SELECT 4711 AS value");
        Assert.Equal("on", await ExecuteAsync(database, "SHOW fsync"));

        await server.CrashAsync();
        await server.StartAsync();

        Assert.Equal(4711, await ExecuteAsync(database, "SELECT value FROM kept"));
    }

    [Fact]
    public async Task Nothing_is_left_of_a_server_that_was_disposed_of()
    {
        PostgresServer server = new();
        string folder = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync()).Host!;
        Assert.True(Directory.Exists(folder));

        await server.DisposeAsync();
        Assert.False(Directory.Exists(folder));
    }

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using NpgsqlConnection connection = new(connectionString + ";Pooling=false");
        await connection.OpenAsync(Cancel);
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
