using System.Net;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Lookups;

/// <summary>The zones' own servers are found and asked; here they are BIND, which is its own resolver.</summary>
public sealed class AuthoritativeLookTests(AuthoritativeLookTests.Zones zones) : IClassFixture<AuthoritativeLookTests.Zones>
{
    private const string LongText = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("customer.test", "customer.test")]
    [InlineData("_MTA-STS.Customer.Test.", "customer.test")]
    [InlineData("nothing.at.all.customer.test", "customer.test")]
    [InlineData("_mta-sts.child.customer.test", "child.customer.test")]
    [InlineData("gone.example", "")]
    public async Task The_zone_is_the_closest_one_above_the_name(string name, string zone)
    {
        var found = await zones.Servers().FindAsync(name, Cancel);
        Assert.Equal(zone, found.Zone);
        Assert.Equal(zone.Length > 0 ? LookupOutcome.Answer : LookupOutcome.NoName, found.Outcome);
        Assert.Equal(zone.Length > 0 ? [new AuthoritativeServer("ns.invalid", zones.Bind.EndPoint)] : [], found.Servers);
    }

    [Fact]
    public async Task A_name_with_an_alias_lies_in_its_own_zone_and_not_in_that_of_the_target() =>
        Assert.Equal("customer.test", (await zones.Servers().FindAsync("_mta-sts.customer.test", Cancel)).Zone);

    [Fact]
    public async Task A_zone_that_the_resolvers_cannot_get_at_is_a_failure_and_not_its_parents()
    {
        var found = await zones.Servers().FindAsync("_mta-sts.broken.test", Cancel);
        Assert.Equal((LookupOutcome.ServerFailure, 0), (found.Outcome, found.Servers.Count));
        Assert.Empty(await zones.Look().AskAllAsync("_mta-sts.broken.test", "TXT", Cancel));
    }

    [Theory]
    [InlineData("customer.test", "A", ServerOutcome.Answer, "192.0.2.1|192.0.2.2", null)]
    [InlineData("customer.test", "AAAA", ServerOutcome.Answer, "2001:db8::1", null)]
    [InlineData("customer.test", "CAA", ServerOutcome.Answer, "0 issue \"ca.example; accounturi=https://ca.example/1\"|128 issuewild \";\"", null)]
    [InlineData("odd.customer.test", "CAA", ServerOutcome.Answer, "0 issue \"with \\\"quotes\\\", \\\\ and \\007\"", null)]
    [InlineData("customer.test", "NS", ServerOutcome.Answer, "ns.invalid.", null)]
    [InlineData("customer.test", "SOA", ServerOutcome.Answer, "ns.invalid. hostmaster.invalid. 1 3600 600 604800 30", null)]
    [InlineData("text.customer.test", "TXT", ServerOutcome.Answer, "\"two \" \"strings;\"|\"with \\\"quotes\\\", \\\\ and \\195\\188\"", null)]
    [InlineData("_mta-sts.customer.test", "CNAME", ServerOutcome.Answer, "label._mta-sts.provider.test.", "label._mta-sts.provider.test")]
    [InlineData("_mta-sts.customer.test", "TXT", ServerOutcome.NoData, "", "label._mta-sts.provider.test")]
    [InlineData("dangling.customer.test", "TXT", ServerOutcome.NoData, "", "nothing.customer.test")]
    [InlineData("near.customer.test", "TXT", ServerOutcome.NoData, "", "text.customer.test")]
    [InlineData("text.customer.test", "A", ServerOutcome.NoData, "", null)]
    [InlineData("nothing.customer.test", "A", ServerOutcome.NoName, "", null)]
    [InlineData("idn.customer.test", "CNAME", ServerOutcome.Answer, "xn--strae-oqa.provider.test.", "xn--strae-oqa.provider.test")]
    internal async Task Each_type_is_read_as_in_a_zone_file(string name, string type, ServerOutcome outcome, string data, string? alias)
    {
        var answer = Assert.Single(await zones.Look().AskAllAsync(name, type, Cancel));
        Assert.Equal((outcome, data, alias), (answer.Outcome, string.Join('|', answer.Data), answer.Alias));
        Assert.Equal(outcome == ServerOutcome.Answer ? 60 : 0, answer.Ttl);
        Assert.True(answer.IsWord);
    }

    [Fact]
    public async Task Strings_of_a_TXT_record_are_joined()
    {
        var answer = Assert.Single(await zones.Look().AskAllAsync("text.customer.test", "TXT", Cancel));
        Assert.Equal(["two strings;", "with \"quotes\", \\ and \u00fc"], answer.Texts);
    }

    [Fact]
    public async Task A_long_answer_comes_over_TCP()
    {
        var answer = Assert.Single(await zones.Look().AskAllAsync("many.customer.test", "TXT", Cancel));
        Assert.Equal(40, answer.Data.Count);
        Assert.All(answer.Texts, text => Assert.EndsWith(LongText, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_type_that_is_not_asked_for_here_is_a_mistake_of_the_caller() =>
        await Assert.ThrowsAsync<ArgumentException>(() => zones.Look().AskAsync(new AuthoritativeServer("ns", zones.Bind.EndPoint), "customer.test", "SRV", Cancel));

    [Fact]
    public async Task Names_of_the_providers_zone_are_asked_of_the_servers_of_the_settings_wherever_they_are()
    {
        var own = zones.Servers(allowPrivate: false, zone: "provider.test", authoritative: $"{zones.Bind.Address}, server.invalid, 127.0.0.1:1");
        var found = await own.FindAsync("label._mta-sts.provider.test", Cancel);
        Assert.Equal(
            [new AuthoritativeServer(zones.Bind.Address, zones.Bind.EndPoint), new AuthoritativeServer("127.0.0.1:1", new IPEndPoint(IPAddress.Loopback, 1))],
            found.Servers);
        Assert.Equal(["server.invalid"], found.Missing);

        // A name that only ends alike is somebody else's.
        Assert.Empty((await own.FindAsync("other-provider.test", Cancel)).Servers);
    }

    [Fact]
    public async Task Servers_at_private_addresses_are_not_asked_unless_the_settings_allow_it()
    {
        var found = await zones.Servers(allowPrivate: false).FindAsync("customer.test", Cancel);
        Assert.Equal((LookupOutcome.Answer, 0), (found.Outcome, found.Servers.Count));
        Assert.Equal(["ns.invalid"], found.Missing);
    }

    [Fact]
    public async Task Name_servers_without_addresses_are_named()
    {
        var found = await zones.Servers().FindAsync("half.test", Cancel);
        Assert.Equal(["ns.invalid"], found.Servers.Select(server => server.Name));
        Assert.Equal(["ns.nowhere.example", "ns.text.test"], found.Missing);
    }

    public sealed class Zones : IAsyncLifetime
    {
        internal BindServer Bind { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Bind = await BindServer.StartAsync(new Dictionary<string, string?>
        {
            ["customer.test"] = $"""
                @ A 192.0.2.1
                @ A 192.0.2.2
                @ AAAA 2001:db8::1
                @ CAA 0 issue "ca.example; accounturi=https://ca.example/1"
                @ CAA 128 issuewild ";"
                odd CAA 0 issue "with \"quotes\", \\ and \007"
                text TXT "two " "strings;"
                text TXT "with \"quotes\", \\ and \195\188"
                _mta-sts CNAME label._mta-sts.provider.test.
                dangling CNAME nothing
                near CNAME text
                idn CNAME xn--strae-oqa.provider.test.
                child NS ns.invalid.
                {string.Join('\n', Enumerable.Range(1, 40).Select(number => $"many TXT \"{number:D50}\" \"{LongText}\""))}
                """,
            ["child.customer.test"] = "_mta-sts TXT \"child\"",
            ["provider.test"] = "label._mta-sts TXT \"v=STSv1; id=1;\"",
            ["other-provider.test"] = "",
            ["text.test"] = "ns TXT \"no address\"",
            ["half.test"] = "@ NS ns.invalid.\n@ NS ns.text.test.\n@ NS ns.nowhere.example.",
            ["broken.test"] = null,
        });

        public ValueTask DisposeAsync() => Bind.DisposeAsync();

        internal AuthoritativeServers Servers(bool allowPrivate = true, string zone = "", string authoritative = "") => Authorities.By(Bind.Address, Bind.EndPoint.Port, allowPrivate, zone, authoritative);

        internal AuthoritativeLook Look() => new(Servers());
    }
}
