using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MtaSts.Host.Lookups;

/// <summary>`host[:port]` of a server; an IPv6 address with a port stands in brackets.</summary>
internal sealed record ServerAddress(string Host, int Port)
{
    public const int DnsPort = 53;

    public static bool TryParse(string text, [NotNullWhen(true)] out ServerAddress? server, int defaultPort = DnsPort)
    {
        server = null;
        string host, port;
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !IsAddress(text[1..end], AddressFamily.InterNetworkV6))
            {
                return false;
            }

            (host, port) = (text[1..end], text[(end + 1)..]);
        }
        else if (IsAddress(text, AddressFamily.InterNetworkV6))
        {
            (host, port) = (text, "");
        }
        else
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            (host, port) = colon < 0 ? (text, "") : (text[..colon], text[colon..]);
            if (!IsAddress(host, AddressFamily.InterNetwork) && !IsName(host))
            {
                return false;
            }
        }

        var number = defaultPort;
        if (port.Length > 0 && !(port[0] == ':' && int.TryParse(port.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and <= ushort.MaxValue))
        {
            return false;
        }

        server = new ServerAddress(host, number);
        return true;
    }

    /// <summary>The addresses of a name are asked from the system each time: a resolver in a container may come back with another one.</summary>
    /// <exception cref="SocketException">The name has none.</exception>
    public async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(CancellationToken cancellationToken) => IPAddress.TryParse(Host, out var address)
        ? [new IPEndPoint(address, Port)]
        : [.. (await System.Net.Dns.GetHostAddressesAsync(Host, cancellationToken)).Select(found => new IPEndPoint(found, Port))];

    // IPAddress takes `10.1`, and `53`, for IPv4 addresses.
    private static bool IsAddress(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == family && (family == AddressFamily.InterNetworkV6 || address.ToString() == text);

    private static bool IsName(string text) => Uri.CheckHostName(text) == UriHostNameType.Dns && !char.IsAsciiDigit(text[^1]);
}
