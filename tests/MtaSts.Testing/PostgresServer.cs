using Xunit;

namespace MtaSts.Testing;

/// <summary>
/// A PostgreSQL server of the tests' own, in a temporary folder, started at the first database that is asked for.
/// It listens at a Unix socket only: no port that another program could take while the server is stopped, and reachable from network namespaces.
/// As fixture of an assembly it serves all its tests.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "postgres";
    private readonly SemaphoreSlim _starting = new(1, 1);
    private string _folder = "";
    private string _programs = "";
    private ChildProcess? _server;
    private int _databases;

    /// <summary>Whether a commit waits for the disk. Off for speed: without it only a crash of the machine could lose data, not one of the server.</summary>
    public bool FlushesToDisk { get; init; }

    /// <returns>The connection string of a new, empty database.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        await EnsureStartedAsync();
        string name = $"store{Interlocked.Increment(ref _databases)}";
        CommandResult result = await ChildProcess.RunAsync(
            Path.Combine(_programs, "psql"),
            ["--no-psqlrc", "--quiet", "-h", _folder, "-U", User, "-d", "postgres", "-c", $"CREATE DATABASE {name} TEMPLATE template0"]);
        Check(result, "CREATE DATABASE");
        // What a test that is over leaves in the pool of its process would hold a place of the server for five minutes.
        return $"Host={_folder};Username={User};Database={name};Connection Idle Lifetime=5;Connection Pruning Interval=1";
    }

    /// <summary>Takes the store away: open connections are cut, new ones are refused.</summary>
    public Task StopAsync() => RunningServer.StopAsync(PosixSignalNumber.Interrupt);

    /// <summary>Ends it at once without writing anything more; the next start recovers from the log.</summary>
    public Task CrashAsync() => RunningServer.StopAsync(PosixSignalNumber.Quit);

    /// <summary>Brings the same store back under the same connection strings.</summary>
    public async Task StartAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _server = await ChildProcess.StartAsync(
            "setpriv",
            [
                .. AsOwner(), Path.Combine(_programs, "postgres"), "-D", DataFolder,
                "-c", "listen_addresses=", "-c", $"unix_socket_directories={_folder}",
                "-c", $"fsync={(FlushesToDisk ? "on" : "off")}", "-c", $"full_page_writes={(FlushesToDisk ? "on" : "off")}",
                "-c", "max_connections=1000", "-c", "shared_buffers=32MB", "-c", "logging_collector=off",
            ],
            new Dictionary<string, string?> { ["LC_ALL"] = "C" });
        await _server.WaitUntilAsync(
            async () => (await ChildProcess.RunAsync(Path.Combine(_programs, "pg_isready"), ["-q", "-h", _folder])).ExitCode == 0,
            "connections are accepted");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync(PosixSignalNumber.Quit);
            await _server.DisposeAsync();
        }

        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }

        _starting.Dispose();
    }

    private string DataFolder => Path.Combine(_folder, "data");

    private ChildProcess RunningServer => _server ?? throw new InvalidOperationException("Never started: ask for a database first.");

    private async Task EnsureStartedAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_server is null)
            {
                _programs = FindPrograms();
                _folder = Directory.CreateTempSubdirectory("mtasts-pg-").FullName;
                await CreateClusterAsync();
                await StartAsync();
            }
        }
        finally
        {
            _starting.Release();
        }
    }

    private async Task CreateClusterAsync()
    {
        // Services under test may run as other users: they may reach the socket, the data folder stays closed.
        Check(await ChildProcess.RunAsync("chmod", ["711", _folder]), "chmod");
        if (Environment.IsPrivilegedProcess)
        {
            Check(await ChildProcess.RunAsync("chown", [User, _folder]), "chown");
        }

        CommandResult result = await ChildProcess.RunAsync(
            "setpriv",
            [
                .. AsOwner(), Path.Combine(_programs, "initdb"), "-D", DataFolder, "-U", User,
                "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync",
            ]);
        Check(result, "initdb");
    }

    // PostgreSQL refuses to run as root.
    private static string[] AsOwner() =>
        Environment.IsPrivilegedProcess ? ["--reuid", User, "--regid", User, "--clear-groups", "--pdeathsig", "KILL"] : [];

    // Debian keeps server programs of each version out of PATH.
    private static string FindPrograms()
    {
        string? programs = !Directory.Exists("/usr/lib/postgresql") ? null : Directory.GetDirectories("/usr/lib/postgresql")
            .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out int version) ? version : 0)
            .Select(folder => Path.Combine(folder, "bin"))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")));
        programs ??= Path.GetDirectoryName(Requires.Find("postgres"));
        Assert.SkipWhen(programs is null, "PostgreSQL is not installed (package postgresql-15 or a later one).");
        return programs!;
    }

    private static void Check(CommandResult result, string what)
    {
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{what} failed with {result.ExitCode}:\n{result.Output}");
        }
    }
}
