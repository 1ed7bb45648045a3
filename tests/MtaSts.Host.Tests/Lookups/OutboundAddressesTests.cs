using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Lookups;

public sealed class OutboundAddressesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.0.1.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450:4001::1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2002:808:808::1")] // 6to4 of 8.8.8.8
    [InlineData("64:ff9b::808:808")] // NAT64 of 8.8.8.8
    public void Public_addresses_are_always_allowed(string address)
    {
        Assert.True(Outbound(allowPrivate: false).Allows(IPAddress.Parse(address)));
        Assert.True(Outbound(allowPrivate: true).Allows(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("10.255.255.255")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")] // what clouds answer with secrets
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("192.88.99.1")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("febf::1")]
    [InlineData("fec0::1")]
    [InlineData("fc00::1")]
    [InlineData("fdff::1")]
    [InlineData("2001:db8::1")]
    [InlineData("3fff::1")]
    [InlineData("2001::1")] // Teredo
    [InlineData("2001:2::1")]
    [InlineData("100::1")]
    [InlineData("5f00::1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("2002:a00:1::1")] // 6to4 of 10.0.0.1
    [InlineData("2002:7f00:1::")]
    [InlineData("64:ff9b::a9fe:a9fe")] // NAT64 of 169.254.169.254
    [InlineData("64:ff9b::c0a8:1")]
    public void Private_addresses_in_all_their_forms_need_the_setting(string address)
    {
        Assert.False(Outbound(allowPrivate: false).Allows(IPAddress.Parse(address)));
        Assert.True(Outbound(allowPrivate: true).Allows(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:0.0.0.0")]
    [InlineData("2002::1")] // 6to4 of 0.0.0.0
    [InlineData("64:ff9b::e000:1")] // NAT64 of 224.0.0.1
    public void Nobodys_addresses_are_never_allowed(string address) =>
        Assert.False(Outbound(allowPrivate: true).Allows(IPAddress.Parse(address)));

    [Fact]
    public async Task A_request_goes_to_the_judged_address_whatever_its_name_resolves_to()
    {
        using TcpListener listener = new(LoopbackAddress.Next(), 0);
        listener.Start();
        var end = (IPEndPoint)listener.LocalEndpoint;
        using HttpClient client = new(Outbound(allowPrivate: true).CreateHandler(end.Address, TimeSpan.FromSeconds(30)));
        var fetch = client.GetAsync(new Uri($"http://nowhere.invalid:{end.Port}/"), Cancel);

        using var accepted = await listener.AcceptSocketAsync(Cancel);
        using NetworkStream stream = new(accepted);
        using StreamReader reader = new(stream);
        Assert.Equal("GET / HTTP/1.1", await reader.ReadLineAsync(Cancel));
        await stream.WriteAsync("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Cancel);

        using var answer = await fetch;
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
    }

    [Fact]
    public void There_is_no_handler_to_a_forbidden_address() =>
        Assert.Throws<ArgumentException>(() => Outbound(allowPrivate: false).CreateHandler(IPAddress.Loopback, TimeSpan.FromSeconds(1)));

    private static OutboundAddresses Outbound(bool allowPrivate) => new(Options.Create(new NetworkOptions { AllowPrivateAddresses = allowPrivate }));
}
