using System.Net;
using System.Text;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Fetch;
using MtaSts.Host.Lookups;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Fetch;

public sealed class FetchRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly IPAddress V4 = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress OtherV4 = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress V6 = IPAddress.Parse("2001:db8::1");

    [Theory]
    [InlineData(FetchOutcome.Unreachable, "policy.unreachable", "sts-policy-fetch-error")]
    [InlineData(FetchOutcome.ConnectTimeout, "policy.unreachable", "sts-policy-fetch-error")]
    [InlineData(FetchOutcome.TlsVersion, "policy.tls-version", "sts-policy-fetch-error")]
    [InlineData(FetchOutcome.TlsFailed, "policy.tls", "sts-policy-fetch-error")]
    [InlineData(FetchOutcome.Timeout, "policy.timeout", "sts-policy-fetch-error")]
    [InlineData(FetchOutcome.Broken, "policy.broken", "sts-policy-fetch-error")]
    [InlineData(FetchOutcome.TooLarge, "policy.too-large", "sts-policy-fetch-error")]
    [InlineData(FetchOutcome.Unchecked, "host.address-unchecked", null)]
    internal void Each_outcome_has_its_code_and_the_result_type_of_senders(FetchOutcome outcome, string code, string? resultType)
    {
        var found = Assert.Single(Judge(new FetchFacts(V4, outcome)));
        Assert.Equal((code, resultType), (found.Code, found.ResultType));
    }

    [Theory]
    [InlineData(200, null, "text/plain", null, "")]
    [InlineData(200, null, "TEXT/PLAIN;charset=utf-8", "identity", "")]
    [InlineData(200, null, "text/html", null, "policy.media-type")]
    [InlineData(200, null, "text/plainer", null, "policy.media-type")]
    [InlineData(200, null, null, null, "policy.media-type")]
    [InlineData(200, null, "text/plain", "br", "policy.encoding")]
    [InlineData(204, null, null, null, "policy.status")]
    [InlineData(206, null, "text/plain", null, "policy.status")]
    [InlineData(304, null, null, null, "policy.status")]
    [InlineData(302, "/login", null, null, "policy.redirect")]
    [InlineData(404, "/login", null, null, "policy.status")]
    [InlineData(503, null, null, null, "policy.status")]
    public void Only_200_with_plain_text_is_a_policy(int status, string? location, string? type, string? coding, string code) =>
        Assert.Equal(code, Codes(Judge(Complete(V4) with { Status = status, Location = location, ContentType = type, ContentEncoding = coding })));

    [Theory]
    [InlineData(-90, 30, "")]
    [InlineData(-80, 10, "policy.certificate-expires-soon")]
    [InlineData(-3, 3, "")] // certificates of six days
    [InlineData(-5, 1, "policy.certificate-expires-soon")]
    [InlineData(-350, 15, "")]
    [InlineData(-90, 0, "policy.certificate-expired")]
    [InlineData(-90, -1, "policy.certificate-expired")]
    [InlineData(1, 90, "policy.certificate-expired")]
    public void A_certificate_has_its_time(int from, int to, string code) =>
        Assert.Equal(code, Codes(Judge(Complete(V4) with { Handshake = Shake() with { NotBefore = Now.AddDays(from), NotAfter = Now.AddDays(to) } })));

    [Fact]
    public void Faults_of_the_certificate_are_told_together_and_are_one_result_type()
    {
        var found = Judge(Complete(V4) with { Handshake = Shake() with { NamesHost = false, Distrust = "PartialChain", NotAfter = Now } });
        Assert.Equal("policy.certificate-expired policy.certificate-name policy.certificate-untrusted", Codes(found));
        Assert.All(found, advisory => Assert.Equal("sts-webpki-invalid", advisory.ResultType));
    }

    [Theory]
    [InlineData(1.9, "")]
    [InlineData(2.1, "policy.slow")]
    public void Slower_than_known_senders_wait_is_a_warning(double seconds, string code) => Assert.Equal(code, Codes(Judge(Complete(V4) with { Took = TimeSpan.FromSeconds(seconds) })));

    [Fact]
    public void An_address_that_is_dead_beside_a_living_one_is_a_warning()
    {
        Assert.Equal("|policy.ipv6-broken", Each(Complete(V4), new FetchFacts(V6, FetchOutcome.ConnectTimeout)));
        Assert.Equal("|policy.address-unreachable", Each(Complete(V4), new FetchFacts(OtherV4, FetchOutcome.Unreachable)));
        Assert.Equal("policy.unreachable|policy.unreachable", Each(new FetchFacts(V4, FetchOutcome.Unreachable), new FetchFacts(V6, FetchOutcome.Unreachable)));
        Assert.Equal("policy.unreachable|host.address-unchecked", Each(new FetchFacts(V4, FetchOutcome.Unreachable), new FetchFacts(V6, FetchOutcome.Unchecked)));
    }

    [Fact]
    public void Answers_are_compared_between_addresses_and_requests()
    {
        var other = Complete(OtherV4) with { Body = Encoding.ASCII.GetBytes("other") };
        Assert.Equal("", Together(Facts(Complete(V4), Complete(OtherV4)) with { WithoutAgent = Complete(V4) }));
        Assert.Equal("policy.addresses-differ", Together(Facts(Complete(V4), other)));
        Assert.Equal("", Together(Facts(Complete(V4), new FetchFacts(OtherV4, FetchOutcome.Timeout))));
        Assert.Equal("policy.user-agent", Together(Facts(Complete(V4)) with { WithoutAgent = Complete(V4) with { Status = 403, Body = null } }));
        Assert.Equal("policy.user-agent", Together(Facts(Complete(V4)) with { WithoutAgent = new FetchFacts(V4, FetchOutcome.Broken) }));
        Assert.Equal("", Together(Facts(Complete(V4)) with { WithoutAgent = new FetchFacts(V4, FetchOutcome.Unchecked) }));
    }

    [Theory]
    [InlineData(PolicyHosts.Text, true, "")]
    [InlineData("version: STSv1\nmode: none\nmax_age: 3600\nmx: a.test\n", true, "policy.mode-none")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 3600\nmx: a.test\n", true, "policy.short-max-age")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 604800\nmx: a.test", true, "policy.advice")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 604800\nmx: a..test\n", false, "policy.syntax")]
    [InlineData("\n <html>", false, "policy.syntax")]
    [InlineData("", false, "policy.syntax policy.syntax policy.syntax policy.syntax")] // each field is missing
    public void The_text_is_judged_as_by_lint(string text, bool isPolicy, string codes)
    {
        var found = PolicyRules.Judge("mta-sts.example.test", Encoding.ASCII.GetBytes(text), out var policy);
        Assert.Equal((isPolicy, codes), (policy is not null, Codes(found)));
        Assert.All(found, advisory => Assert.Equal(advisory.Code == "policy.syntax" ? "sts-policy-invalid" : null, advisory.ResultType));
    }

    [Fact]
    public void A_text_of_nothing_but_faults_does_not_fill_the_report()
    {
        var found = PolicyRules.Judge("mta-sts.example.test", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("nonsense\n", 5000))), out _);
        Assert.Equal(11, found.Count);
        Assert.InRange(PolicyRules.Evidence(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("nonsense\n", 5000)))).Count, 1, 50);
    }

    [Fact]
    public void Codes_are_unique_and_all_listed()
    {
        CheckCode[] all = [.. FetchCodes.All, .. MtaSts.Host.Checks.Records.RecordCodes.All];
        Assert.Equal(all.Length, all.Select(code => code.Code).Distinct().Count());
        foreach (var type in new[] { typeof(FetchCodes), typeof(MtaSts.Host.Checks.Records.RecordCodes) })
        {
            Assert.All(type.GetFields().Where(field => field.FieldType == typeof(CheckCode)), field => Assert.Contains((CheckCode)field.GetValue(null)!, all));
        }
    }

    private static HandshakeFacts Shake() => new("TLS 1.3", "TLS_AES_256_GCM_SHA384", ["mta-sts.example.test"], "CN=CA", Now.AddDays(-30), Now.AddDays(60), true, 2, null);

    private static FetchFacts Complete(IPAddress address) =>
        new(address, FetchOutcome.Complete) { Status = 200, ContentType = "text/plain", Body = Encoding.ASCII.GetBytes(PolicyHosts.Text), Handshake = Shake(), HeaderAfter = TimeSpan.Zero };

    private static HostFacts Facts(params FetchFacts[] fetches) => new(
        "mta-sts.example.test", Now, new Lookup<IPAddress>("mta-sts.example.test", LookupOutcome.Answer, [V4], []), new Lookup<IPAddress>("mta-sts.example.test", LookupOutcome.NoData, [], []), fetches, [], [], default);

    private static IReadOnlyList<Advisory> Judge(FetchFacts fetch) => FetchRules.JudgeEach(Facts(fetch))[0];

    private static string Each(params FetchFacts[] fetches) => string.Join('|', FetchRules.JudgeEach(Facts(fetches)).Select(Codes));

    private static string Together(HostFacts facts) => Codes(FetchRules.JudgeTogether(facts));

    private static string Codes(IEnumerable<Advisory> found) => string.Join(' ', found.Select(advisory => advisory.Code));
}
