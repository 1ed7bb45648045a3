using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MtaSts.Host.Certificates;

/// <summary>The one door to TLS.</summary>
internal static class TlsSetup
{
    /// <summary>Needs <see cref="CertificatesSetup.AddCertificates"/> and the mark of the Policy listener on each connection.</summary>
    public static void UsePolicyTls(ListenOptions endpoint)
    {
        var handshake = endpoint.ApplicationServices.GetRequiredService<PolicyHandshake>();
        var peek = new ClientHelloPeek(handshake);
        endpoint.Use(next => connection => peek.RunAsync(connection, next));
        endpoint.UseHttps(new TlsHandshakeCallbackOptions { HandshakeTimeout = ClientHelloPeek.LongestHandshake, OnConnection = handshake.OptionsAsync });
        endpoint.Use(next => connection =>
        {
            var tls = connection.Features.Get<PolicyTls>()!;
            tls.HandshakeDone();
            return tls.Challenge is null ? next(connection) : CloseAsync(connection);
        });
    }

    // RFC 8737 §4: nothing is said after the handshake of a validation.
    private static async Task CloseAsync(ConnectionContext connection)
    {
        try
        {
            await connection.Features.Get<ISslStreamFeature>()!.SslStream.ShutdownAsync();
        }
        catch (IOException)
        {
            // The CA saw what it wanted and has gone.
        }
    }
}
