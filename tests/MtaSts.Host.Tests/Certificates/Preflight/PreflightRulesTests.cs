using System.Net;
using MtaSts.Host.Certificates.Preflight;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Preflight;

public sealed class PreflightRulesTests
{
    private const string Host = "mta-sts.customer.test";
    private const string Target = "label.host.provider.test";

    private static readonly IPAddress Ours = IPAddress.Parse("198.51.100.7");
    private static readonly IPAddress Ours6 = IPAddress.Parse("2001:db8::7");
    private static readonly IPAddress Strange = IPAddress.Parse("203.0.113.9");

    private static readonly PreflightFacts Good = new(
        Host,
        Found([Ours], Target),
        Found([Ours6], Target),
        [Ours, Ours6],
        [],
        [new EchoResult(Ours, EchoOutcome.Ours), new EchoResult(Ours6, EchoOutcome.Ours)],
        new RelevantCaa(LookupOutcome.NoData, Host, []),
        new CaaIssuer(["ca.example"], "https://ca.example/1", ["http-01", "tls-alpn-01"]));

    [Fact]
    public void All_is_well()
    {
        var report = PreflightRules.Judge(Good);
        Assert.True(report.Passed);
        Assert.Empty(report.Findings);
        Assert.Equal([Target], report.Chain);
        Assert.Equal([Ours, Ours6], report.Addresses);
        Assert.Equal(["http-01", "tls-alpn-01"], report.Challenges);
    }

    [Fact]
    public void One_family_is_enough() =>
        Assert.True(PreflightRules.Judge(Good with { V6 = Ended(LookupOutcome.NoData, Target) }).Passed);

