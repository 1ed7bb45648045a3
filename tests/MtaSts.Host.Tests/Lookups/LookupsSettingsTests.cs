using System.Net;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Lookups;
using MtaSts.Host.Tests.Commands;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Lookups;

public sealed class LookupsSettingsTests
{
    [Fact]
    public async Task The_service_asks_the_resolvers_of_its_settings()
    {
        await using DnsStub stub = new(query => query.Answer((query.Name, DnsStubQuery.Txt, [5, .. "hello"u8])));
        await using var app = await HostApp.StartAsync(settings: [("Dns:Resolvers", stub.Address)]);
        Assert.Equal(["hello"], (await app.Services.GetRequiredService<Resolver>().FindTextsAsync("a.test", TestContext.Current.CancellationToken)).Records);
    }

    [Fact]
    public async Task The_service_goes_to_private_addresses_only_where_its_settings_say_so()
    {
        await using var open = await HostApp.StartAsync(settings: [("Network:AllowPrivateAddresses", "true")]);
        Assert.True(open.Services.GetRequiredService<OutboundAddresses>().Allows(IPAddress.Loopback));
        await using var closed = await HostApp.StartAsync();
        Assert.False(closed.Services.GetRequiredService<OutboundAddresses>().Allows(IPAddress.Loopback));
    }

    [Fact]
    public async Task Faulty_settings_end_the_start_and_are_named()
    {
        using var program = new MtaStsProgram();
        var result = await program.RunAsync("serve", "--Dns:Resolvers=10.1", "--Public:HttpPort=0", "--Public:Addresses=edge.example");
        Assert.Equal(2, result.ExitCode);
        foreach (var setting in new[] { "Dns:Resolvers", "Public:HttpPort", "Public:Addresses" })
        {
            Assert.Contains($"mtasts: {setting} ", result.StandardError, StringComparison.Ordinal);
        }
    }
}
