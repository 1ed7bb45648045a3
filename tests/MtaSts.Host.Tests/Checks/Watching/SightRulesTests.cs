using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Watching;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

public sealed class SightRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>What was wrong before, what the check finds instead, and whether that shows that the first is mended.</summary>
    [Theory]
    [InlineData("txt.multiple", "", true)]
    [InlineData("txt.multiple", "txt.none", true)]
    [InlineData("txt.multiple", "txt.dns", false)]
    [InlineData("id.behind", "txt.dns", false)]
    [InlineData("txt.dns", "", true)]
    [InlineData("txt.servers-differ", "txt.lame-server", false)]
    [InlineData("tlsrpt.syntax", "txt.dns", true)]
    [InlineData("tlsrpt.syntax", "tlsrpt.dns", false)]
    [InlineData("host.ipv6-only", "host.dns", false)]
    [InlineData("policy.certificate-name", "host.dns", false)]
    [InlineData("policy.certificate-name", "", true)]
    [InlineData("policy.certificate-name", "policy.unreachable", false)]
    [InlineData("policy.certificate-name", "policy.timeout", false)]
    [InlineData("policy.certificate-name", "policy.broken", true)]
    [InlineData("policy.certificate-name", "policy.certificate-expired", true)]
    [InlineData("policy.certificate-name", "policy.unreachable@192.0.2.9", true)]
    [InlineData("policy.status", "policy.tls", false)]
    [InlineData("policy.status", "policy.broken", false)]
    [InlineData("policy.status", "policy.certificate-expired", true)]
    [InlineData("policy.tls", "policy.unreachable", false)]
    [InlineData("policy.tls", "policy.status", true)]
    [InlineData("policy.unreachable", "policy.status", true)]
    // The address is in DNS no more.
    [InlineData("policy.status@192.0.2.77", "", true)]
    [InlineData("mx.certificate-expired", "", true)]
    [InlineData("mx.certificate-expired", "mx.unreachable", false)]
    [InlineData("mx.certificate-expired", "mx.refused", false)]
    [InlineData("mx.certificate-expired", "mx.no-starttls", false)]
    [InlineData("mx.certificate-expired", "mx.dns", false)]
    [InlineData("mx.certificate-expired", "mx.dns@example.test", false)]
    [InlineData("mx.certificate-expired", "mx.unreachable@other.example.test", true)]
    // The server is no longer one of the domain.
    [InlineData("mx.certificate-expired@old.example.test", "", true)]
    [InlineData("dane.mismatch", "", true)]
    [InlineData("dane.mismatch", "dane.present", true)]
    [InlineData("dane.mismatch", "dane.failed", false)]
    [InlineData("dane.mismatch", "mx.unreachable", false)]
    [InlineData("dane.mismatch", "mx.no-starttls", false)]
    [InlineData("dane.unusable", "dane.failed", false)]
    [InlineData("dane.unusable", "mx.unreachable", true)]
    [InlineData("dane.failed", "dane.present", true)]
    [InlineData("mx.no-starttls", "mx.broken", false)]
    [InlineData("mx.no-starttls", "mx.certificate-name", true)]
    [InlineData("mx.unreachable", "mx.refused", true)]
    [InlineData("mx.unreachable", "mx.not-looked-at", false)]
    [InlineData("mx.none-reachable", "mx.dns", false)]
    [InlineData("mx.not-in-policy", "", true)]
    [InlineData("mx.not-in-policy", "mx.dns@example.test", false)]
    [InlineData("txt.servers-differ", "txt.servers-unchecked", false)]
    [InlineData("txt.lame-server", "txt.servers-unchecked", false)]
    [InlineData("txt.multiple", "txt.servers-unchecked", true)]
    [InlineData("mx.certificate-expired", "mx.dns-partly", false)]
    [InlineData("mx.unreachable", "mx.dns-partly", false)]
    [InlineData("mx.cname", "mx.dns-partly", true)]
    // One of those that were not looked at, perhaps.
    [InlineData("mx.certificate-expired@old.example.test", "mx.too-many@example.test", false)]
    [InlineData("mx.certificate-expired", "mx.too-many@example.test", true)]
    [InlineData("mx.not-in-policy@old.example.test", "mx.not-in-policy@example.test", false)]
    [InlineData("mx.pattern-unused@old.example.test", "mx.pattern-unused@example.test", false)]
    [InlineData("mx.pattern-unused@old.example.test", "", true)]
    [InlineData("mx.none-reachable", "mx.too-many@example.test", true)]
    [InlineData("unheard-of", "", true)]
    public void Only_what_was_really_looked_at_is_mended(string before, string finding, bool expected)
    {
        var (code, subject) = before.Split('@') is [var first, var second] ? (first, second) : (before, Reports.Subject(before));
        Assert.Equal(expected, SightRules.WasLookedFor(code, subject, Reports.Of(Now, finding.Length == 0 ? [] : [finding])));
    }

    [Fact]
    public void Without_a_text_nothing_is_known_of_the_policy_and_of_servers_that_it_leaves_out()
    {
        var report = Reports.Of(Now, [Reports.Finding("policy.unreachable")], hasPolicy: false, hasText: false);
        Assert.False(SightRules.WasLookedFor("policy.syntax", "mta-sts.example.test", report));
        Assert.False(SightRules.WasLookedFor("text.differs", "mta-sts.example.test", report));
        Assert.False(SightRules.WasLookedFor("mx.not-in-policy", Reports.Mail, report));
        Assert.False(SightRules.WasLookedFor("mx.pattern-unused", Reports.Mail, report));
        Assert.True(SightRules.WasLookedFor("mx.certificate-expired", Reports.Mail, report));
    }

    [Fact]
    public void One_address_of_a_mail_server_that_answers_is_enough()
    {
        var report = Reports.Of(Now, "mx.unreachable") with { Verdict = new CheckedVerdict(new CheckedDelivery("delivers", "", [], []), new CheckedDelivery("delivers", "", [Reports.Mail], [])) };
        Assert.True(SightRules.WasLookedFor("mx.certificate-expired", Reports.Mail, report));
    }
}
