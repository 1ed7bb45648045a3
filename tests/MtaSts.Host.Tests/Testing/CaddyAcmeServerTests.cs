using System.Net.Sockets;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Testing;

public sealed class CaddyAcmeServerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_of_them_stand_side_by_side_each_at_an_address_whose_ports_80_and_443_are_free()
    {
        using OwnAddress firstAt = OwnAddress.Take();
        using OwnAddress secondAt = OwnAddress.Take();
        await using CaddyAcmeServer first = await CaddyAcmeServer.StartAsync(firstAt);
        await using CaddyAcmeServer second = await CaddyAcmeServer.StartAsync(secondAt);
        foreach ((CaddyAcmeServer caddy, OwnAddress at) in new[] { (first, firstAt), (second, secondAt) })
        {
            using HttpClient client = TrustingClient.Create(caddy.RootFile);
            Assert.Contains($"https://{at}", await client.GetStringAsync(caddy.DirectoryUrl, Cancel), StringComparison.Ordinal);
            foreach (int port in new[] { 80, 443 })
            {
                using TcpListener listener = new(at.Address, port);
                listener.Start();
            }
        }
    }

    [Fact]
    public async Task Nobody_else_sees_its_resolver()
    {
        string before = await File.ReadAllTextAsync("/etc/resolv.conf", Cancel);
        using OwnAddress at = OwnAddress.Take();
        await using CaddyAcmeServer caddy = await CaddyAcmeServer.StartAsync(at);

        Assert.Equal(before, await File.ReadAllTextAsync("/etc/resolv.conf", Cancel));
        Assert.StartsWith(
            $"nameserver {at}\n", await File.ReadAllTextAsync($"/proc/{caddy.Running.Id}/root/etc/resolv.conf", Cancel), StringComparison.Ordinal);
        // The program itself, not a shell or a helper that would live on without it.
        Assert.Equal("caddy", (await File.ReadAllTextAsync($"/proc/{caddy.Running.Id}/comm", Cancel)).Trim());
    }
}
