using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>The authoritative name server of `Dns:Zone`, at all endpoints of `Dns:Embedded:Listen`. Starts after <see cref="ZoneLoader"/> has read the zone.</summary>
internal sealed partial class DnsServer(
    Zone zone,
    DnsResponder responder,
    TcpPlaces places,
    DnsServerMetrics metrics,
    IOptions<DnsOptions> options,
    TimeProvider clock,
    ILogger<DnsServer> logger) : IHostedService, IDisposable
{
    private readonly ConcurrentBag<IDisposable> _listeners = [];

    /// <exception cref="IOException">One of the endpoints cannot be listened at.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var endPoint in DnsOptions.Split(options.Value.Embedded.Listen).Select(IPEndPoint.Parse))
        {
            // «All addresses» is met by those that there are.
            if (endPoint.Address.Equals(IPAddress.IPv6Any) && !Socket.OSSupportsIPv6)
            {
                Log.NoIpv6(logger);
                continue;
            }

            // TCP first: there nobody else can share the port.
            var tcp = Open(endPoint, "TCP", () => new TcpListening(endPoint, places, responder, metrics, clock, logger));
            Open(tcp.EndPoint, "UDP", () => new UdpListener(tcp.EndPoint, responder, metrics, logger));
            Log.Listening(logger, zone.Name, tcp.EndPoint);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        while (_listeners.TryTake(out var listener))
        {
            listener.Dispose();
        }
    }

    private T Open<T>(IPEndPoint endPoint, string transport, Func<T> open)
        where T : IDisposable
    {
        try
        {
            var listener = open();
            _listeners.Add(listener);
            return listener;
        }
        catch (SocketException exception)
        {
            Dispose();
            throw new IOException($"Dns:Embedded:Listen: {endPoint} cannot be listened at over {transport}: {exception.Message}.", exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(700, LogLevel.Information, "Answering for {Zone} at {EndPoint}, UDP and TCP")]
        public static partial void Listening(ILogger logger, MtaSts.Dns.DnsName zone, IPEndPoint endPoint);

        [LoggerMessage(701, LogLevel.Warning, "This machine has no IPv6; the name server answers over IPv4 only")]
        public static partial void NoIpv6(ILogger logger);
    }
}
