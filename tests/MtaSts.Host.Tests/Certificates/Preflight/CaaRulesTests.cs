using MtaSts.Host.Certificates.Preflight;
using MtaSts.Host.Lookups;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Preflight;

public sealed class CaaRulesTests
{
    private const string Host = "mta-sts.customer.test";
    private const string Account = "https://ca.example/acme/acct/17";
    private const string OtherAccount = "https://ca.example/acme/acct/18";

    private static readonly PreflightCa Ca = new(["ca.example", "ca2.example"], Account, ["http-01", "tls-alpn-01"]);

    [Theory]
    [InlineData("issue ca.example")]
    [InlineData("issue CA.Example")] // domain names know no case
    [InlineData("issue ca2.example")]
    [InlineData("ISSUE ca.example")] // RFC 8659 §4.1: tags know no case
    [InlineData("issue \t ca.example \t ")]
    [InlineData("issue ca.example;")]
    [InlineData("issue ca.example ; ")]
    [InlineData("issue other.example | issue ca.example")] // one of them is enough
    [InlineData("issue ; | issue ca.example")]
    [InlineData("issue ca.example; policy=ev")] // parameters that are not known say nothing
    [InlineData("issue ca.example; accounturi=" + Account)]
    [InlineData("issue ca.example; accounturi = " + Account)]
    [InlineData("issue ca.example;accounturi=" + Account + ";validationmethods=http-01,tls-alpn-01")]
    [InlineData("issue ca.example; accounturi=" + OtherAccount + " | issue ca.example; accounturi=" + Account)]
    [InlineData("issue ca.example; AccountURI=" + Account)]
    [InlineData("issuewild ;")] // ours is no wildcard name
    [InlineData("issuewild other.example")]
    [InlineData("iodef mailto:security@customer.test")] // no issue property, no restriction
    [InlineData("128 issue ca.example")] // critical and known
    [InlineData("128 iodef mailto:security@customer.test")]
    [InlineData("128 issuemail ;")] // RFC 9495
    [InlineData("unknown something")]
    [InlineData("64 unknown something | issue ca.example")]
    public void These_records_let_us_issue(string records)
    {
        var (findings, challenges) = Judge(records);
        Assert.Empty(findings);
        Assert.Equal(Ca.Challenges, challenges);
    }

    [Theory]
    [InlineData("issue ;", PreflightCodes.CaaRefuses)]
    [InlineData("issue ", PreflightCodes.CaaRefuses)]
    [InlineData("issue other.example", PreflightCodes.CaaRefuses)]
    [InlineData("issue sub.ca.example", PreflightCodes.CaaRefuses)]
    [InlineData("issue example", PreflightCodes.CaaRefuses)]
    [InlineData("issue ca.example.", PreflightCodes.CaaRefuses)] // no final dot in the grammar
    [InlineData("issue ca.example policy", PreflightCodes.CaaRefuses)] // what breaks the grammar authorises nobody
    [InlineData("issue ca.example; policy", PreflightCodes.CaaRefuses)]
    [InlineData("issue ca.example;; policy=ev", PreflightCodes.CaaRefuses)]
    [InlineData("issue ca.example; =ev", PreflightCodes.CaaRefuses)]
    [InlineData("issue ca.example; po-licy=ev", PreflightCodes.CaaRefuses)]
    [InlineData("issue ca.example; policy=e v", PreflightCodes.CaaRefuses)]
    [InlineData("issue \"ca.example\"", PreflightCodes.CaaRefuses)]
    [InlineData("issue ca.example; accounturi=" + OtherAccount, PreflightCodes.CaaAccount)]
    [InlineData("issue ca.example; accounturi=", PreflightCodes.CaaAccount)]
    [InlineData("issue ca.example; accounturi=" + Account + "; accounturi=" + Account, PreflightCodes.CaaAccount)] // RFC 8657 §3
    [InlineData("issue other.example; accounturi=" + Account, PreflightCodes.CaaRefuses)]
    [InlineData("issue ca.example; validationmethods=dns-01", PreflightCodes.CaaMethod)]
    [InlineData("issue ca.example; validationmethods=", PreflightCodes.CaaMethod)]
    [InlineData("issue ca.example; validationmethods=HTTP-01", PreflightCodes.CaaMethod)]
    [InlineData("issue ca.example; validationmethods=http-01; validationmethods=http-01", PreflightCodes.CaaMethod)]
    [InlineData("128 unknown something | issue ca.example", PreflightCodes.CaaCritical)]
    [InlineData("1 unknown something | issue ca.example", PreflightCodes.CaaCritical)] // where many take the critical bit to be
    [InlineData("255 unknown something", PreflightCodes.CaaCritical)]
    public void These_records_refuse_us(string records, string code)
    {
        var (findings, challenges) = Judge(records);
        var finding = Assert.Single(findings);
        Assert.Equal((code, PreflightSeverity.Error), (finding.Code, finding.Severity));
        Assert.Contains("customer.test", finding.Message, StringComparison.Ordinal);
        Assert.StartsWith("RFC 86", finding.Rfc, StringComparison.Ordinal);
        Assert.Empty(challenges);
    }

