using System.Net;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.DnsRecords.Gate;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Customers;

/// <summary>What is right in a customer's zone, and how each wrong thing is wrong.</summary>
public sealed class CustomerRulesTests
{
    private const string Host = "mta-sts CNAME " + Zones.Label + ".host.sts.provider.test.";
    private const string Policy = "_mta-sts CNAME " + Zones.Label + "._mta-sts.sts.provider.test.";
    private const string Delegated = Host + "\n" + Policy;
    private const string Addresses = "mta-sts A 192.0.2.7\nmta-sts AAAA 2001:db8::7";
    private const string Text = "_mta-sts TXT \"v=STSv1; id=" + Zones.Id + ";\"";
    private const string OtherLabel = "zzzzzzzzzzzzzzzzzzzzzzzzzz";

    [Theory]
    // Both by CNAME; both by hand; one of each.
    [InlineData(Delegated)]
    [InlineData(Addresses + "\n" + Text)]
    [InlineData(Host + "\n" + Text)]
    [InlineData("mta-sts A 192.0.2.7\n" + Policy)]
    // Other texts beside it are passed over by senders (RFC 8461 §3.1).
    [InlineData(Addresses + "\n" + Text + "\n_mta-sts TXT \"google-site-verification=1\"")]
    [InlineData(Addresses + "\n_mta-sts TXT \"v=STSv1\" \"; id=" + Zones.Id + ";\"")]
    // By a name of the customer's own that ends in the right records.
    [InlineData("mta-sts CNAME web\nweb A 192.0.2.7\n" + Policy)]
    [InlineData(Host + "\n_mta-sts CNAME sts-id\nsts-id TXT \"v=STSv1; id=" + Zones.Id + ";\"")]
    public void These_zones_are_complete(string zone)
    {
        var report = Judge(zone);
        Assert.True(report.IsComplete, string.Join('\n', report.Records));
        Assert.All(report.Records, record => Assert.True(record.State is CustomerState.Ok or CustomerState.Optional, $"{record}"));
    }

    [Theory]
    [InlineData("", "Waiting guard.refused", "", null)]
    [InlineData("_mta-sts TXT \"google-site-verification=1\"", "Waiting guard.refused", "", null)]
    [InlineData("_mta-sts TXT \"v=STSv1; id=old1;\"", "Ok guard.refused", "\"v=STSv1; id=old1;\"", "old1")]
    [InlineData("_mta-sts CNAME old\nold TXT \"v=STSv1; id=old1;\"", "Ok ", "\"v=STSv1; id=old1;\"", "old1")]
    [InlineData("_mta-sts TXT \"v=STSv1; id=old-1;\"", "Wrong txt.syntax,guard.refused", "", null)]
    [InlineData(Text, "Wrong txt.early,guard.refused", "", Zones.Id)]
    public void An_id_that_waits_for_the_guard_is_not_asked_for(string zone, string expected, string wanted, string? published)
    {
        var domain = Zones.Domain() with { Hold = new GateHold("guard.refused", "No.") };
        var report = CustomerRules.Judge(domain, Zones.ByHand, Zones.Facts(domain, Zones.ByHand, $"{Addresses}\n{zone}"));
        var text = report.Records.Single(record => record.Record.Purpose == RecordPurpose.PolicyId);
        Assert.Equal((expected, wanted), ($"{text.State} {string.Join(',', text.Problems.Select(problem => problem.Code))}", string.Join(',', text.Record.Wanted)));
        Assert.Equal(published, report.PublishedId?.PolicyId);
        Assert.DoesNotContain(text.Problems, problem => problem.Message.Contains(Zones.Id, StringComparison.Ordinal));
    }

    [Fact]
    public void While_the_id_waits_a_text_from_elsewhere_is_no_alternative_to_the_alias()
    {
        var domain = Zones.Domain() with { Hold = GateHold.Unjudged };
        var report = CustomerRules.Judge(domain, Zones.Delegating, Zones.Facts(domain, Zones.Delegating, Host + "\n_mta-sts TXT \"v=STSv1; id=old1;\""));
        Assert.Equal([CustomerState.Missing, CustomerState.Ok], report.Records.Where(record => record.Record.Purpose == RecordPurpose.PolicyId).Select(record => record.State));
    }

