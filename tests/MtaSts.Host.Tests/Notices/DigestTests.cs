using System.Globalization;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices.Mail;
using Xunit;

namespace MtaSts.Host.Tests.Notices;

public sealed class DigestTests
{
    private static int _ids;

    [Fact]
    public void Errors_that_stop_mail_stand_first_and_each_says_what_to_do()
    {
        var (subject, text) = Compose([Event("a.example", AdvisorySeverity.Warning, code: "mx.cname"), Event("z.example", isEnforced: true), Event("b.example")]);
        Assert.Equal("MTA-STS: 1 domain has errors that stop mail: z.example", subject);
        Assert.Equal(["z.example", "b.example", "a.example"], text.Split('\n').Where(line => line.EndsWith(".example", StringComparison.Ordinal) && !line.Contains(' ', StringComparison.Ordinal)));
        Assert.Equal(3, text.Split("What to do: ").Length - 1);
        Assert.Contains("- ERROR, mail is stopped: mx.example.net\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thousand_advisories_are_a_hundred_and_a_number()
    {
        var events = Enumerable.Range(0, 1000).Select(number => Event(string.Create(CultureInfo.InvariantCulture, $"d{number}.example"))).ToList();
        var (subject, text) = Compose(events);
        Assert.Equal("MTA-STS: 1000 domains have errors: d0.example, d1.example, d10.example, …", subject);
        Assert.Equal(100, text.Split("- Error").Length - 1);
        Assert.Contains("And 900 more", text, StringComparison.Ordinal);
        Assert.True(text.Length < 60_000);
    }

    [Fact]
    public void The_last_word_on_an_advisory_counts()
    {
        var events = new[] { Event("a.example"), Event("a.example", kind: AdvisoryEventKind.Cleared), Event("b.example", kind: AdvisoryEventKind.Cleared), Event("b.example") };
        var (subject, text) = Compose(events);
        Assert.Equal("MTA-STS: 1 domain has errors: b.example", subject);
        Assert.Contains("No longer wrong\n\n- a.example: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_goes_on_is_a_number_and_a_reminder_names_the_domains()
    {
        var (subject, text) = Digest.Compose(new DigestFacts([], 12, ["a.example", "b.example"], new Dictionary<int, string>(), 7));
        Assert.Equal("MTA-STS: 2 domains have errors that go on: a.example, b.example", subject);
        Assert.StartsWith("12 findings that were told before go on.\nErrors go on at: a.example, b.example\n", text, StringComparison.Ordinal);
        Assert.Contains("7 older notices were dropped", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_provider_reads_whose_a_domain_is()
    {
        var (_, text) = Digest.Compose(new DigestFacts([Event("a.example")], 0, [], new Dictionary<int, string> { [1] = "acme" }, 0));
        Assert.StartsWith("a.example (tenant acme)\n", text, StringComparison.Ordinal);
    }

    private static (string Subject, string Text) Compose(IReadOnlyList<AdvisoryEvent> events) => Digest.Compose(new DigestFacts(events, 0, [], new Dictionary<int, string>(), 0));

    private static AdvisoryEvent Event(
        string domain, AdvisorySeverity severity = AdvisorySeverity.Error, bool isEnforced = false, AdvisoryEventKind kind = AdvisoryEventKind.Added, string code = "mx.not-in-policy")
    {
        return new AdvisoryEvent
        {
            Id = Interlocked.Increment(ref _ids),
            DomainId = 1,
            Domain = domain,
            TenantId = 1,
            Kind = kind,
            Code = code,
            Subject = "mx.example.net",
            Severity = severity,
            Message = "No pattern covers mx.example.net.",
            IsEnforced = isEnforced,
        };
    }
}