    [Fact]
    public void Every_address_has_to_be_ours_when_ours_are_known()
    {
        var report = PreflightRules.Judge(Good with { V4 = Found([Ours, Strange], Target) });
        Assert.Contains("203.0.113.9,", OnlyError(report, PreflightCodes.AddressNotOurs).Message, StringComparison.Ordinal);

        report = PreflightRules.Judge(Good with { OurAddresses = [Ours] });
        Assert.Contains("2001:db8::7,", OnlyError(report, PreflightCodes.AddressNotOurs).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LookupOutcome.NoName, LookupOutcome.NoName, PreflightCodes.HostNxDomain)]
    [InlineData(LookupOutcome.NoData, LookupOutcome.NoData, PreflightCodes.HostNoAddress)]
    [InlineData(LookupOutcome.ServerFailure, LookupOutcome.ServerFailure, PreflightCodes.DnsServFail)]
    [InlineData(LookupOutcome.NoData, LookupOutcome.ServerFailure, PreflightCodes.DnsServFail)]
    [InlineData(LookupOutcome.Timeout, LookupOutcome.NoData, PreflightCodes.DnsTimeout)]
    [InlineData(LookupOutcome.Refused, LookupOutcome.Refused, PreflightCodes.DnsRefused)]
    [InlineData(LookupOutcome.Malformed, LookupOutcome.Malformed, PreflightCodes.DnsMalformed)]
    [InlineData(LookupOutcome.AliasLoop, LookupOutcome.AliasLoop, PreflightCodes.DnsCnameLoop)]
    [InlineData(LookupOutcome.TooManyAliases, LookupOutcome.TooManyAliases, PreflightCodes.DnsCnameTooLong)]
    internal void Each_way_to_have_no_address_has_its_code(LookupOutcome v4, LookupOutcome v6, string code)
    {
        foreach (var target in new[] { null, Target })
        {
            var report = PreflightRules.Judge(Good with { V4 = Ended(v4, target), V6 = Ended(v6, target), Echoes = [] });
            Assert.Contains(target ?? Host, OnlyError(report, code).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_family_that_fails_is_an_error_although_the_other_answers() =>
        OnlyError(PreflightRules.Judge(Good with { V6 = Ended(LookupOutcome.ServerFailure, Target) }), PreflightCodes.DnsServFail);

    [Fact]
    public void One_cause_that_meets_all_look_ups_is_told_once()
    {
        var report = PreflightRules.Judge(Good with
        {
            V4 = Ended(LookupOutcome.ServerFailure, null),
            V6 = Ended(LookupOutcome.ServerFailure, null),
            Echoes = [],
            Caa = new RelevantCaa(LookupOutcome.ServerFailure, Host, []),
        });
        Assert.Contains("(A, AAAA, CAA)", OnlyError(report, PreflightCodes.DnsServFail).Message, StringComparison.Ordinal);
        Assert.Empty(report.Challenges);
    }

    [Fact]
    public void SERVFAIL_for_CAA_alone_is_a_refusal()
    {
        var report = PreflightRules.Judge(Good with { Caa = new RelevantCaa(LookupOutcome.ServerFailure, "customer.test", []) });
        Assert.Contains("customer.test (CAA)", OnlyError(report, PreflightCodes.DnsServFail).Message, StringComparison.Ordinal);
        Assert.Empty(report.Challenges);
    }

    [Theory]
    [InlineData(EchoOutcome.Other, PreflightCodes.EchoOther)]
    [InlineData(EchoOutcome.Unreachable, PreflightCodes.EchoUnreachable)]
    [InlineData(EchoOutcome.Timeout, PreflightCodes.EchoTimeout)]
    internal void The_echo_decides_only_where_our_addresses_are_not_known(EchoOutcome outcome, string code)
    {
        var facts = Good with { Echoes = [new EchoResult(Ours, outcome), new EchoResult(Ours6, EchoOutcome.Ours)] };
        var report = PreflightRules.Judge(facts);
        Assert.True(report.Passed);
        Assert.Equal((code, PreflightSeverity.Warning), (Assert.Single(report.Findings).Code, report.Findings[0].Severity));

        var finding = OnlyError(PreflightRules.Judge(facts with { OurAddresses = [] }), code);
        Assert.Contains("198.51.100.7", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("2001:db8::7", finding.Message, StringComparison.Ordinal);
        Assert.Equal("RFC 8555 8.3", finding.Rfc);

        // Where http-01 is not used, port 80 may be closed.
        Assert.True(PreflightRules.Judge(facts with { OurAddresses = [], Ca = facts.Ca with { Challenges = ["tls-alpn-01"] } }).Passed);
    }

    [Fact]
    public void A_forbidden_address_is_named_once()
    {
        var inside = IPAddress.Parse("10.0.0.1");
        var report = PreflightRules.Judge(Good with { V4 = Found([inside], Target), V6 = Ended(LookupOutcome.NoData, Target), Forbidden = [inside], Echoes = [] });
        Assert.Contains("10.0.0.1", OnlyError(report, PreflightCodes.AddressPrivate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hundreds_of_addresses_are_refused_in_a_short_message()
    {
        var report = PreflightRules.Judge(Good with { V4 = Found([.. Enumerable.Range(0, 500).Select(number => new IPAddress([9, 9, (byte)(number / 256), (byte)number]))], Target), Echoes = [] });
        Assert.Equal([PreflightCodes.AddressTooMany, PreflightCodes.AddressNotOurs], report.Findings.Select(finding => finding.Code));
        Assert.All(report.Findings, finding => Assert.True(finding.Message.Length < 500));
        Assert.Contains("and 492 more", report.Findings[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_is_told_at_once_and_errors_come_first()
    {
        var report = PreflightRules.Judge(Good with
        {
            V4 = Found([Ours, Strange], Target),
            V6 = Ended(LookupOutcome.Timeout, null),
            Echoes = [new EchoResult(Ours, EchoOutcome.Unreachable)],
            Caa = new RelevantCaa(LookupOutcome.Answer, "customer.test", [new CaaProperty(0, "issue", ";")]),
        });
        Assert.Equal(
            [PreflightCodes.DnsTimeout, PreflightCodes.AddressNotOurs, CaaCodes.Refuses, PreflightCodes.EchoUnreachable],
            report.Findings.Select(finding => finding.Code));
        Assert.Equal(PreflightSeverity.Warning, report.Findings[^1].Severity);
    }

    private static PreflightFinding OnlyError(PreflightReport report, string code)
    {
        Assert.False(report.Passed);
        var finding = Assert.Single(report.Findings);
        Assert.Equal((code, PreflightSeverity.Error), (finding.Code, finding.Severity));
        return finding;
    }

    private static Lookup<IPAddress> Found(IPAddress[] addresses, params string[] chain) => new(Host, LookupOutcome.Answer, addresses, chain);

    private static Lookup<IPAddress> Ended(LookupOutcome outcome, string? target) => new(Host, outcome, [], target is null ? [] : [target]);
}
