using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace MtaSts.Dns;

/// <summary>Fetches whole zones (AXFR, RFC 5936) from one server, each over a TCP connection of its own. Safe from several threads.</summary>
public sealed class DnsTransferClient
{
    private readonly EndPoint _server;
    private readonly string _serverText;
    private readonly TsigKey? _key;
    private readonly TimeProvider _time;

    /// <summary>A client; it connects with each transfer.</summary>
    /// <param name="server">A server of the zone: an <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> that the system's resolver finds.</param>
    /// <param name="key">Signs the request, and the answers must be signed with it. Null: neither is, and any answer is taken as the server's.</param>
    /// <param name="time">The clock, for signatures and limits.</param>
    public DnsTransferClient(EndPoint server, TsigKey? key, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(time);
        (_server, _serverText, _key, _time) = (server, DnsConnection.TextOf(server), key, time);
    }

    /// <summary>
    /// The zone's records as they come, the SOA record first, with one message of them in memory at a time. They are the zone only once the last one is read and
    /// nothing was thrown: until then signatures are outstanding, and the rest may be missing.
    /// </summary>
    /// <param name="zone">The zone's own name.</param>
    /// <param name="limits">What it may cost.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DnsException">The server does not give the zone, or not all of it.</exception>
    public async IAsyncEnumerable<DnsRecord> ReadAsync(DnsName zone, DnsTransferLimits limits, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(zone);
        ArgumentNullException.ThrowIfNull(limits);
        using CancellationTokenSource late = new(limits.Time, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        using DnsTransfer transfer = new(zone, _key, limits, _time, _serverText);
        using var connection = await WithinAsync(() => OpenAsync(transfer, both.Token), zone, limits, cancellationToken);
        while (!transfer.IsComplete)
        {
            foreach (var record in transfer.Take(await WithinAsync(() => connection.ReceiveAsync(both.Token), zone, limits, cancellationToken)))
            {
                yield return record;
            }
        }
    }

    private async Task<DnsConnection> OpenAsync(DnsTransfer transfer, CancellationToken cancellationToken)
    {
        var connection = await DnsConnection.OpenAsync(_server, cancellationToken);
        try
        {
            await connection.SendAsync(transfer.Request(), cancellationToken);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private async Task<T> WithinAsync<T>(Func<Task<T>> work, DnsName zone, DnsTransferLimits limits, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw DnsException.TransferTimeout(_serverText, zone, limits.Time);
        }
        catch (Exception failure) when (failure is SocketException or EndOfStreamException)
        {
            throw DnsException.Unreachable(_serverText, failure.Message, wasSent: false, failure);
        }
    }
}
