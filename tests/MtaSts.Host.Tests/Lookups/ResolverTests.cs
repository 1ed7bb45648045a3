using System.Net;
using System.Net.Sockets;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Lookups;

/// <summary>Against BIND, with the zones themselves.</summary>
public sealed class AuthorityTests(ResolverTests.Zones zones) : ResolverTests(zones.Server)
{
    [Fact]
    public async Task Aliases_that_turn_in_a_circle_are_noticed()
    {
        Assert.Equal(LookupOutcome.AliasLoop, (await Resolver.FindAddressesAsync("round.customer.test", AddressFamily.InterNetwork, Cancel)).Outcome);
        Assert.Equal(LookupOutcome.AliasLoop, (await Resolver.FindCaaAsync("self.customer.test", Cancel)).Outcome);
        Assert.Equal(LookupOutcome.AliasLoop, (await Resolver.FindAddressesAsync("far.customer.test", AddressFamily.InterNetwork, Cancel)).Outcome);
    }
}

/// <summary>Against BIND as a resolver, which answers for whole chains and has a memory.</summary>
public sealed class RecursionTests(ResolverTests.Zones zones) : ResolverTests(zones.Recursive)
{
    [Theory]
    [InlineData("round.customer.test")]
    [InlineData("self.customer.test")]
    [InlineData("far.customer.test")]
    public async Task Aliases_that_turn_in_a_circle_are_a_failure_of_one_kind_or_another(string name) =>
        Assert.Contains((await Resolver.FindAddressesAsync(name, AddressFamily.InterNetwork, Cancel)).Outcome, new[] { LookupOutcome.AliasLoop, LookupOutcome.ServerFailure });
}

public abstract class ResolverTests(BindServer server) : IClassFixture<ResolverTests.Zones>
{
    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected Resolver Resolver => Resolving.By(server.Address);

    [Fact]
    public async Task Addresses_are_found_whatever_the_spelling_of_the_name()
    {
        var v4 = await Resolver.FindAddressesAsync("WWW.Customer.Test.", AddressFamily.InterNetwork, Cancel);
        Assert.Equal(LookupOutcome.Answer, v4.Outcome);
        Assert.Equal(["192.0.2.1", "192.0.2.2"], v4.Records.Select(address => address.ToString()).Order());
        Assert.Equal(("www.customer.test", "www.customer.test", 0), (v4.Name, v4.EndName, v4.Chain.Count));

        var v6 = await Resolver.FindAddressesAsync("www.customer.test", AddressFamily.InterNetworkV6, Cancel);
        Assert.Equal([IPAddress.Parse("2001:db8::1")], v6.Records);
    }

    [Fact]
    public async Task No_such_name_and_no_such_records_are_told_apart()
    {
        Assert.Equal(LookupOutcome.NoName, (await Resolver.FindAddressesAsync("nothing.customer.test", AddressFamily.InterNetwork, Cancel)).Outcome);
        Assert.Equal(LookupOutcome.NoName, (await Resolver.FindTextsAsync("unknown.elsewhere", Cancel)).Outcome);
        Assert.Equal(LookupOutcome.NoData, (await Resolver.FindAddressesAsync("text.customer.test", AddressFamily.InterNetwork, Cancel)).Outcome);
        Assert.Equal(LookupOutcome.NoData, (await Resolver.FindCaaAsync("www.customer.test", Cancel)).Outcome);
    }

    [Fact]
    public async Task A_zone_whose_servers_have_nothing_is_SERVFAIL()
    {
        var found = await Resolver.FindAddressesAsync("mta-sts.broken.test", AddressFamily.InterNetwork, Cancel);
        Assert.Equal(LookupOutcome.ServerFailure, found.Outcome);
        Assert.False(found.IsEmpty);
    }

    [Fact]
    public async Task Aliases_are_followed_from_zone_to_zone()
    {
        var found = await Resolver.FindAddressesAsync("mta-sts.customer.test", AddressFamily.InterNetwork, Cancel);
        Assert.Equal(LookupOutcome.Answer, found.Outcome);
        Assert.Equal(["label.host.provider.test", "edge.provider.test"], found.Chain);
        Assert.Equal("edge.provider.test", found.EndName);
        Assert.Equal([IPAddress.Parse("192.0.2.80")], found.Records);
    }

    [Fact]
    public async Task The_outcome_of_a_chain_is_that_of_its_last_name()
    {
        var gone = await Resolver.FindAddressesAsync("gone.customer.test", AddressFamily.InterNetwork, Cancel);
        Assert.Equal((LookupOutcome.NoName, "left.provider.test"), (gone.Outcome, gone.EndName));

        var empty = await Resolver.FindAddressesAsync("mta-sts.customer.test", AddressFamily.InterNetworkV6, Cancel);
        Assert.Equal((LookupOutcome.NoData, "edge.provider.test"), (empty.Outcome, empty.EndName));

        var broken = await Resolver.FindAddressesAsync("tobroken.customer.test", AddressFamily.InterNetwork, Cancel);
        Assert.Equal(LookupOutcome.ServerFailure, broken.Outcome);
    }

