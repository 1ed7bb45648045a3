using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace MtaSts.Dns;

/// <summary>
/// Sends updates (RFC 2136) to one server, signed with one key (RFC 8945), over one TCP connection that stays open between them. Safe from several
/// threads: one update is under way at a time, the others wait their turn.
/// </summary>
public sealed class DnsUpdateClient : IDisposable
{
    /// <summary>How long an answer may take where nothing else is said.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private const int LengthOctets = 2;

    private readonly EndPoint _server;
    private readonly string _serverText;
    private readonly TsigKey? _key;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly SemaphoreSlim _turn = new(1);
    private DnsConnection? _connection;

    // Has the update whose turn it is gone out, in part at least?
    private bool _wasSent;

    /// <summary>A client; it connects with the first update.</summary>
    /// <param name="server">The zone's primary: an <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> that the system's resolver finds.</param>
    /// <param name="key">Signs updates, and answers must be signed with it. Null: neither is, and any answer is taken as the server's.</param>
    /// <param name="time">The clock, for signatures and timeouts.</param>
    /// <param name="timeout">How long one update may take, from its turn on; null: <see cref="DefaultTimeout"/>.</param>
    public DnsUpdateClient(EndPoint server, TsigKey? key, TimeProvider time, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(time);
        _server = server;
        _serverText = DnsConnection.TextOf(server);
        _key = key;
        _time = time;
        _timeout = timeout ?? DefaultTimeout;
    }

    /// <summary>
    /// Sends an update and waits for the server's word that it is done. Where the connection that was kept turns out to be closed, it is opened once
    /// more, and an update without prerequisites is sent once more, too: twice it does no harm.
    /// </summary>
    /// <param name="update">The update.</param>
    /// <param name="cancellationToken">Ends the waiting; whether the server carries the update out is then not known.</param>
    /// <exception cref="DnsException">It was not done, or it is not certain that it was.</exception>
    public async Task ApplyAsync(DnsUpdate update, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(update);
        await _turn.WaitAsync(cancellationToken);
        var isOver = false;
        _wasSent = false;
        try
        {
            using CancellationTokenSource late = new(_timeout, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
            try
            {
                await ExchangeAsync(update, both.Token);
                isOver = true;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw DnsException.Timeout(_serverText, _timeout, _wasSent);
            }
            catch (DnsException failure) when (!failure.AnswerWasLost)
            {
                isOver = failure.ResponseCode is not null;
                throw;
            }
        }
        finally
        {
            if (!isOver)
            {
                // Its answer may still come, and would be taken for that of the next update.
                Close();
            }

            _turn.Release();
        }
    }

    /// <summary>Closes the connection. Not while an update is under way.</summary>
    public void Dispose()
    {
        Close();
        _turn.Dispose();
    }

    private async Task ExchangeAsync(DnsUpdate update, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LengthOctets + DnsReader.MaxMessageLength);
        try
        {
            var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
            var framed = Write(update, id, buffer, out var mac);
            if (_connection is { IsQuiet: true })
            {
                try
                {
                    Judge(await ExchangeAsync(_connection, framed, cancellationToken), update, id, mac);
                    return;
                }
                catch (DnsException failure) when (failure.Kind == DnsErrorKind.Unreachable && update.Prerequisites.Count == 0)
                {
                    // Servers close what was idle for some seconds, and it may have been at this moment: a new connection shows whether they are there.
                }
            }

            Close();
            _connection = await OpenAsync(cancellationToken);
            Judge(await ExchangeAsync(_connection, framed, cancellationToken), update, id, mac);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<DnsConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await DnsConnection.OpenAsync(_server, cancellationToken);
        }
        catch (SocketException failure)
        {
            throw DnsException.Unreachable(_serverText, failure.Message, _wasSent, failure);
        }
    }

    private async Task<byte[]> ExchangeAsync(DnsConnection connection, Memory<byte> framed, CancellationToken cancellationToken)
    {
        _wasSent = true;
        try
        {
            return await connection.ExchangeAsync(framed, cancellationToken);
        }
        catch (Exception failure) when (failure is SocketException or EndOfStreamException)
        {
            throw DnsException.Unreachable(_serverText, failure.Message, _wasSent, failure);
        }
    }

    private Memory<byte> Write(DnsUpdate update, ushort id, byte[] buffer, out byte[] mac)
    {
        DnsWriter writer = new(buffer, LengthOctets);
        update.ToMessage(id).WriteTo(writer);
        mac = _key is null || writer.IsFull ? [] : Tsig.Sign(writer, _key, _time.GetUtcNow());
        if (writer.IsFull)
        {
            throw DnsException.TooLong(update);
        }

        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)writer.Length);
        return buffer.AsMemory(0, LengthOctets + writer.Length);
    }

    /// <summary>Returns where the answer says, believably, that the update was done.</summary>
    private void Judge(byte[] octets, DnsUpdate update, ushort id, byte[] mac)
    {
        DnsMessage answer;
        try
        {
            answer = DnsMessage.Read(octets);
        }
        catch (DnsFormatException failure)
        {
            throw DnsException.Malformed(_serverText, failure.Message, failure);
        }

        // RFC 2136 §3.8: the answer has the request's id and opcode. Its zone may be left out.
        if (answer.Id != id || !answer.IsResponse || answer.Opcode != DnsOpcode.Update || answer.Question is not null && answer.Question.Name != update.Zone)
        {
            throw DnsException.Malformed(_serverText, "it is not one to this request");
        }

        if (_key is not null)
        {
            var now = _time.GetUtcNow();
            SignedAnswers.Require(Tsig.Verify(octets, _key, mac, now, out var signature), signature, answer.ResponseCode, _serverText, _key, now);
        }

        if (answer.ResponseCode != DnsResponseCode.NoError || answer.Signature is { Error: not DnsResponseCode.NoError })
        {
            throw DnsException.Answered(_serverText, update.Zone, isTransfer: false, _key, answer.ResponseCode, answer.Signature?.Error);
        }
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
