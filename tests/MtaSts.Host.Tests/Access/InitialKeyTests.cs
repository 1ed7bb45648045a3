using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MtaSts.Host.Access;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Access;

public sealed class InitialKeyTests(PostgresServer postgres)
{
    private static readonly (string, string?)[] AllLogs =
        [("Access:InitialKey", null), ("Logging:Console:LogLevel:Default", "None"), ("Logging:LogLevel:Default", "Trace"), ("Logging:LogLevel:Microsoft", "Trace"), ("Logging:LogLevel:Microsoft.EntityFrameworkCore", "Trace")];

    [Theory, BothStores]
    public async Task Without_one_of_the_operator_a_key_is_written_to_a_private_file_and_only_its_path_is_logged(StoreKind kind)
    {
        using var folder = new TestFolder();
        var store = await StoreAsync(kind);
        using var logs = new RecordedLogs();
        await using var app = await StartAsync(kind, store, folder, logs);
        var path = Path.Combine(folder.Path, "admin.key");
        var secret = (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).TrimEnd('\n');

        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.StartsWith("mtasts_", secret, StringComparison.Ordinal);
        using var client = app.Client(secret);
        var made = (await client.CallAsync("POST", "keys", new { role = "admin" })).Is(HttpStatusCode.Created);
        using var madeClient = app.Client(made.Member("secret"));
        (await madeClient.GetAnswerAsync("keys")).Is(HttpStatusCode.OK);
        using var nobody = app.Client(null);
        (await nobody.GetAnswerAsync("domains")).Is(HttpStatusCode.Unauthorized);
        Assert.Contains(logs.Lines, line => line.Contains(path, StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Contains(secret[7..], StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Contains(made.Member("secret")[7..], StringComparison.Ordinal));
    }

    [Theory, BothStores]
    public async Task It_does_not_come_back_by_a_restart_nor_after_it_was_deleted(StoreKind kind)
    {
        using var folder = new TestFolder();
        var store = await StoreAsync(kind);
        var path = Path.Combine(folder.Path, "admin.key");
        await using (var app = await StartAsync(kind, store, folder))
        {
            using var first = app.Client((await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Trim());
            var initial = (await first.GetAnswerAsync("keys")).Is(HttpStatusCode.OK).Items("id").Single();
            var other = (await first.CallAsync("POST", "keys", new { role = "admin" })).Is(HttpStatusCode.Created);
            using var second = app.Client(other.Member("secret"));
            (await second.CallAsync("DELETE", $"keys/{initial}")).Is(HttpStatusCode.NoContent);
        }

        File.Delete(path);
        await using (await StartAsync(kind, store, folder))
        {
            Assert.False(File.Exists(path));
        }

        // Nor one of the operator's: the store had a provider key once.
        await using var last = await HostApp.StartAsync(kind, connectionString: store, directory: folder.Path);
        (await last.Admin.GetAnswerAsync("keys")).Is(HttpStatusCode.Unauthorized);
    }

    [Theory, BothStores]
    public async Task The_operators_own_key_is_admin_and_no_file_is_written(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);

        var key = (await app.Admin.GetAnswerAsync("keys")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().Single();

        Assert.Equal("admin", key.GetProperty("role").GetString());
        Assert.False(File.Exists(Path.Combine(app.Directory, "admin.key")));
    }

    [Fact]
    public void A_key_of_under_32_characters_is_refused_without_showing_it()
    {
        var validator = new AccessOptionsValidator();

        var faults = validator.Validate(null, new AccessOptions { InitialKey = new string('k', 31), RequestsPerMinute = 0 }).Failures!.ToList();

        Assert.Equal(2, faults.Count);
        Assert.Contains("Access:InitialKey", faults[0], StringComparison.Ordinal);
        Assert.Contains("Access:RequestsPerMinute", faults[1], StringComparison.Ordinal);
        Assert.DoesNotContain("kk", faults[0], StringComparison.Ordinal);
        Assert.True(validator.Validate(null, new AccessOptions { InitialKey = new string('k', 32) }).Succeeded);
    }

    private async Task<string?> StoreAsync(StoreKind kind) => kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : null;

    private static Task<HostApp> StartAsync(StoreKind kind, string? store, TestFolder folder, RecordedLogs? logs = null) =>
        HostApp.StartAsync(
            kind, connectionString: store, directory: folder.Path, settings: AllLogs,
            services: logs is null ? null : services => services.AddSingleton<ILoggerProvider>(logs));
}
