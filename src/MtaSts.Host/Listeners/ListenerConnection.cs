namespace MtaSts.Host.Listeners;

/// <summary>Connection feature: which named endpoint took the connection, and what TLS learned. Requests without it are answered 404.</summary>
internal sealed class ListenerConnection(Listener listener)
{
    private IDisposable? _untilClosed;

    public Listener Listener { get; } = listener;

    /// <summary>The SNI name the client asked for; null before the handshake and without TLS.</summary>
    public string? ServerName { get; set; }

    /// <summary>Keeps <paramref name="resource"/> until the connection has ended.</summary>
    public void HoldUntilClosed(IDisposable resource) => _untilClosed = resource;

    public void Close() => _untilClosed?.Dispose();
}
