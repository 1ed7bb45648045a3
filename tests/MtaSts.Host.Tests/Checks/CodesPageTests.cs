using System.Text;
using MtaSts.Host.Checks;
using Xunit;

namespace MtaSts.Host.Tests.Checks;

/// <summary>The page of codes is made from the code.</summary>
public sealed class CodesPageTests
{
    private const string Page = "CHECKS.md";

    [Fact]
    public void The_page_of_codes_is_what_the_code_says()
    {
        var path = Path.Combine(Repository.Top, Page);
        var expected = Text();
        if (Environment.GetEnvironmentVariable("WRITE_PAGES") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.True(expected == File.ReadAllText(path), $"{Page} is another page; WRITE_PAGES=1 with this test writes it anew.");
    }

    [Fact]
    public void Every_code_stands_once()
    {
        Assert.NotEmpty(CheckCodes.All);
        Assert.Equal(CheckCodes.All.Count, CheckCodes.All.Select(code => code.Code).Distinct().Count());
        Assert.All(CheckCodes.All, code => Assert.Matches("^[a-z]+(\\.[a-z0-9-]+)+$", code.Code));
        Assert.All(CheckCodes.All, code => Assert.True(code.What.EndsWith('.') && code.Fix.EndsWith('.'), code.Code));
        Assert.All(CheckCodes.All.Where(code => code.MayBeOurs), code => Assert.True(code.MayPass, code.Code));
    }

    private static string Text()
    {
        var page = new StringBuilder("""
            # What a check can find

            `mtasts check DOMAIN` and the `checks` of the API look at a domain as a sending server does. Each finding has one of these codes; they do not change. An *error* means
            that a strict sender finds no policy, or would not deliver in `enforce`; a *warning*, that known senders stumble over it or that it will become an error. The last column is
            what a sender writes into its TLS reports (RFC 8460 §4.3). Of hosted domains people are told of errors and warnings: of most at once, of what may pass by itself (told: *seen twice*)
            when a second check some minutes later has found it too.

            This page is made from the code.

            | code | severity | what it means | what to do | rule | senders report | told |
            | --- | --- | --- | --- | --- | --- | --- |

            """);
        foreach (var code in CheckCodes.All.OrderBy(code => code.Code, StringComparer.Ordinal))
        {
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{code.Code}` | {code.Severity.ToString().ToLowerInvariant()} | {code.What} | {code.Fix} | {code.Rfc ?? ""} | {(code.ResultType is null ? "" : $"`{code.ResultType}`")} | {(code.Severity == Severity.Info ? "" : code.MayPass ? "seen twice" : "at once")} |\n");
        }

        return page.ToString();
    }
}