    [Theory]
    [InlineData("issue ca.example; validationmethods=tls-alpn-01,dns-01", "tls-alpn-01")]
    [InlineData("issue ca.example; validationmethods=dns-01 | issue ca2.example; validationmethods=http-01", "http-01")]
    [InlineData("issue ca.example; accounturi=" + OtherAccount + " | issue ca.example; validationmethods=http-01", "http-01")] // not the methods of a record that is not for us
    public void Only_the_methods_that_a_record_names_are_used(string records, string challenge)
    {
        var (findings, challenges) = Judge(records);
        Assert.Empty(findings);
        Assert.Equal([challenge], challenges);
    }

    [Fact]
    public void A_CA_that_does_not_tell_its_name_is_given_the_benefit_of_the_doubt()
    {
        var silent = Ca with { CaaIdentities = [] };
        Assert.Equal((PreflightCodes.CaaNotChecked, PreflightSeverity.Warning), CodeOf(Judge("issue other.example", silent)));
        Assert.Empty(Judge("iodef mailto:a@b.test", silent).Findings);
        // `;` lets nobody issue, whatever he is called.
        Assert.Equal((PreflightCodes.CaaRefuses, PreflightSeverity.Error), CodeOf(Judge("issue ;", silent)));
    }

    [Fact]
    public void An_account_that_is_not_known_yet_is_given_the_benefit_of_the_doubt()
    {
        var early = Ca with { AccountUri = null };
        var result = Judge("issue ca.example; accounturi=" + Account, early);
        Assert.Equal((PreflightCodes.CaaNotChecked, PreflightSeverity.Warning), CodeOf(result));
        Assert.Equal(Ca.Challenges, result.Challenges);
        Assert.Empty(Judge("issue ca.example | issue ca.example; accounturi=" + Account, early).Findings);
    }

    [Fact]
    public void No_records_let_everybody_issue()
    {
        var (findings, challenges) = CaaRules.Judge(Host, new RelevantCaa(LookupOutcome.NoData, Host, []), Ca);
        Assert.Empty(findings);
        Assert.Equal(Ca.Challenges, challenges);
    }

    [Fact]
    public void Messages_do_not_carry_a_strangers_text()
    {
        var tag = "<script>" + new string('x', 300);
        var message = Assert.Single(CaaRules.Judge(Host, new RelevantCaa(LookupOutcome.Answer, Host, [new CaaProperty(128, tag, "")]), Ca).Findings).Message;
        Assert.DoesNotContain('<', message);
        Assert.True(message.Length < 400);

        var many = Enumerable.Range(0, 500).Select(number => new CaaProperty(0, "issue", $"ca{number}.{new string('y', 60)}.example")).Append(new CaaProperty(0, "issue", "<script>"));
        message = Assert.Single(CaaRules.Judge(Host, new RelevantCaa(LookupOutcome.Answer, Host, [.. many]), Ca).Findings).Message;
        Assert.Contains("and others", message, StringComparison.Ordinal);
        Assert.DoesNotContain('<', message);
        Assert.True(message.Length < 1000);
    }

    private static (string, PreflightSeverity) CodeOf((IReadOnlyList<PreflightFinding> Findings, IReadOnlyList<string> Challenges) result)
    {
        var finding = Assert.Single(result.Findings);
        return (finding.Code, finding.Severity);
    }

    // `[flags ]tag value`, several by ` | `.
    private static (IReadOnlyList<PreflightFinding> Findings, IReadOnlyList<string> Challenges) Judge(string records, PreflightCa? ca = null) =>
        CaaRules.Judge(Host, new RelevantCaa(LookupOutcome.Answer, "customer.test", [.. records.Split(" | ").Select(Property)]), ca ?? Ca);

    private static CaaProperty Property(string record)
    {
        var parts = record.Split(' ', 2);
        return byte.TryParse(parts[0], out var flags) ? Property(parts[1]) with { Flags = flags } : new CaaProperty(0, parts[0], parts[1]);
    }
}
