using System.Reflection;
using System.Text.RegularExpressions;

namespace MtaSts.Tests;

/// <summary>The library's README lists codes and rules; both lists must stay those of the code and of the tests.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "MtaSts.README.md"));

    [Fact]
    public void The_README_lists_exactly_the_codes()
    {
        var codes = typeof(SyntaxCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);
        var listed = CodeRow().Matches(Readme).Select(match => match.Groups["code"].Value);
        Assert.Equal(codes.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_rule_of_the_README_has_a_test_that_names_it()
    {
        var listed = RuleRow().Matches(Readme).Select(match => match.Groups["rule"].Value).ToList();
        var expected = Rules("T", 14).Concat(Rules("P", 17)).Concat(Rules("M", 4)).Concat(Rules("R", 5));
        Assert.Equal(expected, listed);
        var tested = typeof(ReadmeTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributes<TraitAttribute>()).Where(trait => trait.Name == "Rule").Select(trait => trait.Value);
        Assert.Equal(listed.Order(StringComparer.Ordinal), tested.Distinct().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Rules(string letter, int last) => Enumerable.Range(1, last).Select(number => $"{letter}-{number}");

    [GeneratedRegex(@"^\| `(?<code>[a-z0-9_.]+)` \| (error|warning|both) \|", RegexOptions.Multiline)]
    private static partial Regex CodeRow();

    [GeneratedRegex(@"^\| (?<rule>[TPMR]-[0-9]+) \|", RegexOptions.Multiline)]
    private static partial Regex RuleRow();
}
