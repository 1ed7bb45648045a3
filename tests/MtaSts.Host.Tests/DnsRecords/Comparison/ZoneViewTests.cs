using MtaSts.Host.DnsRecords.Comparison;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Comparison;

public sealed class ZoneViewTests
{
    private const string Name = "abc.host.sts.example";

    /// <summary>Each what the rows say, what the zone gives, and what that is.</summary>
    public static TheoryData<string, string, string[], ZoneFaultWord> Cases => new()
    {
        { "A", "192.0.2.1\n192.0.2.2", ["192.0.2.2", "192.0.2.1"], ZoneFaultWord.None },
        { "A", "192.0.2.1\n192.0.2.2", ["192.0.2.2"], ZoneFaultWord.Different },
        { "A", "192.0.2.1", ["192.0.2.1", "192.0.2.2"], ZoneFaultWord.Different },
        { "A", "192.0.2.1", [], ZoneFaultWord.Missing },
        { "AAAA", "2001:db8::1", ["2001:0db8:0:0::1"], ZoneFaultWord.None },
        { "TXT", "\"v=STSv1; id=1;\"", ["\"v=STSv1; \" \"id=1;\""], ZoneFaultWord.None },
        { "TXT", "\"v=STSv1; id=1;\"", ["\"v=STSv1; id=2;\""], ZoneFaultWord.Different },
        { "CAA", "0 issue \"ca.example\"", ["0 issue ca.example"], ZoneFaultWord.None },
    };

    public enum ZoneFaultWord
    {
        None,
        Missing,
        Different,
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_live_record_set_is_right_missing_or_different(string type, string live, string[] found, ZoneFaultWord fault)
    {
        var view = new ZoneView(1);
        view.Expect(Name, type, live);
        Assert.All(found, data => Assert.True(view.Find(Name, type, data)));
        Assert.Equal(fault.ToString(), view.FaultOf(Name, type, live).ToString());
    }

    [Fact]
    public void What_was_on_its_way_at_the_beginning_or_is_another_by_now_is_not_judged()
    {
        var view = new ZoneView(2);
        view.Expect(Name, "A", null);
        view.Expect(Name, "TXT", "\"1\"");
        Assert.Equal(ZoneFault.None, view.FaultOf(Name, "A", "192.0.2.1"));
        Assert.Equal(ZoneFault.None, view.FaultOf(Name, "TXT", "\"2\""));
        Assert.Equal(ZoneFault.None, view.FaultOf("added.since.example", "TXT", "\"1\""));
        Assert.Equal(ZoneFault.Missing, view.FaultOf(Name, "TXT", "\"1\""));
    }

    [Fact]
    public void A_name_or_type_without_a_row_is_not_found()
    {
        var view = new ZoneView(1);
        view.Expect(Name, "A", "192.0.2.1");
        Assert.False(view.Find(Name, "SRV", "0 0 0 ."));
        Assert.False(view.Find("other.host.sts.example", "A", "192.0.2.1"));
    }

    [Theory]
    [InlineData("abc.host.sts.example", true, "abc")]
    [InlineData("abc._smtp._tls.sts.example", true, "abc")]
    [InlineData("*._mta-sts.sts.example", true, "*")]
    [InlineData("a.b._acme.sts.example", true, null)]
    [InlineData("host.sts.example", false, null)]
    [InlineData("_tls.sts.example", false, null)]
    [InlineData("www.sts.example", false, null)]
    [InlineData("abc.host.sts.example.org", false, null)]
    [InlineData("abc.nothost.sts.example", false, null)]
    public void Ours_are_the_names_below_the_parts(string name, bool isOurs, string? label)
    {
        var names = new ZoneNames("sts.example");
        Assert.Equal((isOurs, label), (names.IsOurs(name), names.LabelOf(name)));
    }
}
