using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MtaSts.Host.Listeners;

/// <summary>Where this process's Policy endpoint listens. Safe from all threads.</summary>
internal sealed class PolicyAddresses
{
    // What is told to others fits a column.
    private const int MostCharacters = 1000;

    private volatile ListenOptions? _endpoint;

    /// <summary>Where this process itself reaches it, a wildcard by loopback; null before Kestrel has bound it, and without one.</summary>
    public EndPoint? Own => Bound switch
    {
        IPEndPoint ip when ip.Address.Equals(IPAddress.Any) => new IPEndPoint(IPAddress.Loopback, ip.Port),
        IPEndPoint ip when ip.Address.Equals(IPAddress.IPv6Any) => new IPEndPoint(IPAddress.IPv6Loopback, ip.Port),
        var bound => bound,
    };

    // Kestrel puts the port that it was given, and the family that it fell back to, into its options.
    private EndPoint? Bound => _endpoint?.EndPoint is { } endpoint and not IPEndPoint { Port: 0 } ? endpoint : null;

    public void Listen(ListenOptions endpoint) => _endpoint = endpoint;

    /// <summary>`address:port` by comma, a wildcard as all addresses of the machine; empty before Kestrel has bound it.</summary>
    public string ForOthers()
    {
        if (Bound is not IPEndPoint bound)
        {
            return "";
        }

        if (!bound.Address.Equals(IPAddress.Any) && !bound.Address.Equals(IPAddress.IPv6Any))
        {
            return bound.ToString();
        }

        var text = "";
        foreach (var endpoint in OfMachine(bound.AddressFamily).Select(address => new IPEndPoint(address, bound.Port).ToString()).TakeWhile(endpoint => text.Length + endpoint.Length < MostCharacters))
        {
            text += text.Length == 0 ? endpoint : $",{endpoint}";
        }

        return text;
    }

    // IPv6's wildcard takes IPv4, too. A link-local address means nothing elsewhere.
    private static List<IPAddress> OfMachine(AddressFamily family)
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(network => network.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address)
                .Where(address => (address.AddressFamily == AddressFamily.InterNetwork || family == AddressFamily.InterNetworkV6) && !address.IsIPv6LinkLocal)
                .OrderBy(address => address.AddressFamily == AddressFamily.InterNetworkV6)];
        }
        catch (NetworkInformationException)
        {
            return [family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback];
        }
    }
}
