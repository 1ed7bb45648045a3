using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Configuration;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Lookups;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("192.0.2.53", "192.0.2.53", 53)]
    [InlineData("192.0.2.53:5353", "192.0.2.53", 5353)]
    [InlineData("2001:db8::53", "2001:db8::53", 53)]
    [InlineData("[2001:db8::53]", "2001:db8::53", 53)]
    [InlineData("[::1]:5353", "::1", 5353)]
    [InlineData("unbound", "unbound", 53)]
    [InlineData("dns.provider.example:54", "dns.provider.example", 54)]
    public void Hosts_with_and_without_port_are_read(string text, string host, int port)
    {
        Assert.True(ServerAddress.TryParse(text, out var server));
        Assert.Equal((host, port), (server.Host, server.Port));
    }

    [Theory]
    [InlineData("53")] // IPAddress reads 0.0.0.53
    [InlineData("10.1")] // and here 10.0.0.1
    [InlineData("192.0.2.256")]
    [InlineData("192.0.2.53:")]
    [InlineData("192.0.2.53:0")]
    [InlineData("192.0.2.53:65536")]
    [InlineData("192.0.2.53:-1")]
    [InlineData("192.0.2.53: 53")]
    [InlineData("[192.0.2.53]:53")]
    [InlineData("[2001:db8::53")]
    [InlineData("[2001:db8::53]53")]
    [InlineData("https://dns.example/dns-query")]
    [InlineData("two words")]
    [InlineData(":53")]
    public void What_is_no_server_is_refused_and_named_with_its_setting(string text)
    {
        Assert.False(ServerAddress.TryParse(text, out _));
        var failure = Assert.Single(new DnsOptionsValidator(new ConfigurationManager()).Validate(null, new DnsOptions { Resolvers = $"127.0.0.1, {text}" }).Failures!);
        Assert.StartsWith($"Dns:Resolvers holds \"{text}\"", failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resolver_may_be_named_and_names_that_are_not_known_do_no_harm()
    {
        await using DnsStub stub = new(query => query.Fail(3));
        // RFC 6761 §6.4: `invalid` is never there; localhost always is, but the stub is not at its address.
        var servers = new ResolverServers(Options.Create(new DnsOptions { Resolvers = $"resolver.invalid, localhost:{stub.EndPoint.Port}, {stub.Address}" }), TimeProvider.System);
        Assert.Contains(await servers.GetAsync(TestContext.Current.CancellationToken), server => server.Address == "127.0.0.1" && server.Port == stub.EndPoint.Port);
        var resolver = new Resolver(servers) { Patience = TimeSpan.FromSeconds(2) };
        Assert.Equal(LookupOutcome.NoName, (await resolver.FindAddressesAsync("a.test", AddressFamily.InterNetwork, TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task Without_a_setting_the_systems_resolvers_are_asked_and_never_strangers()
    {
        var servers = await new ResolverServers(Options.Create(new DnsOptions()), TimeProvider.System).GetAsync(TestContext.Current.CancellationToken);
        var known = await File.ReadAllTextAsync("/etc/resolv.conf", TestContext.Current.CancellationToken);
        Assert.NotEmpty(servers);
        Assert.All(servers, server => Assert.True(known.Contains(server.Address, StringComparison.Ordinal) || server.Address == "127.0.0.1", server.ToString()));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(" 198.51.100.7 , 2001:db8::7,198.51.100.7", 2)]
    public void Public_addresses_are_read(string text, int count)
    {
        var options = new PublicOptions { Addresses = text };
        Assert.True(new PublicOptionsValidator().Validate(null, options).Succeeded);
        Assert.Equal(count, options.ReadAddresses().Count);
    }

    [Fact]
    public void All_faults_of_the_Public_settings_are_told_at_once()
    {
        var failures = new PublicOptionsValidator().Validate(null, new PublicOptions { HttpPort = 0, HttpsPort = 65536, Addresses = "198.51.100.7, edge.example, 10.1" }).Failures!.ToList();
        Assert.Equal(4, failures.Count);
        Assert.Equal(2, failures.Count(failure => failure.StartsWith("Public:Addresses holds", StringComparison.Ordinal)));
    }
}
