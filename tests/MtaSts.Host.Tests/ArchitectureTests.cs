using System.Text.RegularExpressions;
using Xunit;

namespace MtaSts.Host.Tests;

/// <summary>Who may use whom: data moves down only. Judged by what the source files say.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>A part may use those of lower levels, and of its own only what <see cref="SameLevel"/> names.</summary>
    private static readonly Dictionary<string, int> Levels = new()
    {
        ["Data"] = 1,
        ["Nodes"] = 2,
        ["Access"] = 2,
        ["Listeners"] = 2,
        ["Lookups"] = 2,
        ["Api"] = 2,
        ["Tenants"] = 3,
        ["Domains"] = 3,
        ["Policies"] = 3,
        ["Audit"] = 3,
        ["Lint"] = 3,
        ["Certificates"] = 4,
        ["DnsRecords"] = 4,
        ["Checks"] = 5,
        ["Notices"] = 6,
        ["Operations"] = 7,
        ["Commands"] = 7,
        [""] = 8,
    };

    private static readonly (string User, string Used)[] SameLevel = [("Access", "Api"), ("Nodes", "Api"), ("Listeners", "Api")];

    [Fact]
    public void Every_folder_has_its_level()
    {
        var folders = Directory.GetDirectories(Source()).Select(folder => Path.GetFileName(folder)!).Except(["bin", "obj", "Properties"]);
        Assert.Empty(folders.Except(Levels.Keys));
    }

    [Fact]
    public void Parts_use_lower_levels_only()
    {
        var wrong = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories))
        {
            var part = PartOf(Path.GetRelativePath(Source(), file));
            if (part is "bin" or "obj")
            {
                continue;
            }

            foreach (var used in UsedBy(File.ReadAllText(file)).Where(used => used != part && Levels.ContainsKey(used)))
            {
                if (Levels[used] >= Levels[part] && !SameLevel.Contains((part, used)))
                {
                    wrong.Add($"{Path.GetRelativePath(Source(), file)} uses {used}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void The_look_finds_using_lines_and_full_names()
    {
        Assert.Equal(["Data", "Domains", "Policies"], UsedBy("using MtaSts.Host.Data.Tables;\nusing static MtaSts.Host.Policies.X;\n// MtaSts.Host.Access\nvar x = MtaSts.Host.Domains.Y.Z;").Order());
    }

    [Fact]
    public void The_libraries_know_nothing_of_the_service()
    {
        foreach (var library in Directory.GetDirectories(Path.Combine(Source(), "..")).Where(folder => Path.GetFileName(folder) != "MtaSts.Host"))
        {
            var project = File.ReadAllText(Directory.GetFiles(library, "*.csproj").Single());
            Assert.DoesNotContain("PackageReference", project, StringComparison.Ordinal);
            Assert.DoesNotContain("ProjectReference", project, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_event_in_the_log_has_a_number_of_its_own()
    {
        var numbers = Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories)
            .Where(file => PartOf(Path.GetRelativePath(Source(), file)) is not ("bin" or "obj"))
            .SelectMany(file => EventNumber().Matches(File.ReadAllText(file)).Select(found => found.Groups[1].Value)).ToList();
        Assert.True(numbers.Count > 50);
        Assert.Empty(numbers.GroupBy(number => number).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    [Fact]
    public void Only_Domains_writes_policy_rows()
    {
        foreach (var file in Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories).Where(file => PartOf(Path.GetRelativePath(Source(), file)) is not ("Domains" or "bin" or "obj")))
        {
            Assert.DoesNotMatch("(Domains|PolicyVersions|KnownNames|RemovedDomains)\\s*\\.(Add|Remove|Update|Attach|ExecuteUpdate|ExecuteDelete)", File.ReadAllText(file));
        }
    }

    [Fact]
    public void The_names_of_MTA_STS_are_made_in_one_place()
    {
        foreach (var file in Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories).Where(file => PartOf(Path.GetRelativePath(Source(), file)) is not ("bin" or "obj")))
        {
            // `MailDomain` has them. In the provider's zone the word is a part of its own.
            Assert.DoesNotMatch("\"_?mta-sts\\.(\"(?! \\+ Zone)|\\{)", File.ReadAllText(file));
        }
    }

    private static IEnumerable<string> UsedBy(string code) =>
        FullName().Matches(Comment().Replace(code, "")).Select(match => match.Groups[1].Value).Distinct();

    // Files beside the folders are the level of Program.cs.
    private static string PartOf(string path) => path.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path.Split(Path.DirectorySeparatorChar)[0] : "";

    private static string Source() => Path.Combine(Repository.Top, "src", "MtaSts.Host");

    [GeneratedRegex(@"\[LoggerMessage\((\d+),")]
    private static partial Regex EventNumber();

    [GeneratedRegex("(?<!namespace )\\bMtaSts\\.Host\\.([A-Z][A-Za-z]*)\\b")]
    private static partial Regex FullName();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();
}
