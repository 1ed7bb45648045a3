using System.Text.Json;
using MtaSts.Host.Checks;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Network;

/// <summary>The check against real servers with every fault, one domain each; and beside it a program that senders use.</summary>
public sealed class NetworkTests(CheckNetwork network) : IClassFixture<CheckNetwork>
{
    private IReadOnlyList<NetworkCase> Cases => network.Table.Cases;

    [Fact]
    public void Each_fault_gives_exactly_its_advisories() => Differences(
        one => one.Advisories.Select(line => line.EndsWith('@') ? line[..^1] + one.Domain : line).Order(StringComparer.Ordinal),
        report => report.Advisories.Select(advisory => $"{advisory.Code} {advisory.Subject}").Order(StringComparer.Ordinal));

    [Fact]
    public void Each_domain_has_its_verdict() => Differences(
        one => one.Verdict.Split(' '),
        report => [report.Verdict.Now.Outcome, report.Verdict.Enforce?.Outcome ?? "-"]);

    [Fact]
    public void A_strict_sender_finds_a_policy_where_the_table_says_so() => Differences(one => [$"{one.Valid}"], report => [$"{IsValid(report)}"]);

    [Fact]
    public void Another_sender_finds_the_same_or_the_table_says_why() => None(Cases.SelectMany(one =>
    {
        var (other, ours) = (network.Resolved[one.Domain], IsValid(network.Reports[one.Domain]));
        return new[]
        {
            other == one.Resolver ? null : $"{one.Domain}: postfix-mta-sts-resolver says {other}, the table {one.Resolver}",
            (other == "VALID") == ours || one.Why is not null ? null : $"{one.Domain}: postfix-mta-sts-resolver says {other}, the check {(ours ? "valid" : "not valid")}, and the table does not say why",
            (other == "VALID") != ours || one.Why is null ? null : $"{one.Domain}: both say the same, and the table says why they do not",
        }.OfType<string>();
    }));

    [Fact]
    public void Every_check_ends_within_its_time() =>
        None(Cases.Select(one => network.Reports[one.Domain]).Where(report => report.Milliseconds > 60_000).Select(report => $"{report.Domain}: {report.Milliseconds} ms"));

    [Theory]
    [InlineData("good.test", 0)]
    [InlineData("mx-expired.test", 1)]
    public async Task The_command_says_the_same_as_the_service(string domain, int exitCode)
    {
        var result = await network.CheckAsync(domain, "--json");
        Assert.True(result.ExitCode == exitCode, result.Output);
        var (report, expected) = (JsonSerializer.Deserialize<CheckReport>(result.StandardOutput, JsonSerializerOptions.Web)!, network.Reports[domain]);
        Assert.Equal(expected.Advisories, report.Advisories);
        Assert.Equal(JsonSerializer.Serialize(expected.Verdict), JsonSerializer.Serialize(report.Verdict));
    }

    // All of them, and not cut off.
    private static void None(IEnumerable<string> faults)
    {
        var all = string.Join('\n', faults);
        Assert.True(all.Length == 0, all);
    }

    // What a strict sender may use: a record that counts, and a policy that was fetched as it must be.
    private static bool IsValid(CheckReport report) => report.PolicyId is not null && report.Policy is not null;

    private void Differences(Func<NetworkCase, IEnumerable<string>> expected, Func<CheckReport, IEnumerable<string>> actual) => None(Cases.SelectMany(one =>
    {
        var (report, wanted) = (network.Reports[one.Domain], expected(one).ToList());
        var found = actual(report).ToList();
        return wanted.SequenceEqual(found)
            ? []
            : new[] { $"{one.Domain} ({one.What})\n  expected: {string.Join(", ", wanted)}\n  actual:   {string.Join(", ", found)}\n{string.Concat(report.Advisories.Select(advisory => $"    {advisory.Code}: {advisory.Message}\n"))}" };
    }));
}
