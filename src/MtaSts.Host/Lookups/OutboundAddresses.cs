using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace MtaSts.Host.Lookups;

/// <summary>
/// Where our own requests may go. Their addresses come out of DNS that a tenant writes, so the rule is applied to the address that is
/// connected to: no name is looked up a second time between judging and connecting. Safe from all threads.
/// </summary>
internal sealed class OutboundAddresses(IOptions<NetworkOptions> options)
{
    private const int MostHeaderKilobytes = 8;

    public bool Allows(IPAddress address) => AddressKinds.Of(address) switch
    {
        AddressKind.Public => true,
        AddressKind.Private => options.Value.AllowPrivateAddresses,
        _ => false,
    };

    /// <summary>A handler whose every connection goes to this address, whatever name the request carries: no proxy, no redirects, no cookies.</summary>
    /// <exception cref="ArgumentException">No request may go there.</exception>
    public SocketsHttpHandler CreateHandler(IPAddress address, TimeSpan connectTimeout)
    {
        if (!Allows(address))
        {
            throw new ArgumentException($"No request may go to {address}.", nameof(address));
        }

        return new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = connectTimeout,
            MaxConnectionsPerServer = 1,
            MaxResponseHeadersLength = MostHeaderKilobytes,
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(address, context.DnsEndPoint.Port, cancellationToken),
        };
    }

    private static async ValueTask<Stream> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
