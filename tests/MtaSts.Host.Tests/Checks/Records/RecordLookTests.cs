using MtaSts.Host.Checks.Records;
using MtaSts.Host.Lookups;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Records;

/// <summary>Looks at zones of a real BIND, which is resolver and authority at once; where servers must differ, stubs are the authorities.</summary>
public sealed class RecordLookTests(RecordLookTests.Zones zones) : IClassFixture<RecordLookTests.Zones>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("good", "1", "txt.no-dnssec")]
    [InlineData("delegated", "7", "txt.no-dnssec")]
    [InlineData("empty", null, "txt.none")]
    [InlineData("several", null, "txt.multiple txt.no-dnssec")]
    [InlineData("dangling", null, "txt.cname-dangling")]
    [InlineData("wild", "3", "txt.no-dnssec txt.wildcard")]
    [InlineData("wildalias", "7", "txt.no-dnssec txt.wildcard")]
    [InlineData("spf", null, "txt.no-dnssec txt.none txt.wildcard")]
    [InlineData("broken", null, "txt.dns")]
    public async Task Each_state_of_the_record_has_its_code(string label, string? id, string codes)
    {
        var facts = await LookAsync(label);
        var found = RecordRules.Judge(facts.Sts, out var taken);
        Assert.Equal((id, codes), (taken, string.Join(' ', found.Select(advisory => advisory.Code).Order(StringComparer.Ordinal))));
    }

    [Fact]
    public async Task A_delegated_record_is_asked_of_the_servers_of_both_zones()
    {
        var facts = await LookAsync("delegated");
        Assert.Equal(["label._mta-sts.provider.test"], facts.Sts.Seen.Chain);
        Assert.Equal([("delegated.test", ServerOutcome.NoData), ("provider.test", ServerOutcome.Answer)], facts.Sts.Zones.Select(zone => (zone.Zone.Zone, zone.Answers.Single().Outcome)));
    }

    [Theory]
    [InlineData("good", "")]
    [InlineData("delegated", "tlsrpt.none")]
    [InlineData("several", "tlsrpt.multiple")]
    [InlineData("targets", "tlsrpt.target tlsrpt.target tlsrpt.target")]
    [InlineData("broken", "tlsrpt.dns")]
    public async Task Each_state_of_the_report_record_has_its_code(string label, string codes)
    {
        var found = ReportRules.Judge(await LookAsync(label));
        Assert.Equal(codes, string.Join(' ', found.Select(advisory => advisory.Code)));
    }

    [Fact]
    public async Task Targets_that_are_not_there_are_named()
    {
        var found = ReportRules.Judge(await LookAsync("targets"));
        Assert.Equal(["mailto:a@nomail.test", "mailto:a@gone.test", "https://gone.test/tlsrpt"], found.Select(advisory => advisory.Subject));
    }

    [Fact]
    public async Task Servers_that_differ_and_servers_that_are_lame_are_found()
    {
        await using DnsStub first = new(query => DnsStubQuery.WithAuthority(Txt(query, "v=STSv1; id=1;")));
        await using DnsStub second = new(query => DnsStubQuery.WithAuthority(Txt(query, "v=STSv1; id=2;")), first.EndPoint.Port);
        await using DnsStub lame = new(query => query.Fail(5), first.EndPoint.Port);
        await using var resolver = await BindServer.StartAsync(new Dictionary<string, string?>
        {
            ["example.test"] = $"""
                @ NS ns1
                @ NS ns2
                @ NS ns3
                ns1 A {first.EndPoint.Address}
                ns2 A {second.EndPoint.Address}
                ns3 A {lame.EndPoint.Address}
                _mta-sts TXT "v=STSv1; id=1;"
                """,
        });
        var facts = await CheckParts.Records(resolver.Address, first.EndPoint.Port).LookAsync(CheckParts.Domain("example.test"), Cancel);
        var found = RecordRules.Judge(facts.Sts, out var id);
        Assert.Equal(("1", "txt.lame-server txt.no-dnssec txt.servers-differ"), (id, string.Join(' ', found.Select(advisory => advisory.Code).Order(StringComparer.Ordinal))));
        Assert.StartsWith("ns3.example.test", Assert.Single(found, advisory => advisory.Code == "txt.lame-server").Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_that_are_not_found_in_time_are_said_to_be_unchecked_and_the_rest_is_known()
    {
        var look = CheckParts.Records(zones.Bind.Address, zones.Bind.EndPoint.Port, TimeSpan.Zero);
        var facts = await look.LookAsync(CheckParts.Domain("good.test"), Cancel);
        var found = RecordRules.Judge(facts.Sts, out var id);
        Assert.Equal(("1", "txt.no-dnssec txt.servers-unchecked"), (id, string.Join(' ', found.Select(advisory => advisory.Code).Order(StringComparer.Ordinal))));
        Assert.Equal("txt.servers-unchecked", Assert.Single(ReportRules.Judge(facts)).Code);
    }

    [Fact]
    public async Task The_resolvers_word_on_DNSSEC_is_asked_for_and_taken()
    {
        await using DnsStub stub = new(query =>
        {
            return DnsStubQuery.Validated(query.Type == DnsStubQuery.Txt ? query.Answer((query.Name, DnsStubQuery.Txt, DnsStubQuery.TxtData("v=STSv1; id=1;"))) : query.Empty());
        });
        Assert.True((await Resolving.By(stub.Address).FindTextsAsync("_mta-sts.example.test", Cancel)).IsValidated);
        // EDNS is all that stands behind the question: its flags begin with DO (RFC 6891 §6.1.3).
        Assert.Equal(0x80, Assert.Single(stub.Queries).Bytes[^4] & 0x80);
    }

    private static byte[] Txt(DnsStubQuery query, string text) =>
        query.Type == DnsStubQuery.Txt && query.Name.StartsWith('_') ? query.Answer((query.Name, DnsStubQuery.Txt, DnsStubQuery.TxtData(text))) : query.Fail(3);

    private Task<RecordFacts> LookAsync(string label) => CheckParts.Records(zones.Bind.Address, zones.Bind.EndPoint.Port).LookAsync(CheckParts.Domain($"{label}.test"), Cancel);

    public sealed class Zones : IAsyncLifetime
    {
        internal BindServer Bind { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Bind = await BindServer.StartAsync(new Dictionary<string, string?>
        {
            ["good.test"] = "@ MX 10 mx\n_mta-sts TXT \"v=STSv1; \" \"id=1;\"\n_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:a@good.test,https://www.good.test/r\"\nwww A 192.0.2.1",
            ["delegated.test"] = "_mta-sts CNAME label._mta-sts.provider.test.",
            ["provider.test"] = "label._mta-sts TXT \"v=STSv1; id=7;\"",
            ["empty.test"] = "",
            ["several.test"] = "_mta-sts TXT \"v=STSv1; id=1;\"\n_mta-sts TXT \"v=STSv1; id=2;\"\n_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:a@good.test\"\n_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:b@good.test\"",
            ["dangling.test"] = "_mta-sts CNAME gone._mta-sts.provider.test.",
            ["wild.test"] = "* TXT \"v=STSv1; id=3;\"",
            ["wildalias.test"] = "* CNAME label._mta-sts.provider.test.",
            ["spf.test"] = "* TXT \"v=spf1 -all\"",
            ["targets.test"] = "_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:a@good.test,mailto:a@nomail.test,mailto:a@gone.test,https://gone.test/tlsrpt\"",
            ["nomail.test"] = "@ MX 0 .",
            ["broken.test"] = null,
        });

        public ValueTask DisposeAsync() => Bind.DisposeAsync();
    }
}
