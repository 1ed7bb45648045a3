using System.Text.RegularExpressions;
using MtaSts.Testing;

namespace MtaSts.Dns.Tests;

/// <summary>The example of the library's README compiles and works, and the files that it names exist.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Library = Path.Combine(Top(), "src", "MtaSts.Dns");
    private static readonly string Readme = File.ReadAllText(Path.Combine(Library, "README.md"));

    [Fact]
    public void The_README_shows_the_example_that_is_run_here()
    {
        var source = File.ReadAllText(Path.Combine(Top(), "tests", "MtaSts.Dns.Tests", "ReadmeExample.cs"));
        var shown = CodeBlock().Match(Readme).Groups["code"].Value;
        Assert.InRange(shown.Split('\n').Length, 10, 21);
        Assert.Contains(string.Join('\n', shown.Split('\n').Select(line => line.Length == 0 ? line : "        " + line)), source, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_publishes_both_records()
    {
        var key = UpdateKey.Create("mtasts-updater") with { Types = ["TXT"] };
        await using var server = await BindServer.StartAsync(new Dictionary<string, string?> { ["example.test"] = "" }, key);
        await ReadmeExample.RunAsync(server.EndPoint, key.Secret, TestContext.Current.CancellationToken);
        var dig = await ChildProcess.RunAsync(
            Requires.Program("dig", "package bind9-dnsutils"),
            [$"@{server.EndPoint.Address}", "-p", $"{server.EndPoint.Port}", "+short", "_mta-sts.example.test", "TXT", "_smtp._tls.example.test", "TXT"]);
        Assert.Equal("\"v=STSv1; id=20260101000000000;\"\n\"v=TLSRPTv1; rua=mailto:reports@example.test\"\n", dig.StandardOutput);
    }

    [Fact]
    public void Every_file_that_the_README_names_exists()
    {
        var named = FileName().Matches(Readme).Select(match => match.Groups["file"].Value).Distinct().ToList();
        Assert.True(named.Count > 15);
        Assert.All(named, file => Assert.True(File.Exists(Path.Combine(Library, file)), file));
    }

    // Up from the test's own folder: source paths in a deterministic build are not paths of this machine.
    private static string Top()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MtaSts.Host.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests are not below the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"`(?<file>[A-Za-z./]+\.cs)`")]
    private static partial Regex FileName();
}
