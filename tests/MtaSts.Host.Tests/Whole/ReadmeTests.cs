using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>Runs what the README tells a new user to type, line by line, in a network where the default ports are free.</summary>
public sealed class ReadmeTests
{
    private static readonly string Top = Repository.Top;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_command_of_the_tour_works_as_typed_and_the_last_shows_the_policy_in_the_README()
    {
        Requires.Program("curl", "package curl");
        await using var network = await ClientNetwork.StartAsync();
        var readme = await File.ReadAllTextAsync(Path.Combine(Top, "README.md"), Cancel);
        var start = IndentedBlocks(readme).Single(block => block.Contains("dotnet run", StringComparison.Ordinal)).Trim();
        Assert.Equal("dotnet run --project src/MtaSts.Host", start);

        // In a folder of the test's own, which is where the data goes; Configuration as the tests were built, so that the command finds its build done.
        var environment = new Dictionary<string, string?> { ["Configuration"] = Configuration };
        await using var service = await network.StartAsync("sh", ["-c", $"exec {start.Replace("src/", $"{Top}/src/", StringComparison.Ordinal)}"], environment);
        await service.WaitForOutputAsync("Application started.", TimeSpan.FromMinutes(3));

        var steps = FencedBlocks(readme);
        Assert.Equal(6, steps.Count);
        Assert.DoesNotContain("\"code\":\"", await RunAsync(network, steps.Take(2)), StringComparison.Ordinal);
        await EventuallyServedAsync(network, steps, upTo: 3, "mode: testing\r\n");
        Assert.Contains("\"status\":422", await RunAsync(network, steps.Take(4)), StringComparison.Ordinal);
        Assert.Contains("\"number\":2", await RunAsync(network, [steps[0], steps[4]]), StringComparison.Ordinal);

        var shown = IndentedBlocks(readme).Single(block => block.StartsWith("version: STSv1", StringComparison.Ordinal)).Replace("\n", "\r\n", StringComparison.Ordinal);
        await service.WaitUntilAsync(async () => await RunAsync(network, [steps[0], steps[5]]) == shown, $"the policy\n{shown}");
    }

