using System.Net;
using System.Text;
using System.Text.Json;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Lookups;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

/// <summary>Reports of a domain whose mail servers say as much as they may, at as many addresses as are looked at.</summary>
public sealed class HostileReportTests
{
    private const int Hosts = MailLook.MostHosts;
    private const int Addresses = 2 * MailLook.MostAddresses;

    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData('é', nameof(MailEnd.Broken))]
    [InlineData('é', nameof(MailEnd.NoStartTls))]
    [InlineData('"', nameof(MailEnd.Broken))]
    [InlineData('\u001b', nameof(MailEnd.Refused))]
    [InlineData('漢', nameof(MailEnd.Secured))]
    [InlineData('\u0378', nameof(MailEnd.Secured))]
    public void A_report_is_kept_within_its_bound_and_names_each_advisory(char letter, string end)
    {
        var report = Report(letter, [.. Enumerable.Range(0, Hosts).Select(host => Host(host, letter, Enum.Parse<MailEnd>(end)))], []);

        Assert.InRange(report.Steps.Where(step => step.Name == "smtp").Sum(step => step.Evidence.Count), Hosts * Addresses, MailEvidence.MostLines);
        var kept = Kept(report);

        Assert.InRange(report.Advisories.Count, Hosts, 1000);
        Assert.Equal(report.Advisories.Select(Named), kept.Advisories.Select(Named));
        Assert.Equal(JsonSerializer.Serialize(report.Verdict), JsonSerializer.Serialize(kept.Verdict));
        Assert.Equal(report.Steps.Select(step => (step.Name, step.Subject, step.State)), kept.Steps.Select(step => (step.Name, step.Subject, step.State)));
    }

    [Fact]
    public void Thousands_of_mail_servers_are_counted_where_they_are_not_named()
    {
        var others = Enumerable.Range(0, 4000).Select(number => new MailExchange(10, $"mx{number}.{new string('a', 60)}.{new string('b', 60)}.{new string('c', 60)}.test")).ToList();
        var report = Report('é', [.. Enumerable.Range(0, Hosts).Select(host => Host(host, 'é', MailEnd.Broken))], others);

        var kept = Kept(report);

        Assert.Contains("3960 of the mail servers are left out here", kept.Verdict.Enforce!.Message, StringComparison.Ordinal);
        Assert.Equal(report.Advisories.Select(Named), kept.Advisories.Select(Named));
    }

    [Fact]
    public void The_end_of_each_dialogue_stays_and_what_is_left_out_is_counted()
    {
        var report = Report('é', [.. Enumerable.Range(0, Hosts).Select(host => Host(host, 'é', MailEnd.Broken))], []);
        var evidence = report.Steps.First(step => step.Name == "smtp").Evidence;
        for (var address = 0; address < Addresses; address++)
        {
            var at = evidence.ToList().FindIndex(line => line.StartsWith($"192.0.2.{address}: ", StringComparison.Ordinal));
            Assert.Equal(("… 39 lines left out", "S: 39 ééé"), (evidence[at + 1], evidence[at + 2][..9]));
        }
    }

    [Fact]
    public void One_server_that_fails_is_told_of_in_full()
    {
        var one = Host(0, 'e', MailEnd.Broken);
        var report = Report('e', [one with { Addresses = [one.Addresses[0]] }], []);
        Assert.Equal(one.Addresses[0].Dialogue.Select(Shown.Of), report.Steps.Single(step => step.Name == "smtp").Evidence.Where(line => line.StartsWith("S: ", StringComparison.Ordinal)));
        Assert.Equal(JsonSerializer.Serialize(report), JsonSerializer.Serialize(Kept(report)));
    }

    private static CheckReport Kept(CheckReport report)
    {
        var text = StoredReports.Text(report);
        Assert.InRange(Encoding.UTF8.GetByteCount(text), 1000, StoredReports.MostBytes);
        return JsonSerializer.Deserialize(text, ChecksJson.Default.CheckReport)!;
    }

    private static (string, string, string, string, string?, string?) Named(CheckedAdvisory advisory) =>
        (advisory.Code, advisory.Severity, advisory.Subject, advisory.Fix, advisory.Rfc, advisory.ResultType);

    private static CheckReport Report(char letter, IReadOnlyList<MailHost> hosts, IReadOnlyList<MailExchange> others)
    {
        Assert.True(MailDomain.TryParse("customer.test", out var domain, out _));
        Assert.True(MxPattern.TryParse("*.mail.test", out var pattern, out _));
        var policy = new StsPolicy(StsMode.Enforce, [pattern], 86400);
        var facts = new MailFacts("customer.test", MxKind.Records, LookupOutcome.Answer, hosts, others, Now, TimeSpan.Zero, TimeSpan.Zero);
        // What a fetch shows, at its limits too.
        var fetch = new CheckPart([.. Enumerable.Range(0, 8).Select(address => new CheckStep("fetch", $"198.51.100.{address}", StepState.Error, TimeSpan.Zero, [.. Enumerable.Repeat(Shown.Of(new string(letter, 300)), 50)]))], []);
        return CheckReports.Of(domain, Now, TimeSpan.Zero, "1", policy, VerdictRules.Of(policy, facts.Kind, MailRules.Hosts(facts, policy)), [fetch, MailRules.Judge(facts, policy)]);
    }

    private static MailHost Host(int number, char letter, MailEnd end) => new(
        $"mx{number}.{new string('a', 60)}.{new string('b', 60)}.{new string('c', 50)}.test",
        10,
        LookupOutcome.Answer,
        LookupOutcome.Answer,
        [.. Enumerable.Repeat(new string('d', 250), 8)],
        [.. Enumerable.Range(0, Addresses).Select(address => Address(address, letter, end))],
        [.. Enumerable.Range(0, 200).Select(address => IPAddress.Parse($"203.0.113.{address}"))],
        new TlsaFacts(LookupOutcome.Answer, [.. Enumerable.Repeat($"3 1 2 {new string('0', 128)}", 300)], true),
        TimeSpan.Zero);

    // Each address says something else, so that no advisory is about two.
    private static MailAddress Address(int number, char letter, MailEnd end)
    {
        var said = $"{number} {new string(letter, 300)}";
        var own = new CertificateFacts(said, said + "x", Now.AddDays(-9), Now.AddDays(-number - 1), [said], false, new CertificateDigests("1", "2", "3", "4"));
        return new MailAddress(
            IPAddress.Parse($"192.0.2.{number}"), end, said, [.. Enumerable.Range(0, 40).Select(line => $"S: {line} {new string(letter, 200)}")],
            end == MailEnd.Secured ? new TlsFacts("TLS 1.2", "x", [.. Enumerable.Repeat(own, 10)], said, false) : null, null, TimeSpan.Zero);
    }
}
