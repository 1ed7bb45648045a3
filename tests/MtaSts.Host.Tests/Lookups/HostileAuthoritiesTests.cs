using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Lookups;

/// <summary>Authoritative servers that answer badly, or not at all.</summary>
public sealed class HostileAuthoritiesTests
{
    private const string Name = "_mta-sts.customer.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, ServerOutcome.Malformed)]
    [InlineData(2, ServerOutcome.ServerFailure)]
    [InlineData(3, ServerOutcome.NoName)]
    [InlineData(4, ServerOutcome.Malformed)]
    [InlineData(5, ServerOutcome.Refused)]
    [InlineData(9, ServerOutcome.NotAuthoritative)]
    internal async Task Each_response_code_has_its_outcome(int code, ServerOutcome outcome) =>
        Assert.Equal(outcome, (await AskAsync(query => DnsStubQuery.WithAuthority(query.Fail(code)))).Outcome);

    [Fact]
    public async Task Without_authority_nothing_is_believed()
    {
        foreach (var answer in new Func<DnsStubQuery, byte[]>[] { query => query.Answer(Text(query, "v=STSv1; id=1;")), query => query.Empty(), query => query.Fail(3) })
        {
            var said = await AskAsync(answer);
            Assert.Equal((ServerOutcome.NotAuthoritative, 0, false), (said.Outcome, said.Data.Count, said.IsWord));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_referral_is_not_taken_for_no_records(bool withAuthority)
    {
        var said = await AskAsync(query =>
        {
            var referral = DnsStubQuery.InAuthoritySection(query.Answer(("customer.test", DnsStubQuery.Ns, DnsStubQuery.Wire("ns.elsewhere.test"))));
            return withAuthority ? DnsStubQuery.WithAuthority(referral) : referral;
        });
        Assert.Equal(ServerOutcome.NotAuthoritative, said.Outcome);
    }

    [Fact]
    public async Task Silence_is_asked_three_times_and_a_refusal_once()
    {
        await using DnsStub silent = new(_ => null);
        Assert.Equal(ServerOutcome.Timeout, (await Look(TimeSpan.FromMilliseconds(200)).AskAsync(Server(silent), Name, "TXT", Cancel)).Outcome);
        await Eventually.TrueAsync(() => silent.Queries.Count == 3, "all three questions have come");

        await using DnsStub refusing = new(query => query.Fail(5));
        await Look().AskAsync(Server(refusing), Name, "TXT", Cancel);
        Assert.Single(refusing.Queries);
    }

    [Fact]
    public async Task A_server_that_answers_the_second_time_has_answered()
    {
        var asked = 0;
        var said = await AskAsync(query => Interlocked.Increment(ref asked) == 1 ? [1, 2, 3] : DnsStubQuery.WithAuthority(query.Answer(Text(query, "late"))));
        Assert.Equal((ServerOutcome.Answer, "\"late\""), (said.Outcome, string.Join('|', said.Data)));
    }

    [Fact]
    public async Task Nobody_behind_the_address_is_silence()
    {
        DnsStub stub = new(_ => null);
        await stub.DisposeAsync();
        Assert.Equal(ServerOutcome.Timeout, (await Look().AskAsync(Server(stub), Name, "TXT", Cancel)).Outcome);
    }

    [Fact]
    public async Task What_is_cut_off_over_UDP_is_asked_for_over_TCP_without_recursion()
    {
        await using DnsStub stub = new(query => query.OverTcp ? DnsStubQuery.WithAuthority(query.Answer(Text(query, "whole"))) : DnsStubQuery.WithAuthority(query.CutOff()));
        Assert.Equal(["whole"], (await Look().AskAsync(Server(stub), Name, "TXT", Cancel)).Texts);
        Assert.Equal([false, true], stub.Queries.Select(query => query.OverTcp));
        Assert.All(stub.Queries, query => Assert.Equal(0, query.Bytes[2] & 1));
    }

    [Fact]
    public async Task What_is_cut_off_and_never_comes_over_TCP_is_no_answer()
    {
        await using DnsStub stub = new(query => query.OverTcp ? null : DnsStubQuery.WithAuthority(query.CutOff()));
        Assert.Equal(ServerOutcome.Timeout, (await Look(TimeSpan.FromMilliseconds(200)).AskAsync(Server(stub), Name, "TXT", Cancel)).Outcome);
    }

    [Fact]
    public async Task Records_of_other_names_and_types_are_left_alone()
    {
        var said = await AskAsync(query => DnsStubQuery.WithAuthority(query.Answer(
            ("other.test", DnsStubQuery.Txt, DnsStubQuery.TxtData("strange")), ("other.test", DnsStubQuery.Cname, DnsStubQuery.Wire("more.test")), (query.Name, DnsStubQuery.A, [192, 0, 2, 1]))));
        Assert.Equal((ServerOutcome.NoData, 0, null), (said.Outcome, said.Data.Count, said.Alias));
    }

    [Fact]
    public async Task An_alias_beside_a_text_shows_both()
    {
        var said = await AskAsync(query => DnsStubQuery.WithAuthority(query.Answer((query.Name, DnsStubQuery.Cname, DnsStubQuery.Wire("Elsewhere.Test")), Text(query, "text"), Text(query, "text"))));
        Assert.Equal((ServerOutcome.Answer, "\"text\"", "elsewhere.test"), (said.Outcome, string.Join('|', said.Data), said.Alias));
    }

    [Fact]
    public async Task An_alias_is_known_where_its_target_is_not()
    {
        var said = await AskAsync(query => DnsStubQuery.WithAuthority(query.Answer(3, (query.Name, DnsStubQuery.Cname, DnsStubQuery.Wire("gone.test")))));
        Assert.Equal((ServerOutcome.NoData, "gone.test"), (said.Outcome, said.Alias));
    }

    [Fact]
    public async Task Every_server_of_the_zone_is_asked_and_each_has_its_own_answer()
    {
        await using DnsStub first = new(query => DnsStubQuery.WithAuthority(query.Answer(Text(query, "old"))));
        await using DnsStub second = new(query => DnsStubQuery.WithAuthority(query.Answer(Text(query, "new"))), first.EndPoint.Port);
        await using DnsStub third = new(query => query.Fail(5), first.EndPoint.Port);
        await using var resolver = Naming(first, second, third);
        var said = await new AuthoritativeLook(Authorities.By(resolver.Address, first.EndPoint.Port)).AskAllAsync(Name, "TXT", Cancel);
        Assert.Equal(["ns0.test \"old\"", "ns1.test \"new\"", "ns2.test Refused"], said.Select(answer => $"{answer.Server.Name} {(answer.IsWord ? answer.Data[0] : answer.Outcome)}"));
    }

    [Fact]
    public async Task Of_a_thousand_name_servers_and_their_addresses_a_bounded_number_is_asked()
    {
        await using DnsStub resolver = new(query => query switch
        {
            { OverTcp: false, Type: DnsStubQuery.Ns } => query.CutOff(),
            { Type: DnsStubQuery.Ns } => query.Answer([.. Enumerable.Range(0, 1000).Select(number => (query.Name, DnsStubQuery.Ns, DnsStubQuery.Wire($"ns{number}.test")))]),
            { Type: DnsStubQuery.A } => query.Answer([.. Enumerable.Range(1, 20).Select(number => (query.Name, DnsStubQuery.A, (byte[])[127, 9, 9, (byte)number]))]),
            _ => query.Empty(),
        });
        var found = await Authorities.By(resolver.Address, 1).FindAsync("customer.test", Cancel);
        Assert.Equal(AuthoritativeServers.MostAddresses, found.Servers.Count);
        // Each name keeps its first addresses, so that none is pushed out by another's many.
        Assert.All(found.Servers.CountBy(server => server.Name), server => Assert.Equal(AuthoritativeServers.MostAddresses / AuthoritativeServers.MostNames, server.Value));
        Assert.Equal(1 + 1 + (2 * AuthoritativeServers.MostNames), resolver.Queries.Count);
    }

    [Fact]
    public async Task Servers_are_looked_for_again_after_an_hour_and_at_once_where_the_look_failed()
    {
        FakeTimeProvider clock = new();
        await using DnsStub zone = new(_ => null);
        var fails = true;
        await using DnsStub resolver = new(query => fails ? query.Fail(2) : Named(query, [zone]));
        var servers = Authorities.By(resolver.Address, zone.EndPoint.Port, clock: clock);
        Assert.Equal(LookupOutcome.ServerFailure, (await servers.FindAsync("customer.test", Cancel)).Outcome);

        fails = false;
        var found = await servers.FindAsync("customer.test", Cancel);
        Assert.Equal([new AuthoritativeServer("ns0.test", zone.EndPoint)], found.Servers);
        var asked = resolver.Queries.Count;
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Same(found, await servers.FindAsync("customer.test", Cancel));
        Assert.Equal(asked, resolver.Queries.Count);

        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.NotSame(found, await servers.FindAsync("customer.test", Cancel));
    }

    [Fact]
    public async Task No_bytes_make_a_look_throw()
    {
        var random = new Random(20261125);
        await using DnsStub stub = new(query =>
        {
            var whole = DnsStubQuery.WithAuthority(query.Answer((query.Name, query.Type, "\0\u0005issueca.example"u8.ToArray()), Text(query, "text"), (query.Name, DnsStubQuery.Cname, DnsStubQuery.Wire("xn--0.test"))));
            for (var change = random.Next(0, 6); change > 0; change--)
            {
                whole[random.Next(2, whole.Length)] = (byte)random.Next(256);
            }

            return random.Next(8) == 0 ? whole[..random.Next(whole.Length)] : whole;
        });
        var look = Look(TimeSpan.FromMilliseconds(200));
        foreach (var type in Enumerable.Repeat(new[] { "A", "AAAA", "CAA", "TXT", "CNAME", "NS", "SOA" }, 30).SelectMany(types => types))
        {
            await look.AskAsync(Server(stub), Name, type, Cancel);
        }

        Assert.True(stub.Queries.Count >= 210);
    }

    private static (string Name, int Type, byte[] Data) Text(DnsStubQuery query, string text) => (query.Name, DnsStubQuery.Txt, DnsStubQuery.TxtData(text));

    private static AuthoritativeServer Server(DnsStub stub) => new("ns.test", stub.EndPoint);

    private static AuthoritativeLook Look(TimeSpan? patience = null) => new(Authorities.By("127.0.0.1:1", 1)) { Patience = patience ?? TimeSpan.FromSeconds(2) };

    private static async Task<ServerAnswer> AskAsync(Func<DnsStubQuery, byte[]?> answer)
    {
        await using DnsStub stub = new(answer);
        return await Look().AskAsync(Server(stub), Name, "TXT", Cancel);
    }

    // A resolver that knows one zone with these servers.
    private static DnsStub Naming(params DnsStub[] servers) => new(query => Named(query, servers));

    private static byte[] Named(DnsStubQuery query, DnsStub[] servers) => (query.Name, query.Type) switch
    {
        ("customer.test", DnsStubQuery.Ns) => query.Answer([.. servers.Select((_, index) => (query.Name, DnsStubQuery.Ns, DnsStubQuery.Wire($"ns{index}.test")))]),
        ({ } name, DnsStubQuery.A) when name.StartsWith("ns", StringComparison.Ordinal) => query.Answer((name, DnsStubQuery.A, servers[name[2] - '0'].EndPoint.Address.GetAddressBytes())),
        _ => query.Empty(),
    };
}
