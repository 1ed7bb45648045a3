using System.Net;
using System.Net.Sockets;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Testing;

public sealed class OwnAddressTests
{
    [Fact]
    public void Each_address_is_another_one_and_its_ports_can_be_listened_on()
    {
        using OwnAddress first = OwnAddress.Take();
        using OwnAddress second = OwnAddress.Take();
        Assert.NotEqual(first.Address, second.Address);
        Assert.All([first, second], address => Assert.True(IPAddress.IsLoopback(address.Address)));

        HashSet<int> ports = [.. Enumerable.Range(0, 50).Select(_ => first.FreePort())];
        Assert.Equal(50, ports.Count);
        foreach (int port in ports)
        {
            using TcpListener listener = new(first.Address, port);
            listener.Start();
        }
    }

    [Fact]
    public void A_taken_address_is_marked_for_other_processes_until_it_is_given_back()
    {
        OwnAddress address = OwnAddress.Take();
        Assert.Throws<SocketException>(() => Mark(address.Address));

        address.Dispose();
        Mark(address.Address);
    }

    private static void Mark(IPAddress address)
    {
        using TcpListener listener = new(address, 65_000);
        listener.Start();
    }
}
