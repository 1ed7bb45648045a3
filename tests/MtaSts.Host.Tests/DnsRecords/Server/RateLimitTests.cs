using System.Net;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Dns;
using MtaSts.Host.DnsRecords.Server;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Server;

public sealed class RateLimitTests
{
    private static readonly byte[] Name = DnsName.Parse("a.example").Wire.ToArray();

    private readonly FakeTimeProvider _clock = new();
    private readonly RateLimit _limit;

    public RateLimitTests() => _limit = new(_clock) { PerSecond = 10 };

    [Fact]
    public void A_flood_gets_the_burst_then_half_of_the_rest_truncated_and_half_dropped()
    {
        Assert.Equal(Enumerable.Repeat(RateVerdict.Send, 50), Flood("192.0.2.1", 50));
        Assert.Equal([RateVerdict.Truncate, RateVerdict.Drop, RateVerdict.Truncate, RateVerdict.Drop], Flood("192.0.2.1", 4));
    }

    [Fact]
    public void After_a_second_there_is_as_much_as_of_one_second()
    {
        Flood("192.0.2.1", 100);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Flood("192.0.2.1", 100).Count(verdict => verdict == RateVerdict.Send));
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(50, Flood("192.0.2.1", 100).Count(verdict => verdict == RateVerdict.Send));
    }

    [Theory]
    [InlineData("192.0.2.255", false)]
    [InlineData("192.0.3.1", true)]
    [InlineData("2001:db8::1", true)]
    public void Only_its_own_network_pays(string other, bool isFree)
    {
        Flood("192.0.2.1", 100);
        Assert.Equal(isFree, Judge(other) == RateVerdict.Send);
    }

    [Theory]
    [InlineData("2001:db8:0:ff::9", false)]
    [InlineData("2001:db8:0:100::1", true)]
    public void Of_IPv6_a_56_is_one_network(string other, bool isFree)
    {
        Flood("2001:db8::1", 100);
        Assert.Equal(isFree, Judge(other) == RateVerdict.Send);
    }

    [Fact]
    public void Each_name_has_its_own_count_where_there_are_records_but_not_among_missing_ones()
    {
        Flood("192.0.2.1", 100);
        Assert.Equal(RateVerdict.Send, _limit.Judge(From("192.0.2.1"), ReplyKind.Records, DnsName.Parse("b.example").Wire));
        Assert.Equal(RateVerdict.Send, _limit.Judge(From("192.0.2.1"), ReplyKind.NoName, Name));

        var missing = Enumerable.Range(0, 100).Select(i => _limit.Judge(From("198.51.100.1"), ReplyKind.NoName, DnsName.Parse($"n{i}.example").Wire));
        Assert.Equal(50, missing.Count(verdict => verdict == RateVerdict.Send));
    }

    [Fact]
    public void All_names_together_have_an_end_too()
    {
        var sent = Enumerable.Range(0, 5000).Count(i => _limit.Judge(From("192.0.2.1"), ReplyKind.Records, DnsName.Parse($"n{i}.example").Wire) == RateVerdict.Send);
        // Names that fall into one bucket share it.
        Assert.InRange(sent, 2400, 2500);
    }

    [Fact]
    public void A_resolver_that_asks_a_name_now_and_then_is_never_held_up()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(RateVerdict.Send, Judge("192.0.2.1"));
            _clock.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    [Fact]
    public void Zero_is_no_limit()
    {
        _limit.PerSecond = 0;
        Assert.All(Flood("192.0.2.1", 1000), verdict => Assert.Equal(RateVerdict.Send, verdict));
    }

    private List<RateVerdict> Flood(string source, int count) => [.. Enumerable.Range(0, count).Select(_ => Judge(source))];

    private RateVerdict Judge(string source) => _limit.Judge(From(source), ReplyKind.Records, Name);

    private static SocketAddress From(string address) => new IPEndPoint(IPAddress.Parse(address), 53053).Serialize();
}
