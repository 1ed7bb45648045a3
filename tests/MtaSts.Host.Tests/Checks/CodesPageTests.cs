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
    }

    private static string Text()
    {
        var page = new StringBuilder("""
            # What a check can find

            `mtasts check DOMAIN` and the `checks` of the API look at a domain as a sending server does. Each finding has one of these codes; they do not change. An *error* means
            that a strict sender finds no policy, or would not deliver in `enforce`; a *warning*, that known senders stumble over it or that it will become an error. The last column is
            what a sender writes into its TLS reports (RFC 8460 §4.3).

            This page is made from the code.

            | code | severity | what it means | what to do | rule | senders report |
            | --- | --- | --- | --- | --- | --- |

            """);
        foreach (var code in CheckCodes.All.OrderBy(code => code.Code, StringComparer.Ordinal))
        {
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{code.Code}` | {code.Severity.ToString().ToLowerInvariant()} | {code.What} | {code.Fix} | {code.Rfc ?? ""} | {(code.ResultType is null ? "" : $"`{code.ResultType}`")} |\n");
        }

        return page.ToString();
    }
}
