using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Sealing;
using MtaSts.Host.Commands;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Tests.Whole;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Commands;

/// <summary>`mtasts sealing-key …` beside a running service and without one.</summary>
public sealed class SealingKeyCommandTests : IDisposable
{
    private static readonly (string, string?) KeyFromFile = ("Certificates:SealingKey", null);

    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string KeyFile => Path.Combine(_folder.Path, "sealing.key");

    private string[] Keys => File.ReadAllLines(KeyFile);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_key_is_changed_under_a_running_service_which_serves_old_and_new_hosts_also_after_its_restart()
    {
        await using (var app = await StartAsync())
        {
            await app.AddTenantAsync();
            await app.PutDomainAsync("old.example");
            await app.FetchPolicyAsync("old.example");
            // In memory with the old key, and not yet opened by any handshake.
            await app.PutDomainAsync("cold.example");
            await StoredAsync(app, 2);
            var first = Assert.Single(Keys);

            var rotated = await RunAsync("rotate");
            Assert.Equal((0, ""), (rotated.ExitCode, rotated.StandardError));
            Assert.Contains("2 certificates, 1 local CA\n", rotated.StandardOutput, StringComparison.Ordinal);
            Assert.Equal(first, Keys[1]);
            AssertPrivate();

            var early = await RunAsync("forget-old");
            Assert.Equal(1, early.ExitCode);
            Assert.Contains("come again at", early.StandardError, StringComparison.Ordinal);
            File.SetLastWriteTimeUtc(KeyFile, TimeProvider.System.GetUtcNow().UtcDateTime - SealingKeyChange.OldKeyIsInUse);
            var forgotten = await RunAsync("forget-old");
            Assert.Equal((0, ""), (forgotten.ExitCode, forgotten.StandardError));
            Assert.NotEqual(first, Assert.Single(Keys));
            AssertPrivate();

            await app.FetchPolicyAsync("cold.example");
            await app.PutDomainAsync("new.example");
            await app.FetchPolicyAsync("new.example");
            await StoredAsync(app, 3);
        }

        var status = await RunAsync("status");
        Assert.Equal(0, status.ExitCode);
        Assert.Matches("^KEY +SEALED WITH IT\n[0-9a-f]{8}  current  3 certificates, 1 local CA\n4 private keys, 0 of them cannot be opened\n$", status.StandardOutput);
        await using var again = await StartAsync();
        foreach (var domain in new[] { "old.example", "cold.example", "new.example" })
        {
            await again.FetchPolicyAsync(domain);
        }
    }