    [Theory]
    [InlineData("", "mta-sts CNAME Missing record.missing", "_mta-sts CNAME Missing record.missing")]
    // The final dot was left out, in a zone of its own and below another.
    [InlineData(Host + "\n_mta-sts CNAME " + Zones.Label + "._mta-sts.sts.provider.test", "_mta-sts CNAME Wrong cname.final-dot")]
    [InlineData("mta-sts CNAME " + Zones.Label + ".host.sts.provider.test\n" + Policy, "mta-sts CNAME Wrong cname.final-dot")]
    [InlineData(Host + "\n_mta-sts CNAME " + Zones.Label + "._mta-sts.sts.provider.test.test.", "_mta-sts CNAME Wrong cname.final-dot")]
    // The owner's final dot was.
    [InlineData(Host + "\n_mta-sts.customer.test CNAME " + Zones.Label + "._mta-sts.sts.provider.test.", "_mta-sts CNAME Missing record.missing,record.doubled")]
    [InlineData(Host + "\n_mta-sts CNAME " + OtherLabel + "._mta-sts.sts.provider.test.", "_mta-sts CNAME Wrong cname.other-label")]
    [InlineData("mta-sts CNAME " + OtherLabel + ".host.sts.provider.test.\n" + Policy, "mta-sts CNAME Wrong cname.other-label")]
    [InlineData(Host + "\n_mta-sts CNAME " + Zones.Label + ".host.sts.provider.test.", "_mta-sts CNAME Wrong cname.other-record")]
    [InlineData(Host + "\n_mta-sts CNAME _mta-sts.other.test.", "_mta-sts CNAME Wrong cname.elsewhere")]
    [InlineData("mta-sts CNAME web.other.test.\nweb.other.test. A 198.51.100.1\n" + Policy, "mta-sts CNAME Wrong cname.elsewhere")]
    // Another provider's TXT at its end is as good as none.
    [InlineData(Host + "\n_mta-sts CNAME _mta-sts.other.test.\n_mta-sts.other.test. TXT \"v=STSv1; id=1;\"", "_mta-sts CNAME Wrong cname.elsewhere")]
    [InlineData(Delegated + "\n" + Text, "_mta-sts CNAME Wrong cname.beside")]
    [InlineData(Delegated + "\nmta-sts A 192.0.2.7", "mta-sts CNAME Wrong cname.beside")]
    // A TXT of its own that is not right, and in the CNAME's way.
    [InlineData(Host + "\n_mta-sts TXT \"v=STSv1; id=20200101000000;\"", "_mta-sts CNAME Missing record.blocked", "_mta-sts TXT Wrong txt.lags")]
    [InlineData(Host + "\n_mta-sts TXT \"v=STSv1; id=2026-11-23;\"", "_mta-sts CNAME Missing record.blocked", "_mta-sts TXT Wrong txt.id")]
    [InlineData(Host + "\n_mta-sts TXT \"v=STSv1; id=\"", "_mta-sts CNAME Missing record.blocked", "_mta-sts TXT Wrong txt.id")]
    [InlineData(Host + "\n_mta-sts TXT \"v=STSv1;\"", "_mta-sts CNAME Missing record.blocked", "_mta-sts TXT Wrong txt.syntax")]
    [InlineData(Host + "\n_mta-sts TXT \"v=STSv1 id=1\"", "_mta-sts CNAME Missing record.blocked", "_mta-sts TXT Wrong txt.syntax")]
    [InlineData(Host + "\n_mta-sts TXT \"V=stsv1; id=1;\"", "_mta-sts CNAME Missing record.blocked", "_mta-sts TXT Wrong txt.syntax")]
    [InlineData(Host + "\n" + Text + "\n_mta-sts TXT \"v=STSv1; id=old;\"", "_mta-sts CNAME Missing record.blocked", "_mta-sts TXT Wrong txt.several")]
    [InlineData(Host + "\n_mta-sts TXT \"v=spf1 -all\"", "_mta-sts CNAME Missing record.blocked")]
    // Addresses: a forgotten AAAA is the usual one.
    [InlineData("mta-sts A 192.0.2.7\nmta-sts AAAA 2001:db8::bad\n" + Policy, "mta-sts CNAME Missing record.blocked", "mta-sts AAAA Wrong address.not-ours")]
    [InlineData("mta-sts A 192.0.2.7\nmta-sts A 198.51.100.1\n" + Policy, "mta-sts CNAME Missing record.blocked", "mta-sts A Wrong address.not-ours")]
    [InlineData("mta-sts AAAA 2001:db8::7\n" + Policy, "mta-sts A Missing record.missing")]
    // A wildcard stands for every name.
    [InlineData(Host + "\n* CNAME " + Zones.Label + "._mta-sts.sts.provider.test.", "_mta-sts CNAME Wrong record.wildcard")]
    [InlineData(Host + "\n* TXT \"v=STSv1; id=" + Zones.Id + ";\"", "_mta-sts CNAME Optional ", "_mta-sts TXT Wrong record.wildcard")]
    [InlineData("* A 192.0.2.7\n" + Policy, "mta-sts A Wrong record.wildcard")]
    [InlineData("* A 198.51.100.9\n" + Policy, "mta-sts CNAME Missing record.blocked", "mta-sts A Wrong record.wildcard")]
    public void Each_wrong_thing_is_named(string zone, params string[] expected)
    {
        var report = Judge(zone);
        Assert.False(report.IsComplete);
        Assert.Equal(expected.Where(line => !line.Contains(" Optional ", StringComparison.Ordinal)), Lines(report));
        Assert.All(report.Records.SelectMany(record => record.Problems), problem => Assert.EndsWith(".", problem.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Host + "\n_mta-sts CNAME hop\nhop CNAME " + Zones.Label + "._mta-sts.sts.provider.test.\n" + Zones.Label + "._mta-sts.sts.provider.test. TXT \"v=STSv1; id=" + Zones.Id + ";\"", "_mta-sts CNAME Ok cname.chain")]
    [InlineData("mta-sts CNAME hop\nhop CNAME " + Zones.Label + ".host.sts.provider.test.\n" + Zones.Label + ".host.sts.provider.test. A 192.0.2.7\n" + Policy, "mta-sts CNAME Ok cname.chain")]
    // Where the target's own record is not out yet.
    [InlineData("mta-sts CNAME hop.other.test.\nhop.other.test. CNAME hop\nhop CNAME " + Zones.Label + ".host.sts.provider.test.\n" + Policy, "mta-sts CNAME Ok cname.chain")]
    public void A_chain_of_CNAMEs_that_ends_here_is_right_with_a_warning_and_proves_nothing(string zone, string expected)
    {
        var report = Judge(zone);
        Assert.True(report.IsComplete);
        var warned = Assert.Single(report.Records, record => record.Problems.Count > 0);
        Assert.Equal(expected, $"{warned.Record.Name.Replace("." + Zones.Name, "", StringComparison.Ordinal)} {warned.Record.Type} {warned.State} {Assert.Single(warned.Problems).Code}");
        Assert.Equal(!expected.StartsWith('_'), Judge(zone, domain: Zones.Domain(DomainState.Pending)).IsComplete);
        Assert.True(Judge($"{zone}\n_mta-sts-challenge TXT \"{Zones.Label}\"", domain: Zones.Domain(DomainState.Pending)).IsComplete);
    }

    [Fact]
    public void Where_one_server_leads_elsewhere_a_chain_at_the_others_makes_nothing_right()
    {
        var hop = Host + "\nhop CNAME " + Zones.Label + "._mta-sts.sts.provider.test.\n_mta-sts CNAME ";
        Assert.Equal(["_mta-sts CNAME Wrong cname.chain,cname.elsewhere,servers.disagree"], Lines(CustomerRules.Judge(Zones.Domain(), Zones.Delegating, Zones.Facts(Zones.Domain(), Zones.Delegating, hop + "hop", second: hop + "web.other.test."))));
    }

    [Theory]
    [InlineData("", "mta-sts A Missing record.missing", "_mta-sts TXT Missing record.missing")]
    [InlineData(Addresses + "\n_mta-sts TXT \"v=STSv1; id=1;\"", "_mta-sts TXT Wrong txt.lags")]
    [InlineData(Addresses + "\n_mta-sts CNAME _mta-sts.other.test.\n_mta-sts.other.test. TXT \"v=STSv1; id=1;\"", "_mta-sts TXT Wrong txt.lags")]
    [InlineData(Addresses + "\n_mta-sts CNAME _mta-sts.other.test.", "_mta-sts TXT Wrong cname.elsewhere")]
    [InlineData("mta-sts CNAME web.other.test.\nweb.other.test. A 198.51.100.1\n" + Text, "mta-sts A Wrong address.not-ours")]
    [InlineData("mta-sts CNAME web.other.test.\n" + Text, "mta-sts A Wrong cname.elsewhere", "mta-sts AAAA Wrong cname.elsewhere")]
    public void Without_a_zone_for_delegation_TXT_and_addresses_are_judged(string zone, params string[] expected) =>
        Assert.Equal(expected, Lines(Judge(zone, Zones.ByHand)));

    [Theory]
    [InlineData(Addresses + "\n" + Text)]
    [InlineData("mta-sts CNAME web.other.test.\nweb.other.test. A 192.0.2.7\n_mta-sts CNAME x.other.test.\nx.other.test. TXT \"v=STSv1; id=" + Zones.Id + ";\"")]
    public void Without_a_zone_for_delegation_these_are_complete(string zone) => Assert.True(Judge(zone, Zones.ByHand).IsComplete);

    [Fact]
    public void Without_known_addresses_what_is_there_counts_and_the_doubt_is_told()
    {
        var report = Judge("mta-sts A 198.51.100.1\n" + Text, Zones.ByHand with { Addresses = [] });
        Assert.True(report.IsComplete);
        Assert.Equal("address.not-known", Assert.Single(report.Records.Single(record => record.Record.Type == "A").Problems).Code);
    }

    [Fact]
    public void An_AAAA_record_is_wrong_where_this_service_has_no_IPv6_at_all()
    {
        var settings = Zones.Delegating with { Addresses = [IPAddress.Parse("192.0.2.7")] };
        var report = Judge(Addresses + "\n" + Policy, settings);
        Assert.Equal(["mta-sts CNAME Missing record.blocked", "mta-sts AAAA Wrong address.not-ours"], Lines(report));
        Assert.Empty(report.Records.Single(record => record.Record.Type == "AAAA").Record.Wanted);
    }

    [Theory]
    [InlineData("_smtp._tls CNAME " + Zones.Label + "._smtp._tls.sts.provider.test.")]
    [InlineData("_smtp._tls TXT \"v=TLSRPTv1; rua=https://r.test/x,mailto:a@r.test\"")]
    [InlineData("_smtp._tls TXT \"v=TLSRPTv1;rua=mailto:a@r.test , https://r.test/x;\"")]
    [InlineData("_smtp._tls TXT \"v=STSv1; id=1;\"", "_smtp._tls CNAME Missing record.blocked")]
    [InlineData("", "_smtp._tls CNAME Missing record.missing")]
    [InlineData("_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:b@r.test\"", "_smtp._tls CNAME Missing record.blocked", "_smtp._tls TXT Wrong tlsrpt.differs")]
    [InlineData("_smtp._tls TXT \"v=TLSRPTv1; rua=b@r.test\"", "_smtp._tls CNAME Missing record.blocked", "_smtp._tls TXT Wrong tlsrpt.syntax")]
    [InlineData("_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:a@r.test\"\n_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:b@r.test\"", "_smtp._tls CNAME Missing record.blocked", "_smtp._tls TXT Wrong tlsrpt.several")]
    [InlineData("_smtp._tls CNAME " + Zones.Label + "._mta-sts.sts.provider.test.", "_smtp._tls CNAME Wrong cname.other-record")]
    public void Reports_are_judged_where_they_are_wanted_and_senders_need_them_not(string zone, params string[] expected)
    {
        var report = Judge(Delegated + "\n" + zone, domain: Zones.Domain(rua: ["mailto:a@r.test", "https://r.test/x"]));
        Assert.True(report.IsComplete);
        Assert.Equal(expected, Lines(report));
    }

    [Theory]
    [InlineData("", "http-01, dns-01", true)]
    [InlineData("_acme-challenge.mta-sts CNAME " + Zones.Label + "._acme.sts.provider.test.", "dns-01", true)]
    [InlineData("", "dns-01", true, "_acme-challenge.mta-sts CNAME Missing record.missing")]
    [InlineData("_acme-challenge.mta-sts CNAME x.other.test.", "http-01, dns-01", true, "_acme-challenge.mta-sts CNAME Wrong cname.elsewhere")]
    public void The_challenge_is_needed_where_the_CA_has_no_other_way(string zone, string challenges, bool complete, params string[] expected)
    {
        var report = Judge(Delegated + "\n" + zone, Zones.Delegating with { Challenges = challenges.Split(", ") });
        Assert.Equal(complete, report.IsComplete);
        Assert.Equal(expected, Lines(report));
    }

    [Theory]
    [InlineData(Delegated, true)]
    [InlineData(Delegated + "\n_mta-sts-challenge TXT \"" + Zones.Label + "\"", true)]
    [InlineData(Delegated + "\n_mta-sts-challenge TXT \"" + OtherLabel + "\"", false, "_mta-sts-challenge TXT Wrong proof.other")]
    [InlineData(Delegated + "\n* TXT \"" + Zones.Label + "\"", false, "_mta-sts-challenge TXT Wrong record.wildcard")]
    public void A_pending_domain_shows_its_proof(string zone, bool complete, params string[] expected)
    {
        var report = Judge(zone, domain: Zones.Domain(DomainState.Pending));
        Assert.Equal(complete, report.IsComplete);
        Assert.Equal(expected, Lines(report));
    }

    [Fact]
    public void What_is_still_set_after_a_removal_has_to_go_and_what_leads_elsewhere_by_now_has_not()
    {
        var removed = Zones.Domain(DomainState.Removing) with { RecordEnded = true, HostEnded = true };
        Assert.Equal(["mta-sts CNAME Remove record.removing", "_mta-sts CNAME Remove record.removing"], Lines(Judge(Delegated, domain: removed)));
        Assert.Equal(["mta-sts A Remove record.removing", "mta-sts AAAA Remove record.removing", "_mta-sts TXT Remove record.removing"], Lines(Judge(Addresses + "\n" + Text, domain: removed)));
        Assert.Empty(Lines(Judge("mta-sts A 198.51.100.1\n_mta-sts TXT \"v=STSv1; id=1;\"", domain: removed)));
        Assert.Empty(Lines(Judge("mta-sts CNAME web.other.test.\n_mta-sts CNAME sts.other.test.", domain: removed)));
        // As long as senders may hold an earlier policy all has to stay, under the last id.
        Assert.Empty(Lines(Judge(Delegated, domain: Zones.Domain(DomainState.Removing))));
        Assert.Equal(["_mta-sts CNAME Remove record.removing"], Lines(Judge(Delegated, domain: removed with { HostEnded = false })));
    }

    [Fact]
    public void Servers_that_disagree_are_told_with_what_each_gives()
    {
        var domain = Zones.Domain();
        var report = CustomerRules.Judge(domain, Zones.Delegating, Zones.Facts(domain, Zones.Delegating, Delegated, second: Host + "\n_mta-sts TXT \"v=STSv1; id=1;\""));
        Assert.False(report.IsComplete);
        var alias = report.Records.Single(record => record.Record is { Name: "_mta-sts.customer.test", Type: "CNAME" });
        Assert.Equal((CustomerState.Wrong, "servers.disagree"), (alias.State, alias.Problems[^1].Code));
        Assert.Equal([$"{Zones.Label}._mta-sts.sts.provider.test."], alias.Servers[0].Data);
        Assert.Empty(alias.Servers[1].Data);
        Assert.Equal("ns2.dns.test 192.0.2.54:53", alias.Servers[1].Server);
        Assert.Equal(CustomerState.Ok, report.Records.Single(record => record.Record is { Purpose: RecordPurpose.Host, Type: "CNAME" }).State);
    }

    [Theory]
    [InlineData(nameof(ServerOutcome.Timeout), "dns.timeout")]
    [InlineData(nameof(ServerOutcome.ServerFailure), "dns.servfail")]
    [InlineData(nameof(ServerOutcome.Refused), "dns.refused")]
    [InlineData(nameof(ServerOutcome.NotAuthoritative), "dns.not-authoritative")]
    [InlineData(nameof(ServerOutcome.Malformed), "dns.malformed")]
    public void Where_no_server_says_a_word_nothing_is_known(string outcome, string code)
    {
        var domain = Zones.Domain();
        var facts = Zones.Facts(domain, Zones.Delegating, Delegated, failure: Enum.Parse<ServerOutcome>(outcome));
        var report = CustomerRules.Judge(domain, Zones.Delegating, facts);
        Assert.True(facts.IsSilent);
        Assert.All(report.Records, record => Assert.Equal((CustomerState.Unknown, code), (record.State, Assert.Single(record.Problems).Code)));
        Assert.False(report.IsComplete);
    }

    [Fact]
    public void One_silent_server_of_two_is_told_beside_what_the_other_says()
    {
        var domain = Zones.Domain();
        var report = CustomerRules.Judge(domain, Zones.Delegating, Zones.Facts(domain, Zones.Delegating, Delegated, secondFailure: ServerOutcome.Timeout));
        Assert.True(report.IsComplete);
        var host = report.Records[0];
        Assert.Equal((CustomerState.Ok, "servers.silent"), (host.State, Assert.Single(host.Problems).Code));
        Assert.Contains("ns2.dns.test (192.0.2.54)", host.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CAA_records_that_forbid_our_CA_are_an_item_of_their_own()
    {
        var domain = Zones.Domain();
        var facts = Zones.Facts(domain, Zones.Delegating, Delegated) with
        {
            Caa = new RelevantCaa(LookupOutcome.Answer, Zones.Name, [new CaaProperty(0, "issue", "other.example")]),
            Ca = new CaaIssuer(["ca.example"], null, ["http-01"]),
        };
        var report = CustomerRules.Judge(domain, Zones.Delegating, facts);
        Assert.Equal([". CAA Wrong caa.refuses"], Lines(report));
        Assert.False(report.IsComplete);
        Assert.Equal(["0 issue \"other.example\""], report.Records[^1].Observed);
        Assert.Equal(["0 issue \"ca.example\""], report.Records[^1].Record.Wanted);

        report = CustomerRules.Judge(domain, Zones.Delegating, facts with { Ca = new CaaIssuer(["other.example"], null, ["http-01"]) });
        Assert.True(report.IsComplete);
        Assert.DoesNotContain(report.Records, record => record.Record.Type == "CAA");
    }

    [Fact]
    public void The_id_that_the_customers_own_TXT_gives_is_told_with_its_state()
    {
        Assert.Equal((Zones.Id, CustomerState.Ok), Judge(Addresses + "\n" + Text).PublishedId);
        Assert.Equal(("1", CustomerState.Wrong), Judge(Addresses + "\n_mta-sts TXT \"v=STSv1; id=1;\"").PublishedId);
        Assert.Null(Judge(Delegated).PublishedId);
        Assert.Null(Judge("").PublishedId);
        Assert.Null(Judge("_mta-sts TXT \"v=STSv1; id=-;\"").PublishedId);
    }

    [Fact]
    public void What_a_stranger_wrote_does_not_make_messages_long_or_wild()
    {
        var report = Judge($"mta-sts CNAME {new string('x', 60)}.\u001b[2J<script>.other.test.\n_mta-sts TXT \"v=STSv1; id={new string('é', 3000)}\\027[2J;\"");
        Assert.All(report.Records.SelectMany(record => record.Problems), problem =>
        {
            Assert.True(problem.Message.Length < 1000, problem.Message);
            Assert.DoesNotContain('<', problem.Message);
            Assert.DoesNotContain(problem.Message, char.IsControl);
        });
        Assert.All(report.Records.SelectMany(record => record.Observed), text => Assert.True(text.Length < 1000));
    }

    private static CustomerReport Judge(string zone, CustomerSettings? settings = null, CustomerDomain? domain = null)
    {
        (settings, domain) = (settings ?? Zones.Delegating, domain ?? Zones.Domain());
        return CustomerRules.Judge(domain, settings, Zones.Facts(domain, settings, zone));
    }

    // `name TYPE State code,code`, without those that are right.
    private static string[] Lines(CustomerReport report) =>
        [.. report.Records.Where(record => record.State is not (CustomerState.Ok or CustomerState.Optional))
            .Select(record => $"{record.Record.Name.Replace("." + Zones.Name, "", StringComparison.Ordinal).Replace(Zones.Name, ".", StringComparison.Ordinal)} {record.Record.Type} {record.State} {string.Join(',', record.Problems.Select(problem => problem.Code))}")];
}
