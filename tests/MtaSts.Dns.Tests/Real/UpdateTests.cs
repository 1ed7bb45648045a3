using System.Globalization;
using System.Net;
using MtaSts.Testing;

namespace MtaSts.Dns.Tests.Real;

/// <summary>The client against a real server. What servers do not do alike, each class says for its own.</summary>
public abstract class UpdateTests(UpdateServer server)
{
    private static readonly TextData Old = TextData.Of("old");
    private static readonly TextData New = TextData.Of("v=STSv1; id=20260101T000000;");

    /// <summary>What an update without a key is answered with.</summary>
    protected abstract DnsErrorKind WithoutKey { get; }

    /// <summary>What an update with a key that the server does not know is answered with.</summary>
    protected abstract DnsErrorKind UnknownKey { get; }

    /// <summary>What an update is answered with that its key does not allow.</summary>
    protected abstract DnsErrorKind Forbidden { get; }

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Each_algorithm_is_accepted_and_the_record_is_visible(int key)
    {
        var name = Name($"alg{key}");
        using var client = server.Client(server.Keys[key]);
        await client.ApplyAsync(Update().ReplaceRecords(name, 60, New), Cancellation);
        Assert.Equal([New.ToString()], await server.DigAsync((name, "TXT")));
        await client.ApplyAsync(Update().DeleteRecords(name, DnsType.Txt), Cancellation);
        Assert.Empty(await server.DigAsync((name, "TXT")));
    }

    [Theory]
    [InlineData(200)]
    // 40 KB: beyond the reach of a compressed name's pointer.
    [InlineData(600)]
    public async Task Many_names_go_in_one_message(int count)
    {
        var names = Enumerable.Range(0, count).Select(number => Name($"abcdefghijklmnopqrstuvwx{number:D3}.many{count}")).ToList();
        var update = Update();
        for (var number = 0; number < count; number++)
        {
            update.ReplaceRecords(names[number], 60, TextData.Of($"id={number}"));
        }

        using var client = server.Client();
        await client.ApplyAsync(update, Cancellation);
        Assert.Equal(Enumerable.Range(0, count).Select(number => $"\"id={number}\""), await server.DigAsync(names.Select(name => (name, "TXT"))));
        // The same connection, the same update: nothing changes.
        await client.ApplyAsync(update, Cancellation);
        Assert.Equal(["\"id=0\"", $"\"id={count - 1}\""], await server.DigAsync((names[0], "TXT"), (names[^1], "TXT")));
    }

    [Fact]
    public async Task One_record_and_a_name_are_deleted()
    {
        var name = Name("delete");
        using var client = server.Client();
        await client.ApplyAsync(Update().ReplaceRecords(name, 60, Old, New), Cancellation);
        Assert.Equal(2, (await server.DigAsync((name, "TXT"))).Count);
        await client.ApplyAsync(Update().DeleteRecord(name, Old), Cancellation);
        Assert.Equal([New.ToString()], await server.DigAsync((name, "TXT")));
        await client.ApplyAsync(Update().DeleteName(name), Cancellation);
        Assert.Empty(await server.DigAsync((name, "TXT")));
    }

    [Fact]
    public async Task Text_of_any_octets_arrives_as_it_was_sent()
    {
        var name = Name("octets");
        TextData data = new([new byte[] { 0, 34, 92, 59, 127, 255 }, default, new byte[255]]);
        using var client = server.Client();
        await client.ApplyAsync(Update().ReplaceRecords(name, 60, data), Cancellation);
        Assert.Equal([data.ToString()], await server.DigAsync((name, "TXT")));
    }

    /// <summary>An independent reader of both the octets and the text.</summary>
    [Fact]
    public async Task Dig_shows_each_type_as_the_library_does()
    {
        await ShownByDigAsync(
            new AddressData(IPAddress.Parse("192.0.2.1")),
            new AddressData(IPAddress.Parse("2001:db8::1:0:0:1")),
            new NameData(DnsType.Cname, DnsName.Parse(@"a\.b.p1.host.example")),
            new CaaData(128, "issue", "ca.example; accounturi=https://ca.example/acct/1"));
    }

    [Fact]
    public async Task Prerequisites_that_do_not_hold_are_told_apart_and_nothing_is_changed()
    {
        var taken = Name("taken");
        var free = Name("free");
        using var client = server.Client();
        foreach (var (update, kind) in new[]
        {
            (Update().RequireRecords(taken, New), DnsErrorKind.RecordsMissing),
            (Update().RequireRecords(free, DnsType.Txt), DnsErrorKind.RecordsMissing),
            (Update().RequireNoRecords(taken, DnsType.Txt), DnsErrorKind.RecordsExist),
            (Update().RequireNameInUse(free), DnsErrorKind.NameMissing),
            (Update().RequireNameNotInUse(taken), DnsErrorKind.NameExists),
        })
        {
            update.ReplaceRecords(free, 60, New);
            var failure = await FailureAsync(client, update);
            Assert.True(kind == failure.Kind, failure.Message);
            Assert.False(failure.AnswerWasLost || failure.IsTransient);
        }

        Assert.Empty(await server.DigAsync((free, "TXT")));
    }

