using MtaSts.Dns;
using MtaSts.Host.DnsRecords.Server;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Server;

public sealed class ZoneRecordsTests
{
    private const string Host = $"{Asking.Label}.host.{Asking.ZoneName}";

    private readonly Zone _zone = Asking.NewZone();

    [Fact]
    public void A_set_takes_the_place_of_the_one_of_its_part_and_type()
    {
        _zone.With(Host, DnsType.A, 300, "192.0.2.1").With(Host, DnsType.Aaaa, 300, "2001:db8::1").With(Host, DnsType.A, 60, "192.0.2.7");
        Assert.Equal([$"{Host}. 60 IN A 192.0.2.7"], Answers(DnsType.A));
        Assert.Equal([$"{Host}. 300 IN AAAA 2001:db8::1"], Answers(DnsType.Aaaa));
        Assert.Equal(1, _zone.Records.Labels);
    }

    [Fact]
    public void A_label_whose_last_set_of_a_part_goes_is_no_name_there_any_more()
    {
        _zone.With(Host, DnsType.A, 300, "192.0.2.1").With($"{Asking.Label}._mta-sts.{Asking.ZoneName}", DnsType.Txt, 60, "\"a\"");
        var label = _zone.Find(DnsName.Parse(Host).Wire).Label;

        _zone.Records.Remove(label, ZonePart.Hosts, DnsType.Aaaa);
        Assert.Single(Answers(DnsType.A));
        _zone.Records.Remove(label, ZonePart.Hosts, DnsType.A);
        Assert.Equal(DnsResponseCode.NameError, Asking.Ask(_zone, Asking.Question(Host, DnsType.A)).ResponseCode);
        Assert.Equal(1, _zone.Records.Labels);
        _zone.Records.Remove(label, ZonePart.Policies, DnsType.Txt);
        _zone.Records.Remove(label, ZonePart.Policies, DnsType.Txt);
        Assert.Equal(0, _zone.Records.Labels);
    }

    [Fact]
    public void Labels_that_begin_alike_are_told_apart()
    {
        _zone.With($"a.host.{Asking.ZoneName}", DnsType.A, 300, "192.0.2.1").With($"{new string('a', 31)}.host.{Asking.ZoneName}", DnsType.A, 300, "192.0.2.31");
        Assert.Equal(DnsResponseCode.NameError, Asking.Ask(_zone, Asking.Question($"aa.host.{Asking.ZoneName}", DnsType.A)).ResponseCode);
        Assert.Equal(DnsResponseCode.NameError, Asking.Ask(_zone, Asking.Question($"a\\000.host.{Asking.ZoneName}", DnsType.A)).ResponseCode);
        Assert.Equal(DnsResponseCode.NameError, Asking.Ask(_zone, Asking.Question($"{new string('a', 32)}.host.{Asking.ZoneName}", DnsType.A)).ResponseCode);
        Assert.Single(Asking.Ask(_zone, Asking.Question($"{new string('A', 31)}.host.{Asking.ZoneName}", DnsType.A)).Answers);
    }

    private IEnumerable<string> Answers(DnsType type) => Asking.Ask(_zone, Asking.Question(Host, type)).Answers.Select(record => record.ToString());
}