    [Fact]
    public async Task A_stopped_service_lets_the_old_key_go_at_once()
    {
        await ServeOnceAsync();
        await RunAsync("rotate");
        Assert.Equal(0, (await RunAsync("forget-old")).ExitCode);
        Assert.Single(Keys);
        Assert.Contains("Nothing to do", (await RunAsync("forget-old")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotation_killed_in_the_middle_loses_nothing_and_is_brought_to_its_end_by_the_next()
    {
        await ServeOnceAsync();
        await FillAsync(20_000);
        for (var kills = 0; (await CountAsync()).Count < 2; kills++)
        {
            Assert.True(kills < 10, "No kill fell into the middle.");
            await using var rotation = await ChildProcess.StartAsync("dotnet", [ServiceProcess.Program, "sealing-key", "rotate", .. Settings()]);
            var seen = await CountAsync();
            await rotation.WaitUntilAsync(async () => !(await CountAsync()).SequenceEqual(seen), "the first rows under another key");
            rotation.Signal(PosixSignalNumber.Kill);
            await rotation.WaitForExitAsync();
        }

        var keys = Keys.Length;
        Assert.Equal(1, (await RunAsync("forget-old")).ExitCode);
        Assert.Equal(keys, Keys.Length);
        var last = await RunAsync("rotate");
        Assert.Equal((0, ""), (last.ExitCode, last.StandardError));
        Assert.Contains("goes on with them and makes no new key", last.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("forget-old")).ExitCode);
        var status = await RunAsync("status");
        Assert.Contains("  current  20001 certificates, 1 local CA\n20002 private keys, 0 of them cannot be opened\n", status.StandardOutput, StringComparison.Ordinal);
        await using var app = await StartAsync();
        await app.FetchPolicyAsync("example.com");
    }

    [Fact]
    public async Task Keys_from_the_settings_are_changed_by_naming_the_new_and_the_old()
    {
        await ServeOnceAsync();
        var ofFile = Assert.Single(Keys);
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

        // From the file to the settings: the file's key still opens.
        Assert.Equal(0, (await RunAsync("rotate", $"--Certificates:SealingKey={key}")).ExitCode);
        File.Delete(KeyFile);
        Assert.Equal(0, (await RunAsync("status", $"--Certificates:SealingKey={key}")).ExitCode);
        Assert.Equal(1, (await RunAsync("status", $"--Certificates:SealingKey={ofFile}")).ExitCode);

        // Back: from one key of the settings to another.
        var rotated = await RunAsync("rotate", $"--Certificates:SealingKey={ofFile}", $"--Certificates:OldSealingKeys={key}");
        Assert.Equal((0, ""), (rotated.ExitCode, rotated.StandardError));
        Assert.Equal(0, (await RunAsync("status", $"--Certificates:SealingKey={ofFile}")).ExitCode);
        Assert.Equal(1, (await RunAsync("forget-old", $"--Certificates:SealingKey={ofFile}")).ExitCode);
        Assert.False(File.Exists(KeyFile));
        await using var app = await HostApp.StartAsync(directory: _folder.Path, settings: ("Certificates:SealingKey", ofFile));
        await app.FetchPolicyAsync("example.com");
    }

    [Fact]
    public async Task While_other_nodes_serve_no_key_is_made_that_they_would_not_have()
    {
        await ServeOnceAsync();
        await using (var services = StoreServices.Build(Settings()))
        {
            await services.GetRequiredService<Store>().WriteAsideAsync(
                db =>
                {
                    db.NodeHeartbeats.Add(new NodeHeartbeat { Node = "another", Epoch = "", At = TimeProvider.System.GetUtcNow().AddMinutes(2) });
                    return Task.CompletedTask;
                },
                Cancel);
        }

        var refused = await RunAsync("rotate");
        Assert.Equal((1, ""), (refused.ExitCode, refused.StandardOutput));
        Assert.Contains("more node(s)", refused.StandardError, StringComparison.Ordinal);
        Assert.Single(Keys);

        // As the README says: the operator has put the new key into each node's file.
        await File.WriteAllLinesAsync(KeyFile, [Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), .. Keys], Cancel);
        Assert.Equal(0, (await RunAsync("rotate")).ExitCode);
        Assert.Equal(2, Keys.Length);
    }

    [Fact]
    public async Task After_a_lost_key_the_start_names_the_command_that_leads_on_and_it_does()
    {
        await ServeOnceAsync();
        File.Delete(KeyFile);

        var start = await ChildProcess.RunAsync("dotnet", [ServiceProcess.Program, .. Settings()], new Dictionary<string, string?>(ServiceProcess.Settings(_folder.Path, "https://127.0.0.1:0", "http://127.0.0.1:0", "http://127.0.0.1:0")));
        Assert.Equal(1, start.ExitCode);
        Assert.Equal($"mtasts: The store holds sealed keys, but {KeyFile} is missing and Certificates:SealingKey is not set. If it is lost for good: mtasts sealing-key lost.\n", start.StandardError);
        Assert.Equal(1, (await RunAsync("rotate")).ExitCode);

        var told = await RunAsync("lost");
        Assert.Equal(1, told.ExitCode);
        Assert.StartsWith("No sealing key of this node opens: 1 certificate, 1 local CA\n", told.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", told.StandardError, StringComparison.Ordinal);
        Assert.False(File.Exists(KeyFile));

        var done = await RunAsync("lost", "--yes");
        Assert.Equal((0, ""), (done.ExitCode, done.StandardError));
        Assert.EndsWith("keep a copy of it this time.\n", done.StandardOutput, StringComparison.Ordinal);
        await using var app = await StartAsync();
        await app.FetchPolicyAsync("example.com");
        Assert.Contains("Nothing is lost", (await RunAsync("lost", "--yes")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_whose_key_opens_are_served_beside_those_whose_key_is_lost()
    {
        await using (var app = await StartAsync())
        {
            await app.AddTenantAsync();
            await app.PutDomainAsync("lost.example");
            await StoredAsync(app, 1);
            File.WriteAllText(KeyFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) + "\n" + await File.ReadAllTextAsync(KeyFile, Cancel));
            await app.PutDomainAsync("here.example");
            await StoredAsync(app, 2);
        }

        var newest = Keys[0];
        await using (var services = StoreServices.Build(Settings()))
        {
            // The local CA goes over to the new key, so that only the one certificate is lost.
            var column = SealedColumns.All.Single(each => each.Property.DeclaringType == typeof(LocalAuthority));
            var sealing = services.GetRequiredService<KeySealing>();
            await using var db = services.GetRequiredService<Store>().Open();
            await foreach (var cell in column.ReadAsync(db))
            {
                await column.ReplaceAsync(db, cell, sealing.SealAgain(cell.Content, cell.Purpose), Cancel);
            }
        }

        await File.WriteAllTextAsync(KeyFile, newest, Cancel);
        using var logs = new RecordedLogs();
        await using var later = await HostApp.StartAsync(
            directory: _folder.Path, settings: KeyFromFile, services: own => own.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(logs));
        await later.FetchPolicyAsync("here.example");
        Assert.Contains(logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("1 of 2 certificates are sealed with a key that this node does not have", StringComparison.Ordinal));
        Assert.True(later.Services.GetRequiredService<CertificateVault>().TryGet("mta-sts.lost.example", out _));
    }

    [Fact]
    public async Task Without_a_store_nothing_is_made()
    {
        var result = await RunAsync("status");
        Assert.Equal((1, ""), (result.ExitCode, result.StandardOutput));
        Assert.Contains("is missing", result.StandardError, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private Task<HostApp> StartAsync() => HostApp.StartAsync(directory: _folder.Path, settings: KeyFromFile);

    private async Task ServeOnceAsync()
    {
        await using var app = await StartAsync();
        await app.AddTenantAsync();
        await app.PutDomainAsync("example.com");
        await app.FetchPolicyAsync("example.com");
        await StoredAsync(app, 1);
    }

    private static Task StoredAsync(HostApp app, int certificates) => Eventually.TrueAsync(
        async () =>
        {
            await using var db = app.Services.GetRequiredService<Store>().Open();
            return await db.Certificates.CountAsync(Cancel) == certificates;
        },
        () => $"{certificates} certificates are stored");

    // Whatever lies in the store is sealed with a key of the file, at every moment.
    private async Task<List<string>> CountAsync()
    {
        await using var services = StoreServices.Build(Settings());
        var counts = await services.GetRequiredService<Resealing>().CountAsync(tryToOpen: true, Cancel);
        Assert.Equal(0, counts.Sum(count => count.Lost));
        return [.. counts[0].ByKey.Select(entry => $"{entry.Key} {entry.Value}")];
    }

    private async Task FillAsync(int count)
    {
        await using var services = StoreServices.Build(Settings());
        var sealing = services.GetRequiredService<KeySealing>();
        await services.GetRequiredService<Store>().WriteAsideAsync(
            async db =>
            {
                var like = await db.Certificates.SingleAsync(Cancel);
                db.Certificates.AddRange(Enumerable.Range(0, count).Select(number => $"mta-sts.d{number}.example").Select(host => new StoredCertificate
                {
                    HostName = host,
                    Leaf = like.Leaf,
                    Issuers = like.Issuers,
                    SealedKey = sealing.Seal("key"u8, HostCertificate.SealingPurpose(host)),
                    NotBefore = like.NotBefore,
                    NotAfter = like.NotAfter,
                    CreatedAt = like.CreatedAt,
                }));
            },
            Cancel);
    }

    private string[] Settings() => [$"--Data:Directory={_folder.Path}"];

    private async Task<CommandResult> RunAsync(string step, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("dotnet", [ServiceProcess.Program, "sealing-key", step, .. arguments, .. Settings()]);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
        if (File.Exists(KeyFile))
        {
            Assert.All(Keys, key => Assert.DoesNotContain(key, result.Output, StringComparison.Ordinal));
        }

        return result;
    }

    private void AssertPrivate()
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        }

        Assert.Equal(["sealing.key"], Directory.GetFiles(_folder.Path, "sealing.key*").Select(Path.GetFileName));
    }
}
