using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Lookups;

/// <summary>Servers that answer badly, late, or not at all.</summary>
public sealed class BadServersTests
{
    private const string Name = "mta-sts.customer.test";

    private static readonly byte[] Address = [192, 0, 2, 1];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, LookupOutcome.Malformed)]
    [InlineData(2, LookupOutcome.ServerFailure)]
    [InlineData(3, LookupOutcome.NoName)]
    [InlineData(4, LookupOutcome.Malformed)]
    [InlineData(5, LookupOutcome.Refused)]
    [InlineData(9, LookupOutcome.Malformed)]
    internal async Task Each_response_code_has_its_outcome(int code, LookupOutcome outcome)
    {
        await using DnsStub stub = new(query => query.Fail(code));
        var found = await FindAsync(Resolving.By(stub.Address));
        Assert.Equal((outcome, 0), (found.Outcome, found.Records.Count));
    }

    [Fact]
    public async Task Silence_is_a_timeout_and_is_asked_again_once()
    {
        await using DnsStub stub = new(_ => null);
        Assert.Equal(LookupOutcome.Timeout, (await FindAsync(Resolving.Hurried(stub.Address))).Outcome);
        await Eventually.TrueAsync(() => stub.Queries.Count == 2, "both questions have come");
    }

    [Fact]
    public async Task A_lookup_ends_when_its_time_is_over_whatever_the_servers_do()
    {
        // Each answer leads on to a further name, and the last of them is never told.
        await using DnsStub stub = new(query => query.Name.Length < Name.Length + 4 ? query.Answer((query.Name, DnsStubQuery.Cname, DnsStubQuery.Wire("x" + query.Name))) : null);
        var servers = Resolving.Servers(stub.Address);
        var found = await FindAsync(new Resolver(servers) { Patience = TimeSpan.FromHours(1), LongestLookup = TimeSpan.FromSeconds(3) });
        Assert.Equal((LookupOutcome.Timeout, "xxxx" + Name), (found.Outcome, found.EndName));
    }

    [Fact]
    public async Task Whoever_asked_may_give_up()
    {
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using DnsStub stub = new(_ =>
        {
            giveUp.Cancel();
            return null;
        });
        var servers = Resolving.Servers(stub.Address);
        var resolver = new Resolver(servers) { Patience = TimeSpan.FromHours(1), LongestLookup = TimeSpan.FromHours(1) };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => resolver.FindAddressesAsync(Name, AddressFamily.InterNetwork, giveUp.Token));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(null)]
    public async Task A_server_that_fails_is_passed_over_for_the_next(int? code)
    {
        await using DnsStub bad = new(query => code is { } number ? query.Fail(number) : null);
        await using DnsStub good = new(query => query.Answer((query.Name, DnsStubQuery.A, Address)));
        var found = await FindAsync(Resolving.By(bad.Address, good.Address));
        Assert.Equal([new IPAddress(Address)], found.Records);
    }

    [Fact]
    public async Task A_server_that_knows_of_nothing_is_believed()
    {
        await using DnsStub first = new(query => query.Empty());
        await using DnsStub second = new(query => query.Answer((query.Name, DnsStubQuery.A, Address)));
        Assert.Equal(LookupOutcome.NoData, (await FindAsync(Resolving.By(first.Address, second.Address))).Outcome);
        Assert.Empty(second.Queries);
    }

    [Fact]
    public async Task A_resolver_that_nobody_is_behind_is_a_timeout()
    {
        DnsStub stub = new(_ => null);
        await stub.DisposeAsync();
        Assert.Equal(LookupOutcome.Timeout, (await FindAsync(Resolving.Hurried(stub.Address))).Outcome);
    }

    [Fact]
    public async Task What_is_cut_off_over_UDP_is_asked_for_over_TCP()
    {
        await using DnsStub stub = new(query => query.OverTcp ? query.Answer((query.Name, DnsStubQuery.A, Address)) : query.CutOff());
        Assert.Equal([new IPAddress(Address)], (await FindAsync(Resolving.By(stub.Address))).Records);
        Assert.Equal([false, true], stub.Queries.Select(query => query.OverTcp));
    }

    [Fact]
    public async Task What_is_cut_off_and_never_comes_over_TCP_is_no_answer()
    {
        await using DnsStub stub = new(query => query.OverTcp ? null : query.CutOff());
        var found = await FindAsync(Resolving.Hurried(stub.Address));
        Assert.Equal((LookupOutcome.Timeout, 0), (found.Outcome, found.Records.Count));
    }

    [Fact]
    public async Task A_huge_answer_over_TCP_is_read()
    {
        await using DnsStub stub = new(query => query.OverTcp ? query.Answer([.. Enumerable.Range(0, 1500).Select(_ => (query.Name, DnsStubQuery.A, Address))]) : query.CutOff());
        Assert.Equal(1500, (await FindAsync(Resolving.By(stub.Address))).Records.Count);
    }

    [Fact]
    public async Task An_answer_to_another_question_is_none()
    {
        await using DnsStub other = new(query => (query with { Bytes = [.. query.Bytes.AsSpan(0, 12), .. DnsStubQuery.Wire("other.test"), 0, 1, 0, 1], Name = "other.test" }).Empty());
        Assert.Equal(LookupOutcome.Malformed, (await FindAsync(Resolving.By(other.Address))).Outcome);
    }

    [Fact]
    public async Task An_answer_with_another_id_is_not_taken()
    {
        await using DnsStub stub = new(query =>
        {
            var answer = query.Answer((query.Name, DnsStubQuery.A, Address));
            BinaryPrimitives.WriteUInt16BigEndian(answer, (ushort)~BinaryPrimitives.ReadUInt16BigEndian(answer));
            return answer;
        });
        var found = await FindAsync(Resolving.Hurried(stub.Address));
        Assert.NotEqual(LookupOutcome.Answer, found.Outcome);
        Assert.Empty(found.Records);
        Assert.False(found.IsEmpty);
    }

    [Fact]
    public async Task Records_of_names_that_were_not_asked_for_are_left_alone()
    {
        await using DnsStub stub = new(query => query.Answer(("elsewhere.test", DnsStubQuery.A, Address), ("other.test", DnsStubQuery.Cname, DnsStubQuery.Wire("more.test"))));
        var found = await FindAsync(Resolving.By(stub.Address));
        Assert.Equal((LookupOutcome.NoData, 0, 0), (found.Outcome, found.Records.Count, found.Chain.Count));
    }

    [Fact]
    public async Task A_referral_is_not_taken_for_no_records()
    {
        await using DnsStub stub = new(query =>
        {
            const int NameServer = 2;
            var answer = query.Answer((query.Name, NameServer, DnsStubQuery.Wire("ns.test")));
            answer[3] = 0; // RA
            (answer[7], answer[9]) = (0, 1); // the record stands in the authority section
            return answer;
        });
        Assert.Equal(LookupOutcome.Refused, (await FindAsync(Resolving.By(stub.Address))).Outcome);
    }

    [Fact]
    public async Task Nothing_from_a_server_that_does_not_ask_others_is_no_records_where_it_names_nobody_else()
    {
        await using DnsStub stub = new(query =>
        {
            var answer = query.Empty();
            answer[3] = 0; // RA
            return answer;
        });
        Assert.Equal(LookupOutcome.NoData, (await FindAsync(Resolving.By(stub.Address))).Outcome);
    }

    [Theory]
    [InlineData("with space.test")]
    [InlineData("with\"quote.test")]
    [InlineData("with\\backslash.test")]
    [InlineData("with\0zero.test")]
    [InlineData("with\u00fc.test")]
    [InlineData("")]
    public async Task An_alias_to_what_is_no_host_name_ends_there(string target)
    {
        await using DnsStub stub = new(query => query.Answer((query.Name, DnsStubQuery.Cname, DnsStubQuery.Wire(target))));
        var found = await FindAsync(Resolving.By(stub.Address));
        Assert.Equal((LookupOutcome.Malformed, 0), (found.Outcome, found.Chain.Count));
        Assert.All(stub.Queries, query => Assert.Equal(Name, query.Name));
    }

    [Fact]
    public async Task A_circle_within_one_answer_is_noticed()
    {
        await using DnsStub stub = new(query => query.Answer(
            (query.Name, DnsStubQuery.Cname, DnsStubQuery.Wire("b.test")), ("b.test", DnsStubQuery.Cname, DnsStubQuery.Wire("C.test")), ("c.test", DnsStubQuery.Cname, DnsStubQuery.Wire("B.test"))));
        Assert.Equal(LookupOutcome.AliasLoop, (await FindAsync(Resolving.By(stub.Address))).Outcome);
    }

    [Fact]
    public async Task No_bytes_make_a_look_up_throw()
    {
        var random = new Random(20260805);
        await using DnsStub stub = new(query =>
        {
            var whole = query.Answer((query.Name, DnsStubQuery.Cname, DnsStubQuery.Wire("xn--0.test")), (query.Name, query.Type, Encoding.ASCII.GetBytes("\0\u0005issueca.example")));
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                // Not the id: those answers are never read.
                whole[random.Next(2, whole.Length)] = (byte)random.Next(256);
            }

            return random.Next(10) switch
            {
                0 => whole[..random.Next(whole.Length)],
                1 => [.. whole.AsSpan(0, 2), .. Enumerable.Range(0, random.Next(600)).Select(_ => (byte)random.Next(256))],
                2 => [],
                _ => whole,
            };
        });
        var resolver = Resolving.Hurried(stub.Address);
        for (var round = 0; round < 150; round++)
        {
            await resolver.FindCaaAsync(Name, Cancel);
            await resolver.FindTextsAsync(Name, Cancel);
            await resolver.FindAddressesAsync(Name, AddressFamily.InterNetworkV6, Cancel);
        }

        await Eventually.TrueAsync(() => stub.Queries.Count >= 450, "every look-up has asked");
    }

    private static Task<Lookup<IPAddress>> FindAsync(Resolver resolver) => resolver.FindAddressesAsync(Name, AddressFamily.InterNetwork, Cancel);
}
