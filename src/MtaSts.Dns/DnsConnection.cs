using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace MtaSts.Dns;

/// <summary>One TCP connection to a server; messages in both directions, each behind its length (RFC 1035 §4.2.2, RFC 7766 §8).</summary>
internal sealed class DnsConnection : IDisposable
{
    private const int LengthOctets = 2;

    private readonly Socket _socket;

    private DnsConnection(Socket socket) => _socket = socket;

    /// <summary>Nothing has come since the last answer, neither octets nor the end. A connection where it has is of no use any more.</summary>
    public bool IsQuiet => !_socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);

    /// <summary>A server, for messages.</summary>
    public static string TextOf(EndPoint server) => server is DnsEndPoint named ? $"{named.Host}:{DnsText.Number(named.Port)}" : server.ToString()!;

    /// <exception cref="SocketException">It cannot be reached.</exception>
    public static async Task<DnsConnection> OpenAsync(EndPoint server, CancellationToken cancellationToken)
    {
        // An address says which kind of socket; a name may have both kinds of addresses.
        var socket = server is IPEndPoint ? new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(server, cancellationToken);
            return new DnsConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a message and waits for the next one. After any exception the connection is of no use.</summary>
    /// <param name="framed">The message behind the two octets of its length.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="EndOfStreamException">The server closed it.</exception>
    public async Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> framed, CancellationToken cancellationToken)
    {
        await SendAsync(framed, cancellationToken);
        return await ReceiveAsync(cancellationToken);
    }

    /// <summary>Sends a message behind the two octets of its length. Throws as <see cref="ExchangeAsync"/> does.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> framed, CancellationToken cancellationToken)
    {
        for (var rest = framed; !rest.IsEmpty;)
        {
            rest = rest[await _socket.SendAsync(rest, SocketFlags.None, cancellationToken)..];
        }
    }

    /// <summary>Waits for the next message. Throws as <see cref="ExchangeAsync"/> does.</summary>
    public async Task<byte[]> ReceiveAsync(CancellationToken cancellationToken)
    {
        var length = BinaryPrimitives.ReadUInt16BigEndian(await ReceiveAsync(LengthOctets, cancellationToken));
        return await ReceiveAsync(length, cancellationToken);
    }

    public void Dispose() => _socket.Dispose();

    private async Task<byte[]> ReceiveAsync(int count, CancellationToken cancellationToken)
    {
        var octets = new byte[count];
        for (var done = 0; done < count;)
        {
            var more = await _socket.ReceiveAsync(octets.AsMemory(done), SocketFlags.None, cancellationToken);
            done += more > 0 ? more : throw new EndOfStreamException("the server closed the connection");
        }

        return octets;
    }
}
