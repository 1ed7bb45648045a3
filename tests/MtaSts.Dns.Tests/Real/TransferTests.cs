using MtaSts.Testing;

namespace MtaSts.Dns.Tests.Real;

/// <summary>Whole zones from a real server. What servers do not do alike, each class says for its own.</summary>
public abstract class TransferTests(TransferServer server)
{
    private static readonly DnsTransferLimits Limits = new(10_000_000, 100_000, TimeSpan.FromSeconds(60));

    /// <summary>What a key that the server does not know is answered with.</summary>
    protected abstract DnsErrorKind UnknownKey { get; }

    protected abstract DnsErrorKind AnotherSecret { get; }

    protected abstract DnsErrorKind AnotherClock { get; }

    protected abstract DnsErrorKind NoSuchZone { get; }

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_zone_of_several_signed_messages_is_given_whole(int key)
    {
        var records = await ReadAsync(TransferServer.Zone, server.Keys[key]);
        Assert.Equal(DnsType.Soa, records[0].Type);
        Assert.Equal(
            Enumerable.Range(0, TransferServer.Names).Select(number => $"n{number:D4}._mta-sts.big.test. {TransferServer.TextOf(number)}"),
            records.Where(record => record.Type == DnsType.Txt).Select(record => $"{record.Name} {record.DataText}").Order(StringComparer.Ordinal));
        Assert.Single(records, record => record.Type == DnsType.Ns);
        Assert.Equal(TransferServer.Names + 2, records.Count);
    }

    [Fact]
    public async Task A_zone_is_given_to_one_without_a_key_where_the_server_allows_it()
    {
        Assert.Equal(
            ["a.open.test. A 192.0.2.1", "a.open.test. AAAA 2001:db8::1", "a.open.test. CAA 0 issue \"ca.example\"", "b.open.test. CNAME a.open.test."],
            (await ReadAsync(TransferServer.OpenZone, null)).Where(record => record.Type is not (DnsType.Soa or DnsType.Ns))
                .Select(record => $"{record.Name} {DnsText.Of(record.Type)} {record.DataText}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Whatever_is_wrong_with_a_key_is_told_apart_as_far_as_the_server_tells_it()
    {
        Assert.Equal(UnknownKey, (await FailureAsync(TransferServer.Zone, UpdateKey.Create("unknown"))).Kind);
        Assert.Equal(AnotherSecret, (await FailureAsync(TransferServer.Zone, UpdateKey.Create(server.Keys[0].Name))).Kind);
        Assert.Equal(AnotherClock, (await FailureAsync(TransferServer.Zone, server.Keys[0], new ShiftedTime(TimeSpan.FromMinutes(10)))).Kind);
        Assert.Equal(NoSuchZone, (await FailureAsync("elsewhere.example", server.Keys[0])).Kind);
    }

    protected async Task<List<DnsRecord>> ReadAsync(string zone, UpdateKey? key, TimeProvider? time = null)
    {
        DnsTransferClient client = new(server.EndPoint, key is null ? null : TsigKey.Parse(key.Name, key.Algorithm, key.Secret), time ?? TimeProvider.System);
        List<DnsRecord> records = [];
        await foreach (var record in client.ReadAsync(DnsName.Parse(zone), Limits, Cancellation))
        {
            records.Add(record);
        }

        return records;
    }

    protected async Task<DnsException> FailureAsync(string zone, UpdateKey? key, TimeProvider? time = null)
    {
        var failure = await Assert.ThrowsAsync<DnsException>(() => ReadAsync(zone, key, time));
        Assert.DoesNotContain(key?.Secret ?? "no secret", failure.ToString(), StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
        return failure;
    }

    private sealed class ShiftedTime(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}

/// <summary>Servers that say of a signature what is wrong with it, and limit who may fetch.</summary>
public abstract class PreciseTransferTests(TransferServer server) : TransferTests(server)
{
    private readonly TransferServer _server = server;

    protected override DnsErrorKind UnknownKey => DnsErrorKind.BadKey;

    protected override DnsErrorKind AnotherSecret => DnsErrorKind.BadSignature;

    protected override DnsErrorKind AnotherClock => DnsErrorKind.BadTime;

    protected override DnsErrorKind NoSuchZone => DnsErrorKind.NotAuthoritative;

    /// <summary>What a key that may not fetch is answered with.</summary>
    protected abstract DnsErrorKind Forbidden { get; }

    /// <summary>What one without a key is answered with.</summary>
    protected abstract DnsErrorKind WithoutKey { get; }

    [Fact]
    public async Task What_a_key_may_write_does_not_limit_what_it_fetches() => Assert.Equal(TransferServer.Names + 2, (await ReadAsync(TransferServer.Zone, _server.Limited)).Count);

    [Fact]
    public async Task Who_may_not_fetch_is_refused_and_the_message_says_what_to_allow()
    {
        var forbidden = await FailureAsync(TransferServer.Zone, _server.Writer);
        Assert.Equal(Forbidden, forbidden.Kind);
        var without = await FailureAsync(TransferServer.Zone, null);
        Assert.Equal(WithoutKey, without.Kind);
        Assert.All(new[] { forbidden, without }, failure => Assert.Contains("Knot", failure.Message, StringComparison.Ordinal));
    }
}

public sealed class BindTransferTests(BindTransferServer server) : PreciseTransferTests(server), IClassFixture<BindTransferServer>
{
    protected override DnsErrorKind Forbidden => DnsErrorKind.Refused;

    protected override DnsErrorKind WithoutKey => DnsErrorKind.Refused;
}

public sealed class KnotTransferTests(KnotTransferServer server) : PreciseTransferTests(server), IClassFixture<KnotTransferServer>
{
    // As if the key were unknown.
    protected override DnsErrorKind Forbidden => DnsErrorKind.BadKey;

    protected override DnsErrorKind WithoutKey => DnsErrorKind.NotAuthoritative;
}

/// <summary>PowerDNS 4.7 says NOTAUTH to whatever it does not take, and signs nothing of it.</summary>
public sealed class PowerDnsTransferTests(PowerDnsTransferServer server) : TransferTests(server), IClassFixture<PowerDnsTransferServer>
{
    protected override DnsErrorKind UnknownKey => DnsErrorKind.NotAuthoritative;

    protected override DnsErrorKind AnotherSecret => DnsErrorKind.NotAuthoritative;

    protected override DnsErrorKind AnotherClock => DnsErrorKind.NotAuthoritative;

    protected override DnsErrorKind NoSuchZone => DnsErrorKind.NotAuthoritative;
}
