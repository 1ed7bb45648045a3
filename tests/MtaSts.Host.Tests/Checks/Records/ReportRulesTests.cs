using System.Net;
using MtaSts.Host.Checks.Records;
using MtaSts.Host.Lookups;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Records;

public sealed class ReportRulesTests
{
    private const string Good = "v=TLSRPTv1; rua=mailto:a@example.test";

    [Theory]
    [InlineData(Good, "")]
    [InlineData("", "tlsrpt.none")]
    [InlineData("v=spf1 -all", "tlsrpt.none")]
    [InlineData(Good + "|" + "v=TLSRPTv1; rua=https://example.test/", "tlsrpt.multiple")]
    [InlineData("v=TLSRPTv1;", "tlsrpt.syntax")]
    [InlineData("v=TLSRPTv1; rua=ftp://example.test", "tlsrpt.syntax")]
    [InlineData(Good + "|other", "tlsrpt.advice")]
    public void Reports_go_out_where_exactly_one_record_fits_the_grammar(string texts, string codes) =>
        Assert.Equal(codes, Codes(Of(Facts.Of(texts.Split('|', StringSplitOptions.RemoveEmptyEntries)))));

    [Fact]
    public void A_look_up_that_fails_is_not_taken_for_no_record() =>
        Assert.Equal("tlsrpt.dns", Codes(Of(Facts.Of(Facts.Seen() with { Outcome = LookupOutcome.ServerFailure }))));

    [Fact]
    public void A_lame_server_of_the_same_zone_is_told_once()
    {
        var facts = Facts.Of(Facts.Seen(Good), Facts.Says(1, Good), Facts.Fails(2, ServerOutcome.Refused));
        Assert.Equal("", Codes(Of(facts, sts: facts)));
        Assert.Equal("txt.lame-server", Codes(Of(facts, sts: facts with { Zones = [] })));
    }

    [Theory]
    [InlineData(LookupOutcome.Answer, "mx.example.test", null, "")]
    [InlineData(LookupOutcome.Answer, "", null, "tlsrpt.target")] // null MX
    [InlineData(LookupOutcome.NoData, null, LookupOutcome.Answer, "")]
    [InlineData(LookupOutcome.NoName, null, LookupOutcome.NoName, "tlsrpt.target")]
    [InlineData(LookupOutcome.NoData, null, LookupOutcome.Timeout, "")]
    [InlineData(LookupOutcome.ServerFailure, null, null, "")]
    internal void A_mail_target_must_take_mail(LookupOutcome mail, string? mx, LookupOutcome? addresses, string code)
    {
        TargetFacts target = new("mailto:a@example.test", "example.test", new Lookup<MailExchange>("example.test", mail, mx is null ? [] : [new MailExchange(0, mx)], []), Addresses(addresses), Addresses(addresses));
        Assert.Equal(code, Codes(Of(Facts.Of(Good), target)));
    }

    [Theory]
    [InlineData(LookupOutcome.Answer, "")]
    [InlineData(LookupOutcome.NoName, "tlsrpt.target")]
    [InlineData(LookupOutcome.Timeout, "")]
    [InlineData(null, "")] // an address
    internal void A_host_of_https_must_be_there(LookupOutcome? addresses, string code) =>
        Assert.Equal(code, Codes(Of(Facts.Of(Good), new TargetFacts("https://example.test/", "example.test", null, Addresses(addresses), Addresses(addresses)))));

    [Fact]
    public void A_target_without_a_host_cannot_take_reports() => Assert.Equal("tlsrpt.target", Codes(Of(Facts.Of(Good), new TargetFacts("mailto:a@[192.0.2.1]", null))));

    private static Lookup<IPAddress>? Addresses(LookupOutcome? outcome) => outcome is { } known
        ? new Lookup<IPAddress>("example.test", known, known == LookupOutcome.Answer ? [IPAddress.Loopback] : [], [])
        : null;

    private static RecordFacts Of(TextFacts tlsRpt, params TargetFacts[] targets) => new(Facts.Of("v=STSv1; id=1;") with { Zones = [] }, tlsRpt, targets, default, default);

    private static RecordFacts Of(TextFacts tlsRpt, TextFacts sts) => new(sts, tlsRpt, [], default, default);

    private static string Codes(RecordFacts facts) => string.Join(' ', ReportRules.Judge(facts).Select(advisory => advisory.Code));
}
