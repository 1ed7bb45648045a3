using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MtaSts.Host.Certificates;

/// <summary>The one door to TLS.</summary>
internal static class TlsSetup
{
    // A handshake takes three round trips; who needs longer holds a connection for nothing.
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Needs <see cref="CertificatesSetup.AddCertificates"/> and the mark of the Policy listener on each connection.</summary>
    public static void UsePolicyTls(ListenOptions endpoint)
    {
        // TLS-ALPN-01 (RFC 8737) belongs here: a middleware in front that peeks at the ClientHello, because the callback below is not
        // shown the client's ALPN list.
        var handshake = endpoint.ApplicationServices.GetRequiredService<PolicyHandshake>();
        endpoint.UseHttps(new TlsHandshakeCallbackOptions { HandshakeTimeout = HandshakeTimeout, OnConnection = handshake.OptionsAsync });
    }
}
