using Microsoft.AspNetCore.Connections;

namespace MtaSts.Host.Certificates;

/// <summary>Connection feature: what its ClientHello is answered with, one of the two once it is chosen, and the time that the handshake has.</summary>
internal sealed class PolicyTls : IDisposable
{
    private readonly ConnectionContext _connection;

    // From the first byte that does not come to the end of the handshake. Real time, like Kestrel's own limit, which begins with TLS.
    private readonly Timer _limit;
    private volatile bool _isPeeking = true;

    public PolicyTls(ConnectionContext connection, TimeSpan longestHandshake)
    {
        _connection = connection;
        _limit = new Timer(static tls => ((PolicyTls)tls!).End(), this, longestHandshake, Timeout.InfiniteTimeSpan);
    }

    public HostCertificate? Certificate { get; set; }

    /// <summary>A CA validates: a handshake and nothing after it (RFC 8737 §4).</summary>
    public HotLease? Challenge { get; set; }

    public void HandshakeBegins() => _isPeeking = false;

    public void HandshakeDone() => _limit.Dispose();

    public void Dispose() => _limit.Dispose();

    private void End()
    {
        if (_isPeeking)
        {
            // Closed in the ordinary way; who is silent has not even begun.
            _connection.Transport.Input.CancelPendingRead();
        }
        else
        {
            _connection.Abort(new ConnectionAbortedException("The TLS handshake took too long."));
        }
    }
}
