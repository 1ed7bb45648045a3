using System.Net;
using System.Net.Sockets;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>How many TCP connections there may be, in all and from one address (of IPv6 a /64, which every customer of a network has). Safe from all threads.</summary>
internal sealed class TcpPlaces
{
    private const int Ipv6NetworkBytes = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, int> _byAddress = [];
    private int _taken;

    public int Limit { get; set; } = 1_000;

    public int LimitPerAddress { get; set; } = 50;

    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Who says nothing must go sooner (RFC 9210 §4.3 lets a server do so when it is short of places).</summary>
    public bool IsCrowded => Taken > Limit / 2;

    public bool TryTake(IPAddress address)
    {
        lock (_lock)
        {
            var key = KeyOf(address);
            var count = _byAddress.GetValueOrDefault(key);
            if (_taken >= Limit || count >= LimitPerAddress)
            {
                return false;
            }

            _taken++;
            _byAddress[key] = count + 1;
            return true;
        }
    }

    public void GiveBack(IPAddress address)
    {
        lock (_lock)
        {
            _taken--;
            var key = KeyOf(address);
            if (--_byAddress[key] == 0)
            {
                _byAddress.Remove(key);
            }
        }
    }

    private static UInt128 KeyOf(IPAddress address)
    {
        var octets = address.GetAddressBytes();
        var key = UInt128.Zero;
        foreach (var octet in address.AddressFamily == AddressFamily.InterNetworkV6 ? octets.AsSpan(0, Ipv6NetworkBytes) : octets)
        {
            key = key << 8 | octet;
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6 ? key | UInt128.One << 64 : key;
    }
}