    [Fact]
    public async Task Prerequisites_that_hold_let_the_update_pass()
    {
        var name = Name("condition");
        using var client = server.Client();
        await client.ApplyAsync(Update().RequireNameNotInUse(name).RequireNoRecords(name, DnsType.Txt).ReplaceRecords(name, 60, Old), Cancellation);
        await client.ApplyAsync(Update().RequireNameInUse(name).RequireRecords(name, DnsType.Txt).RequireRecords(name, Old).ReplaceRecords(name, 60, New), Cancellation);
        Assert.Equal([New.ToString()], await server.DigAsync((name, "TXT")));
    }

    [Fact]
    public async Task A_key_that_the_server_does_not_know()
    {
        using var client = server.Client(UpdateKey.Create("unknown"));
        Assert.Equal(UnknownKey, (await RefusedAsync(client, Name("unknown"), DnsType.Txt)).Kind);
    }

    [Fact]
    public async Task An_update_without_a_key()
    {
        using DnsUpdateClient client = new(server.EndPoint, null, TimeProvider.System);
        Assert.Equal(WithoutKey, (await RefusedAsync(client, Name("keyless"), DnsType.Txt)).Kind);
    }

    [Fact]
    public async Task A_key_of_another_zone()
    {
        using var client = server.Client(server.OfOtherZone);
        Assert.Equal(Forbidden, (await RefusedAsync(client, Name("elsewhere"), DnsType.Txt)).Kind);
        var zone = DnsName.Parse(UpdateServer.OtherZone);
        await client.ApplyAsync(new DnsUpdate(zone).ReplaceRecords(zone, 60, New), Cancellation);
        Assert.Equal([New.ToString()], await server.DigAsync((zone, "TXT")));
    }

    [Fact]
    public async Task A_zone_that_the_server_does_not_have()
    {
        using var client = server.Client();
        var zone = DnsName.Parse("elsewhere.example");
        var failure = await FailureAsync(client, new DnsUpdate(zone).ReplaceRecords(zone, 60, New));
        Assert.Equal(DnsErrorKind.NotAuthoritative, failure.Kind);
    }

    [Fact]
    public async Task Callers_side_by_side_are_all_served()
    {
        using var client = server.Client();
        var names = Enumerable.Range(0, 30).Select(number => Name($"n{number}.many")).ToList();
        await Task.WhenAll(names.Select(name => client.ApplyAsync(Update().ReplaceRecords(name, 60, New), Cancellation)));
        Assert.Equal(names.Select(_ => New.ToString()), await server.DigAsync(names.Select(name => (name, "TXT"))));
    }

    protected async Task ShownByDigAsync(params DnsRecordData[] all)
    {
        using var client = server.Client();
        foreach (var data in all)
        {
            await client.ApplyAsync(Update().ReplaceRecords(Name($"type-{data.Type}"), 60, data), Cancellation);
            Assert.Equal([data.ToString()!], await server.DigAsync((Name($"type-{data.Type}"), DnsText.Of(data.Type))));
        }
    }

    protected async Task<DnsException> WithAnotherSecretAsync()
    {
        using var client = server.Client(UpdateKey.Create(server.Keys[0].Name));
        return await RefusedAsync(client, Name("secret"), DnsType.Txt);
    }

    protected async Task<DnsException> WithAnotherClockAsync(int minutes)
    {
        using var client = server.Client(time: new ShiftedTime(TimeSpan.FromMinutes(minutes)));
        return await RefusedAsync(client, Name("clock"), DnsType.Txt);
    }

    /// <summary>One at another name, one of another type; what is allowed passes.</summary>
    protected async Task<IReadOnlyList<DnsException>> BeyondThePolicyAsync()
    {
        using var client = server.Client(server.Limited);
        List<DnsException> failures = [await RefusedAsync(client, Name("elsewhere"), DnsType.Txt), await RefusedAsync(client, Name("a._mta-sts"), DnsType.A)];
        await client.ApplyAsync(Update().ReplaceRecords(Name("a._mta-sts"), 60, New), Cancellation);
        Assert.Equal([New.ToString()], await server.DigAsync((Name("a._mta-sts"), "TXT")));
        return failures;
    }

    private static DnsUpdate Update() => new(DnsName.Parse(UpdateServer.Zone));

    private static DnsName Name(string label) => DnsName.Parse($"{label}.{UpdateServer.Zone}");

    private async Task<DnsException> RefusedAsync(DnsUpdateClient client, DnsName name, DnsType type)
    {
        DnsRecordData data = type == DnsType.A ? new AddressData(IPAddress.Loopback) : New;
        var failure = await FailureAsync(client, Update().ReplaceRecords(name, 60, data));
        Assert.Empty(await server.DigAsync((name, DnsText.Of(type))));
        Assert.False(failure.IsTransient);
        return failure;
    }

