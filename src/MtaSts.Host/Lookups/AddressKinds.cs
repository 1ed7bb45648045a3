using System.Net;
using System.Net.Sockets;

namespace MtaSts.Host.Lookups;

/// <summary>IANA's registries of special-purpose addresses (RFC 6890), strictly: what is not for everybody's use is not public.</summary>
internal static class AddressKinds
{
    private static readonly IPNetwork[] PrivateV4 =
    [
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), // RFC 1918
        IPNetwork.Parse("127.0.0.0/8"), // RFC 1122 §3.2.1.3, loopback
        IPNetwork.Parse("169.254.0.0/16"), // RFC 3927, link-local; clouds answer with secrets there
        IPNetwork.Parse("100.64.0.0/10"), // RFC 6598, behind a carrier's NAT
        IPNetwork.Parse("192.0.0.0/24"), // RFC 6890, for protocols
        IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("203.0.113.0/24"), // RFC 5737, documentation
        IPNetwork.Parse("192.88.99.0/24"), // RFC 7526, once relays of 6to4
        IPNetwork.Parse("198.18.0.0/15"), // RFC 2544, benchmarks
    ];

    private static readonly IPNetwork[] UnusableV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), // RFC 1122 §3.2.1.3, this host
        IPNetwork.Parse("224.0.0.0/4"), // RFC 5771, multicast
        IPNetwork.Parse("240.0.0.0/4"), // RFC 1112 §4, reserved; with the broadcast address
    ];

    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3"); // RFC 4291 §2.4 as IANA assigns it

    private static readonly IPNetwork[] PrivateWithinGlobal =
    [
        IPNetwork.Parse("2001::/23"), // RFC 2928, for protocols: Teredo, ORCHID, benchmarks
        IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("3fff::/20"), // RFC 3849, RFC 9637, documentation
    ];

    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16"); // RFC 3056 §2: the IPv4 address follows the prefix
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96"); // RFC 6052 §2.1: it is at the end
    private static readonly IPNetwork Multicast = IPNetwork.Parse("ff00::/8"); // RFC 4291 §2.7

    public static AddressKind Of(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => OfV4(address),
        AddressFamily.InterNetworkV6 => OfV6(address),
        _ => AddressKind.Unusable,
    };

    private static AddressKind OfV4(IPAddress address) =>
        UnusableV4.Any(network => network.Contains(address)) ? AddressKind.Unusable
        : PrivateV4.Any(network => network.Contains(address)) ? AddressKind.Private
        : AddressKind.Public;

    private static AddressKind OfV6(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return OfV4(address.MapToIPv4());
        }

        var bytes = address.GetAddressBytes();
        if (SixToFour.Contains(address))
        {
            return OfV4(new IPAddress(bytes.AsSpan(2, 4)));
        }

        if (Nat64.Contains(address))
        {
            return OfV4(new IPAddress(bytes.AsSpan(12, 4)));
        }

        return Multicast.Contains(address) || address.Equals(IPAddress.IPv6Any) ? AddressKind.Unusable
            : !Global.Contains(address) || PrivateWithinGlobal.Any(network => network.Contains(address)) ? AddressKind.Private
            : AddressKind.Public;
    }
}