    [Fact]
    public async Task Eight_aliases_are_followed_and_no_more()
    {
        var eight = await Resolver.FindAddressesAsync("hop8.customer.test", AddressFamily.InterNetwork, Cancel);
        Assert.Equal((LookupOutcome.Answer, 8), (eight.Outcome, eight.Chain.Count));

        var nine = await Resolver.FindAddressesAsync("hop9.customer.test", AddressFamily.InterNetwork, Cancel);
        Assert.Equal((LookupOutcome.TooManyAliases, 8), (nine.Outcome, nine.Chain.Count));
    }

    [Fact]
    public async Task The_alias_at_a_name_is_asked_for_alone()
    {
        var alias = await Resolver.FindAliasAsync("mta-sts.customer.test", Cancel);
        Assert.Equal(["label.host.provider.test"], alias.Records);
        Assert.Empty(alias.Chain);
        Assert.Equal(LookupOutcome.NoData, (await Resolver.FindAliasAsync("www.customer.test", Cancel)).Outcome);
    }

    [Fact]
    public async Task Texts_are_joined_and_long_ones_come_over_TCP()
    {
        Assert.Equal(["v=STSv1; id=1;"], (await Resolver.FindTextsAsync("text.customer.test", Cancel)).Records);
        var many = await Resolver.FindTextsAsync("many.customer.test", Cancel);
        Assert.Equal(40, many.Records.Count);
        Assert.All(many.Records, text => Assert.Equal(250, text.Length));
    }

    [Fact]
    public async Task CAA_and_NS_are_read()
    {
        var caa = await Resolver.FindCaaAsync("customer.test", Cancel);
        Assert.Equal(
            [new CaaProperty(0, "iodef", "mailto:security@customer.test"), new CaaProperty(0, "issue", "ca.example; accounturi=https://ca.example/acct/1"), new CaaProperty(128, "issuewild", ";")],
            caa.Records.OrderBy(property => property.Tag));
        Assert.Equal(["ns.invalid"], (await Resolver.FindNameServersAsync("customer.test", Cancel)).Records);
    }

    [Fact]
    public async Task Names_with_A_labels_stay_as_they_are()
    {
        var found = await Resolver.FindAddressesAsync("mta-sts.xn--bcher-kva.test", AddressFamily.InterNetwork, Cancel);
        Assert.Equal(LookupOutcome.Answer, found.Outcome);
        Assert.Equal(["xn--strae-oqa.host.provider.test"], found.Chain);
    }

    [Fact]
    public async Task An_alias_to_a_label_that_decodes_to_nothing_throws_nothing() =>
        Assert.Equal(LookupOutcome.Malformed, (await Resolver.FindAddressesAsync("odd.customer.test", AddressFamily.InterNetwork, Cancel)).Outcome);

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("white space.test")]
    [InlineData("bücher.test")]
    [InlineData("back\\slash.test")]
    [InlineData("label-of-more-than-sixty-three-characters-which-no-name-server-takes-ever.test")]
    public async Task What_is_no_name_is_not_asked_for(string name) =>
        Assert.Equal(LookupOutcome.Malformed, (await Resolver.FindAddressesAsync(name, AddressFamily.InterNetwork, Cancel)).Outcome);

    public sealed class Zones : IAsyncLifetime
    {
        internal BindServer Server { get; private set; } = null!;

        internal BindServer Recursive { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await BindServer.StartAsync(Content());
            Recursive = await BindServer.StartResolverAsync(Server);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var server in new[] { Recursive, Server }.Where(server => server is not null))
            {
                await server.DisposeAsync();
            }
        }

        private static Dictionary<string, string?> Content() => new()
        {
            ["customer.test"] = $"""
                @ CAA 0 issue "ca.example; accounturi=https://ca.example/acct/1"
                @ CAA 128 issuewild ";"
                @ CAA 0 iodef "mailto:security@customer.test"
                www A 192.0.2.1
                www A 192.0.2.2
                www AAAA 2001:db8::1
                text TXT "v=STSv1; " "id=1;"
                mta-sts CNAME label.host.provider.test.
                gone CNAME left.provider.test.
                tobroken CNAME host.broken.test.
                round CNAME round2
                round2 CNAME round
                self CNAME self
                far CNAME far.provider.test.
                odd CNAME xn--0.provider.test.
                hop0 A 192.0.2.3
                {string.Join('\n', Enumerable.Range(1, 9).Select(hop => $"hop{hop} CNAME hop{hop - 1}"))}
                {string.Join('\n', Enumerable.Range(1, 40).Select(number => $"many TXT \"{number:D250}\""))}
                """,
            ["provider.test"] = """
                label.host CNAME edge
                edge A 192.0.2.80
                xn--strae-oqa.host A 192.0.2.80
                xn--0 A 192.0.2.80
                far CNAME far.customer.test.
                """,
            ["xn--bcher-kva.test"] = "mta-sts CNAME xn--strae-oqa.host.provider.test.",
            ["broken.test"] = null,
        };
    }
}
