using System.Net;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords;

/// <summary>From a domain to its records, as the contract names them.</summary>
public sealed class WantedRecordsTests
{
    private const string Label = "abcdefghijklmnopqrstuvwxyz";

    private static readonly ZoneSettings Zone = new("sts.provider.example", [IPAddress.Parse("192.0.2.10"), IPAddress.Parse("2001:db8::10"), IPAddress.Parse("192.0.2.9")], []);

    private static readonly DomainFacts Active = new(7, Label, [], DomainState.Active, "20261123124501123", 42, null, false, []);

    [Fact]
    public void An_active_domain_has_addresses_and_an_id_that_waits_for_its_revision() => Assert.Equal(
        [
            $"{Label}.host.sts.provider.example A 300 192.0.2.10|192.0.2.9 gate 0",
            $"{Label}.host.sts.provider.example AAAA 300 2001:db8::10 gate 0",
            $"{Label}._mta-sts.sts.provider.example TXT 300 \"v=STSv1; id=20261123124501123;\" gate 42",
        ],
        Show(Active, Zone));

    [Fact]
    public void Without_a_zone_nothing_is_published() => Assert.Empty(WantedRecords.Of(Active, Zone with { Zone = "" }));

    [Fact]
    public void A_pending_domain_has_addresses_only_so_that_nobody_remembers_that_the_name_is_not_there()
    {
        var pending = Active with { State = DomainState.Pending, ReportAddresses = ["mailto:a@b.example"], FormerLabels = ["former"] };
        Assert.Equal(["A", "AAAA"], WantedRecords.Of(pending, Zone).Select(record => record.Type));
        Assert.All(WantedRecords.Of(pending, Zone), record => Assert.StartsWith(Label + ".host.", record.Name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Suspended", false, "A AAAA TXT TXT")]
    [InlineData("Removing", false, "A AAAA TXT TXT")]
    [InlineData("Removing", true, "A AAAA")]
    public void Nothing_goes_before_the_removal_says_so(string state, bool hasEnded, string types)
    {
        var domain = Active with { State = Enum.Parse<DomainState>(state), HasRecordEnded = hasEnded, ReportAddresses = ["mailto:a@b.example"] };
        Assert.Equal(types, string.Join(' ', WantedRecords.Of(domain, Zone).Select(record => record.Type)));
    }

    [Fact]
    public void Reports_and_challenges_have_names_of_their_own() => Assert.Equal(
        [
            $"{Label}._smtp._tls.sts.provider.example TXT 300 \"v=TLSRPTv1; rua=mailto:a@b.example,https://r.example/x\" gate 0",
            $"{Label}._acme.sts.provider.example TXT 60 \"one\"|\"two\" gate 0",
        ],
        Show(Active with { ReportAddresses = ["mailto:a@b.example", "https://r.example/x"], ChallengeTexts = ["two", "one", "two"] }, Zone).Skip(3));

    [Fact]
    public void CAA_names_our_account_and_methods_and_what_stands_in_quotes_cannot_end_them()
    {
        var issuers = Zone with { Issuers = ["ca.example; accounturi=https://ca.example/a/1; validationmethods=http-01", "x\"y\\z"] };
        Assert.Contains(
            $"{Label}.host.sts.provider.example CAA 300 0 issue \"ca.example; accounturi=https://ca.example/a/1; validationmethods=http-01\"|0 issue \"x\\\"y\\\\z\" gate 0",
            Show(Active, issuers));
    }

    [Fact]
    public void Labels_of_former_rows_give_the_present_id()
    {
        var records = WantedRecords.Of(Active with { FormerLabels = ["former"] }, Zone).ToList();
        Assert.Equal(6, records.Count);
        Assert.Equal(2, records.Count(record => record.Data[0].Contains("20261123124501123", StringComparison.Ordinal) && record.Gate == 42));
        Assert.Contains(records, record => record is { Name: "former._mta-sts.sts.provider.example", Type: "TXT" });
    }

    private static IEnumerable<string> Show(DomainFacts domain, ZoneSettings zone) =>
        WantedRecords.Of(domain, zone).Select(record => $"{record.Name} {record.Type} {record.Ttl} {string.Join('|', record.Data)} gate {record.Gate}");
}