    private static Task<DnsException> FailureAsync(DnsUpdateClient client, DnsUpdate update) =>
        Assert.ThrowsAsync<DnsException>(() => client.ApplyAsync(update, Cancellation));

    private sealed class ShiftedTime(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}

/// <summary>Servers that say of a signature what is wrong with it, and limit keys to names and types.</summary>
public abstract class PreciseUpdateTests(UpdateServer server) : UpdateTests(server)
{
    protected override DnsErrorKind UnknownKey => DnsErrorKind.BadKey;

    [Fact]
    public async Task Another_secret_is_a_bad_signature()
    {
        var failure = await WithAnotherSecretAsync();
        Assert.Equal(DnsErrorKind.BadSignature, failure.Kind);
        Assert.Equal(DnsResponseCode.NotAuthoritative, failure.ResponseCode);
        Assert.Equal(DnsResponseCode.BadSignature, failure.SignatureError);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_clock_that_is_off_by_ten_minutes_is_told_with_the_difference(int minutes)
    {
        var failure = await WithAnotherClockAsync(minutes);
        Assert.Equal(DnsErrorKind.BadTime, failure.Kind);
        Assert.InRange(failure.ClockDifference!.Value.TotalMinutes, -minutes - 1, -minutes + 1);
    }

    /// <summary>PowerDNS answers FORMERR to types that it does not know, also to nsupdate.</summary>
    [Fact]
    public Task Dig_shows_an_unknown_type_as_the_library_does() => ShownByDigAsync(new RawData((DnsType)65280, [0xab, 0xcd, 0xef, 1]));

    [Fact]
    public async Task What_the_key_does_not_allow()
    {
        Assert.All(await BeyondThePolicyAsync(), failure => Assert.Equal(Forbidden, failure.Kind));
    }
}

public sealed class BindUpdateTests(BindUpdateServer server) : PreciseUpdateTests(server), IClassFixture<BindUpdateServer>
{
    protected override DnsErrorKind WithoutKey => DnsErrorKind.Refused;

    protected override DnsErrorKind Forbidden => DnsErrorKind.Refused;
}

public sealed class KnotUpdateTests(KnotUpdateServer server) : PreciseUpdateTests(server), IClassFixture<KnotUpdateServer>
{
    protected override DnsErrorKind WithoutKey => DnsErrorKind.NotAuthoritative;

    // As if the key were unknown.
    protected override DnsErrorKind Forbidden => DnsErrorKind.BadKey;
}

/// <summary>PowerDNS 4.7 says REFUSED to whatever it does not take, and signs nothing of it.</summary>
public sealed class PowerDnsUpdateTests(PowerDnsUpdateServer server) : UpdateTests(server), IClassFixture<PowerDnsUpdateServer>
{
    protected override DnsErrorKind WithoutKey => DnsErrorKind.Refused;

    protected override DnsErrorKind UnknownKey => DnsErrorKind.Refused;

    protected override DnsErrorKind Forbidden => DnsErrorKind.Refused;

    [Fact]
    public async Task Another_secret_and_another_clock_are_refused_and_the_message_says_that_it_may_be_they()
    {
        foreach (var failure in new[] { await WithAnotherSecretAsync(), await WithAnotherClockAsync(10), await WithAnotherClockAsync(-10) })
        {
            Assert.Equal(DnsErrorKind.Refused, failure.Kind);
            Assert.Contains("PowerDNS also says so to a wrong key, secret or clock", failure.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Both ways into one zone: the serial goes up by one with each.</summary>
    [Fact]
    public async Task Its_HTTP_API_and_updates_change_the_same_zone()
    {
        var zone = DnsName.Parse(UpdateServer.Zone);
        var name = DnsName.Parse("api.example.test");
        var serial = await SerialAsync(zone);
        using var client = server.Client();
        await client.ApplyAsync(new DnsUpdate(zone).ReplaceRecords(name, 60, TextData.Of("by update")), Cancellation);
        Assert.Equal(serial + 1, await SerialAsync(zone));
        using HttpClient http = new() { BaseAddress = server.Server.ApiUrl };
        using HttpRequestMessage request = new(HttpMethod.Patch, $"api/v1/servers/localhost/zones/{zone}")
        {
            Headers = { { "X-API-Key", server.Server.ApiKey } },
            Content = new StringContent("""{"rrsets":[{"name":"api.example.test.","type":"TXT","ttl":60,"changetype":"REPLACE","records":[{"content":"\"by API\"","disabled":false}]}]}"""),
        };
        using var answer = await http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(["\"by API\""], await server.DigAsync((name, "TXT")));
        Assert.Equal(serial + 2, await SerialAsync(zone));
    }

    private async Task<long> SerialAsync(DnsName zone) =>
        long.Parse((await server.DigAsync((zone, "SOA"))).Single().Split(' ')[2], CultureInfo.InvariantCulture);
}
