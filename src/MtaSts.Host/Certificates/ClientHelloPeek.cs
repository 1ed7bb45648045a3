using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace MtaSts.Host.Certificates;

/// <summary>
/// Connection middleware in front of TLS: looks at the ClientHello without taking it, because Kestrel's callback is not shown the client's
/// protocols (RFC 8737 needs them), and of the name no more than what is in the first TLS record. What is refused is refused here, by an alert
/// and before any cryptography.
/// </summary>
internal sealed class ClientHelloPeek(PolicyHandshake handshake)
{
    // A handshake takes three round trips; who needs longer holds a connection for nothing. Real time, like Kestrel's own.
    public static readonly TimeSpan LongestHandshake = TimeSpan.FromSeconds(5);

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        using var tls = new PolicyTls(connection, LongestHandshake);
        connection.Features.Set(tls);
        if (await IsAcceptedAsync(connection, tls))
        {
            tls.HandshakeBegins();
            await next(connection);
        }
    }

    private async Task<bool> IsAcceptedAsync(ConnectionContext connection, PolicyTls tls)
    {
        try
        {
            var reading = await ReadAsync(connection.Transport.Input);
            var alert = reading.Hello is { } hello ? await handshake.ChooseAsync(connection, tls, hello) : reading.Alert;
            if (alert is { } fault)
            {
                await RefuseAsync(connection, fault);
            }

            return reading.Hello is not null && alert is null;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client went away.
            return false;
        }
    }

    /// <returns>Neither a hello nor an alert when the client closed or its time was up before its hello was whole.</returns>
    private static async ValueTask<HelloReading> ReadAsync(PipeReader input)
    {
        for (var wanted = 1; ;)
        {
            var result = await input.ReadAtLeastAsync(wanted);
            var reading = ClientHello.Read(result.Buffer);
            // Nothing consumed and nothing examined: all of it is TLS's to read.
            input.AdvanceTo(result.Buffer.Start);
            if (reading.Wanted == 0 || result.IsCompleted || result.IsCanceled)
            {
                return reading;
            }

            wanted = reading.Wanted;
        }
    }

    // RFC 8446 §5.1, §6: a record of type alert, in the version that it wants of all; 2 bytes: fatal, which.
    private static async Task RefuseAsync(ConnectionContext connection, TlsAlert alert) =>
        await connection.Transport.Output.WriteAsync((byte[])[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, (byte)alert], connection.ConnectionClosed);
}
