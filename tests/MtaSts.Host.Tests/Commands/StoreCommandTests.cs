using System.Net;
using System.Net.Http.Headers;
using Microsoft.Data.Sqlite;
using MtaSts.Host.Tests.Whole;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Commands;

public sealed class StoreCommandTests(PostgresServer postgres) : IDisposable
{
    private readonly MtaStsProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_key_made_before_the_first_start_opens_the_API()
    {
        var made = await _program.RunAsync("keys", "create", "--role", "admin", "--name", "first");
        Assert.Equal((0, ""), (made.ExitCode, made.StandardError));
        Assert.Matches("^mtasts_[A-Za-z0-9_-]{43}\n$", made.StandardOutput);

        await using var service = await _program.StartAsync("--Kestrel:Endpoints:Admin:Url=http://127.0.0.2:0");
        using var client = ServiceProcess.Admin(await ServiceProcess.PortAsync(service, "http://127.0.0.2"), "127.0.0.2");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made.StandardOutput.Trim());
        using var answer = await client.GetAsync(new Uri("keys", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        await service.StopAsync();
        Assert.Equal(0, await service.WaitForExitAsync());
    }

    [Fact]
    public async Task A_key_for_a_tenant_that_is_not_there_is_refused_in_one_line()
    {
        var result = await _program.RunAsync("keys", "create", "--role", "viewer", "--tenant", "acme");

        Assert.Equal((1, "", "mtasts: There is no tenant acme.\n"), (result.ExitCode, result.StandardOutput, result.StandardError));
    }

    [Fact]
    public async Task Migrate_says_what_it_did_and_then_that_nothing_is_to_do()
    {
        var first = await _program.RunAsync("migrate");
        Assert.Equal((0, ""), (first.ExitCode, first.StandardError));
        Assert.All(first.StandardOutput.TrimEnd().Split('\n'), line => Assert.Matches("^Applied [0-9]{14}_[A-Za-z]+$", line));

        var second = await _program.RunAsync("migrate");
        Assert.Equal((0, "Nothing to do: the store has this version's schema.\n"), (second.ExitCode, second.StandardOutput));
    }

    [Fact]
    public async Task PostgreSQL_is_migrated_and_gets_keys_the_same_way()
    {
        string[] store = ["--Data:Provider", "PostgreSql", $"--ConnectionStrings:Store={await postgres.CreateDatabaseAsync()}"];

        Assert.StartsWith("Applied ", (await _program.RunAsync(["migrate", .. store])).StandardOutput, StringComparison.Ordinal);
        Assert.StartsWith("mtasts_", (await _program.RunAsync(["keys", "create", "--role", "admin", .. store])).StandardOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("migrate")]
    [InlineData("keys", "create", "--role", "admin")]
    public async Task A_schema_of_a_newer_program_is_refused_and_left_as_it_is(params string[] command)
    {
        await _program.RunAsync("migrate");
        await ExecuteAsync("INSERT INTO \"__EFMigrationsHistory\" VALUES ('29991231000000_Future', '99.0.0')");

        var result = await _program.RunAsync(command);

        Assert.Equal((1, ""), (result.ExitCode, result.StandardOutput));
        Assert.Equal(
            "mtasts: The store's schema is newer than this program (29991231000000_Future is unknown here); use the program that migrated it, or a newer one.\n",
            result.StandardError);
    }

    [Fact]
    public async Task A_database_file_named_without_a_folder_lies_in_the_working_directory()
    {
        using var folder = new TestFolder();
        var result = await MtaSts.Testing.ChildProcess.RunAsync(
            "dotnet", [Whole.ServiceProcess.Program, "migrate", "--ConnectionStrings:Store=Data Source=mtasts.db"], workingDirectory: folder.Path);
        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        Assert.True(File.Exists(Path.Combine(folder.Path, "mtasts.db")));
        // A look at what the node remembers leaves nothing behind.
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "data")));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_program.DataDirectory, "mtasts.db")};Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
