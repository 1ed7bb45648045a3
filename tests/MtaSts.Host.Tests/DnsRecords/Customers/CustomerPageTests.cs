using System.Reflection;
using System.Text.RegularExpressions;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.DnsRecords.Publishers;
using MtaSts.Host.Lookups.Caa;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Customers;

/// <summary>The page for customers explains every code, and no other.</summary>
public sealed partial class CustomerPageTests
{
    [Fact]
    public void The_page_for_customers_lists_exactly_the_codes() =>
        Assert.Equal(Codes(typeof(CustomerCodes)).Concat(Codes(typeof(CaaCodes))).Order(StringComparer.Ordinal), Listed("CUSTOMERS.md", "[a-z]"));

    [Fact]
    public void The_README_lists_exactly_the_codes_of_the_HTTP_APIs() => Assert.Equal(Codes(typeof(PublisherCodes)).Order(StringComparer.Ordinal), Listed("README.md", "dns\\.api\\."));

    private static IEnumerable<string> Codes(Type codes) => codes.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

    private static IEnumerable<string> Listed(string file, string beginning) => File.ReadAllLines(Path.Combine(Repository.Top, file))
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .SelectMany(line => Code().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value))
        .Where(code => Regex.IsMatch(code, $"^{beginning}"))
        .Order(StringComparer.Ordinal);

    [GeneratedRegex("`([a-z]+\\.[a-z.-]+)`(?!\\.)")]
    private static partial Regex Code();
}