    [Fact]
    public async Task The_backup_that_the_README_tells_to_make_while_it_runs_serves_every_policy()
    {
        Requires.Program("sqlite3", "package sqlite3");
        const string Command = "sqlite3 data/mtasts.db \".backup backup.db\"";
        Assert.Contains($"`{Command}`", await File.ReadAllTextAsync(Path.Combine(Top, "README.md"), Cancel), StringComparison.Ordinal);
        using var folder = new TestFolder();
        await using (var app = await HostApp.StartAsync(directory: Path.Combine(folder.Path, "data")))
        {
            await app.AddTenantAsync();
            await app.PutDomainAsync("example.com");
            var result = await ChildProcess.RunAsync("sh", ["-c", Command], workingDirectory: folder.Path);
            Assert.True(result.ExitCode == 0, result.Output);
            await app.PutDomainAsync("later.example");
        }

        Directory.CreateDirectory(Path.Combine(folder.Path, "restored"));
        File.Move(Path.Combine(folder.Path, "backup.db"), Path.Combine(folder.Path, "restored", "mtasts.db"));
        await using var restored = await HostApp.StartAsync(directory: Path.Combine(folder.Path, "restored"));
        Assert.Contains("mx: mail.example.com\r\n", await restored.FetchPolicyAsync("example.com"), StringComparison.Ordinal);
        using var later = await restored.Admin.GetAsync(new Uri("domains/later.example", UriKind.Relative), Cancel);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, later.StatusCode);
    }

    [Fact]
    public async Task The_rehearsal_with_Pebble_ends_with_the_policy_under_its_root()
    {
        Requires.Program("pebble", "package pebble");
        Requires.Program("openssl", "package openssl");
        await using var network = await ClientNetwork.StartAsync();
        var blocks = FencedBlocks(await File.ReadAllTextAsync(Path.Combine(Top, "README.md"), Cancel), "```bash\n");
        Assert.Equal(2, blocks.Count);

        // Each server is a child of the test, so that it ends with it; the last line is the service itself.
        var lines = blocks[0].Replace("\\\n", " ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await using var servers = new Children();
        foreach (var line in lines[..^1])
        {
            if (line.EndsWith(" &", StringComparison.Ordinal))
            {
                servers.Add(await network.StartAsync("bash", ["-c", $"exec env {line[..^2]}"]));
            }
            else
            {
                var made = await network.RunAsync("bash", "-c", line);
                Assert.True(made.ExitCode == 0, made.Output);
            }
        }

        var environment = new Dictionary<string, string?> { ["Configuration"] = Configuration };
        await using var service = await network.StartAsync("sh", ["-c", $"exec {lines[^1].Replace("src/", $"{Top}/src/", StringComparison.Ordinal)}"], environment);
        await service.WaitForOutputAsync("Application started.", TimeSpan.FromMinutes(3));
        // Its loop ends with the policy; it is the test's own bound that ends it otherwise.
        var fetched = await network.RunAsync("bash", "-c", $"unset CURL_CA_BUNDLE\n{blocks[1]}");
        Assert.True(fetched.StandardOutput.EndsWith("mx: mail.example.com\r\nmax_age: 604800\r\n", StringComparison.Ordinal), $"{fetched.StandardOutput}\n{fetched.Output}\n{service.Output}");
    }

    [Fact]
    public async Task The_figures_program_of_the_README_prints_its_figures()
    {
        var program = Path.Combine(Top, "tests", "MtaSts.Measure", "bin", Configuration, "net10.0", "MtaSts.Measure.dll");
        Assert.SkipUnless(File.Exists(program), "MtaSts.Measure is not built (dotnet build at the top builds it).");
        var result = await ChildProcess.RunAsync("dotnet", [program, "edits", "20"]);
        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Equal(3, result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void The_README_shows_every_setting_of_the_settings_file()
    {
        var readme = File.ReadAllText(Path.Combine(Top, "README.md"));
        using var settings = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Top, "appsettings.json")));
        foreach (var key in Keys(settings.RootElement, "").Where(key => !key.StartsWith("Logging:", StringComparison.Ordinal)))
        {
            Assert.Contains($"| `{key}` |", readme, StringComparison.Ordinal);
        }
    }

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static async Task EventuallyServedAsync(ClientNetwork network, List<string> steps, int upTo, string line)
    {
        var answer = "";
        await Eventually.TrueAsync(
            async () => (answer = await RunAsync(network, [steps[0], steps[upTo - 1]])).Contains(line, StringComparison.Ordinal),
            () => $"the policy has the line {line}; the answer was {answer}");
    }

    private static async Task<string> RunAsync(ClientNetwork network, IEnumerable<string> steps)
    {
        var result = await network.RunAsync("bash", "-c", $"unset CURL_CA_BUNDLE\n{string.Join('\n', steps)}");
        return result.StandardOutput;
    }

    private static List<string> FencedBlocks(string text, string fence = "```sh\n") =>
        [.. text.Split(fence).Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)])];

    private static IEnumerable<string> IndentedBlocks(string text)
    {
        var block = "";
        foreach (var line in text.Split('\n').Append(""))
        {
            if (line.StartsWith("    ", StringComparison.Ordinal))
            {
                block += line[4..] + "\n";
            }
            else if (block.Length > 0)
            {
                yield return block;
                block = "";
            }
        }
    }

    private sealed class Children : List<ChildProcess>, IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var child in this)
            {
                await child.DisposeAsync();
            }
        }
    }

    private static IEnumerable<string> Keys(System.Text.Json.JsonElement element, string path) =>
        element.ValueKind == System.Text.Json.JsonValueKind.Object
            ? element.EnumerateObject().SelectMany(member => Keys(member.Value, path.Length == 0 ? member.Name : $"{path}:{member.Name}"))
            : [path];
}
