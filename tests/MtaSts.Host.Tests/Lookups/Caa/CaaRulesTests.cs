using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;
using Xunit;

namespace MtaSts.Host.Tests.Lookups.Caa;

public sealed class CaaRulesTests
{
    private const string Host = "mta-sts.customer.test";
    private const string Account = "https://ca.example/acme/acct/17";
    private const string OtherAccount = "https://ca.example/acme/acct/18";

    private static readonly CaaIssuer Ca = new(["ca.example", "ca2.example"], Account, ["http-01", "tls-alpn-01"]);

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
    [InlineData("issue ;", CaaCodes.Refuses)]
    [InlineData("issue ", CaaCodes.Refuses)]
    [InlineData("issue other.example", CaaCodes.Refuses)]
    [InlineData("issue sub.ca.example", CaaCodes.Refuses)]
    [InlineData("issue example", CaaCodes.Refuses)]
    [InlineData("issue ca.example.", CaaCodes.Refuses)] // no final dot in the grammar
    [InlineData("issue ca.example policy", CaaCodes.Refuses)] // what breaks the grammar authorises nobody
    [InlineData("issue ca.example; policy", CaaCodes.Refuses)]
    [InlineData("issue ca.example;; policy=ev", CaaCodes.Refuses)]
    [InlineData("issue ca.example; =ev", CaaCodes.Refuses)]
    [InlineData("issue ca.example; po-licy=ev", CaaCodes.Refuses)]
    [InlineData("issue ca.example; policy=e v", CaaCodes.Refuses)]
    [InlineData("issue \"ca.example\"", CaaCodes.Refuses)]
    [InlineData("issue ca.example; accounturi=" + OtherAccount, CaaCodes.Account)]
    [InlineData("issue ca.example; accounturi=", CaaCodes.Account)]
    [InlineData("issue ca.example; accounturi=" + Account + "; accounturi=" + Account, CaaCodes.Account)] // RFC 8657 §3
    [InlineData("issue other.example; accounturi=" + Account, CaaCodes.Refuses)]
    [InlineData("issue ca.example; validationmethods=dns-01", CaaCodes.Method)]
    [InlineData("issue ca.example; validationmethods=", CaaCodes.Method)]
    [InlineData("issue ca.example; validationmethods=HTTP-01", CaaCodes.Method)]
    [InlineData("issue ca.example; validationmethods=http-01; validationmethods=http-01", CaaCodes.Method)]
    [InlineData("128 unknown something | issue ca.example", CaaCodes.Critical)]
    [InlineData("1 unknown something | issue ca.example", CaaCodes.Critical)] // where many take the critical bit to be
    [InlineData("255 unknown something", CaaCodes.Critical)]
    public void These_records_refuse_us(string records, string code)
    {
        var (findings, challenges) = Judge(records);
        var finding = Assert.Single(findings);
        Assert.Equal((code, true), (finding.Code, finding.Forbids));
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
        Assert.Equal((CaaCodes.NotChecked, false), CodeOf(Judge("issue other.example", silent)));
        Assert.Empty(Judge("iodef mailto:a@b.test", silent).Findings);
        // `;` lets nobody issue, whatever he is called.
        Assert.Equal((CaaCodes.Refuses, true), CodeOf(Judge("issue ;", silent)));
    }

    [Fact]
    public void An_account_that_is_not_known_yet_is_given_the_benefit_of_the_doubt()
    {
        var early = Ca with { AccountUri = null };
        var result = Judge("issue ca.example; accounturi=" + Account, early);
        Assert.Equal((CaaCodes.NotChecked, false), CodeOf(result));
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

    private static (string, bool) CodeOf((IReadOnlyList<CaaFinding> Findings, IReadOnlyList<string> Challenges) result)
    {
        var finding = Assert.Single(result.Findings);
        return (finding.Code, finding.Forbids);
    }

    // `[flags ]tag value`, several by ` | `.
    private static (IReadOnlyList<CaaFinding> Findings, IReadOnlyList<string> Challenges) Judge(string records, CaaIssuer? ca = null) =>
        CaaRules.Judge(Host, new RelevantCaa(LookupOutcome.Answer, "customer.test", [.. records.Split(" | ").Select(Property)]), ca ?? Ca);

    private static CaaProperty Property(string record)
    {
        var parts = record.Split(' ', 2);
        return byte.TryParse(parts[0], out var flags) ? Property(parts[1]) with { Flags = flags } : new CaaProperty(0, parts[0], parts[1]);
    }
}
