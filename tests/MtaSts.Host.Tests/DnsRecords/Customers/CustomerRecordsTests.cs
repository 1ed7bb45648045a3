using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.DnsRecords.Gate;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Customers;

/// <summary>What a customer is told to set.</summary>
public sealed class CustomerRecordsTests
{
    [Fact]
    public void With_a_zone_the_CNAMEs_are_needed_and_the_rest_is_in_their_place() => Assert.Equal(
        [
            "mta-sts.customer.test 3600 CNAME abcdefghijklmnopqrstuvwxyz.host.sts.provider.test. Needed",
            "mta-sts.customer.test 3600 A 192.0.2.7 Alternative",
            "mta-sts.customer.test 3600 AAAA 2001:db8::7 Alternative",
            "_mta-sts.customer.test 3600 CNAME abcdefghijklmnopqrstuvwxyz._mta-sts.sts.provider.test. Needed",
            "_mta-sts.customer.test 300 TXT \"v=STSv1; id=20261123124501123;\" Alternative",
            "_smtp._tls.customer.test 3600 CNAME abcdefghijklmnopqrstuvwxyz._smtp._tls.sts.provider.test. Needed",
            "_smtp._tls.customer.test 3600 TXT \"v=TLSRPTv1; rua=mailto:a@r.test\" Alternative",
            "_acme-challenge.mta-sts.customer.test 3600 CNAME abcdefghijklmnopqrstuvwxyz._acme.sts.provider.test. Optional",
        ],
        Lines(Zones.Domain(rua: "mailto:a@r.test"), Zones.Delegating with { Challenges = ["http-01", "dns-01"] }));

    [Fact]
    public void Without_a_zone_TXT_and_addresses_are_needed() => Assert.Equal(
        ["mta-sts.customer.test 3600 A 192.0.2.7 Needed", "mta-sts.customer.test 3600 AAAA 2001:db8::7 Optional", "_mta-sts.customer.test 300 TXT \"v=STSv1; id=20261123124501123;\" Needed"],
        Lines(Zones.Domain(), Zones.ByHand with { Challenges = ["dns-01"] }));

    [Fact]
    public void An_id_that_waits_for_the_guard_is_asked_for_nowhere_and_what_is_announced_stays()
    {
        var held = Zones.Domain() with { Hold = GateHold.Unjudged };
        Assert.Contains("_mta-sts.customer.test 300 TXT  Needed", Lines(held, Zones.ByHand));
        Assert.Contains("_mta-sts.customer.test 300 TXT  Alternative", Lines(held, Zones.Delegating));
        Assert.Contains("_mta-sts.customer.test 300 TXT \"v=STSv1; id=old1;\" Needed", Lines(held.Announcing("old1"), Zones.ByHand));
        Assert.Contains("_mta-sts.customer.test 300 TXT  Needed", Lines(held.Announcing(Zones.Id), Zones.ByHand));
    }

    [Fact]
    public void A_pending_domain_has_its_proof_first_as_the_only_way_or_beside_the_CNAME()
    {
        Assert.Equal("_mta-sts-challenge.customer.test 300 TXT \"abcdefghijklmnopqrstuvwxyz\" Alternative", Lines(Zones.Domain(DomainState.Pending), Zones.Delegating)[0]);
        Assert.Equal("_mta-sts-challenge.customer.test 300 TXT \"abcdefghijklmnopqrstuvwxyz\" Needed", Lines(Zones.Domain(DomainState.Pending), Zones.ByHand)[0]);
    }

    [Fact]
    public void After_a_removal_the_same_names_are_to_be_empty()
    {
        var removed = Zones.Domain(DomainState.Removing) with { RecordEnded = true };
        Assert.All(CustomerRecords.Of(removed, Zones.Delegating), record => Assert.Equal(record.Purpose != RecordPurpose.Host, record.Wanted.Count == 0));
        Assert.All(CustomerRecords.Of(removed with { HostEnded = true }, Zones.Delegating), record => Assert.Empty(record.Wanted));
    }

    [Fact]
    public void The_targets_are_those_that_are_published()
    {
        var domain = Zones.Domain();
        var zone = new ZoneSettings(Zones.Zone, [], []);
        Assert.Equal(
            [zone.HostTarget(Zones.Label), zone.TextTarget(Zones.Label), zone.ReportTarget(Zones.Label), zone.ChallengeTarget(Zones.Label)],
            new[] { RecordPurpose.Host, RecordPurpose.PolicyId, RecordPurpose.Reports, RecordPurpose.Challenge }.Select(purpose => CustomerRecords.Target(domain, purpose, Zones.Delegating)));
    }

    [Fact]
    public void Names_that_DNS_has_no_room_for_are_left_out()
    {
        var name = string.Join('.', Enumerable.Repeat(new string('x', 59), 4)) + ".test";
        var domain = Zones.Domain(DomainState.Pending) with { Domain = Zones.Parse(name[(name.Length - 241)..]) };
        var records = CustomerRecords.Of(domain, Zones.Delegating with { Challenges = ["dns-01"] });
        Assert.DoesNotContain(records, record => record.Name.Length > 253);
        Assert.Equal([RecordPurpose.Host, RecordPurpose.PolicyId], records.Select(record => record.Purpose).Distinct());
    }

    private static List<string> Lines(CustomerDomain domain, CustomerSettings settings) =>
        [.. CustomerRecords.Of(domain, settings).Select(record => $"{record.Name} {record.Ttl} {record.Type} {string.Join(',', record.Wanted)} {record.Use}")];
}
