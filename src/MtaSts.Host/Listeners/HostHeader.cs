namespace MtaSts.Host.Listeners;

internal static class HostHeader
{
    /// <summary>The name as SNI and policies have it.</summary>
    public static ReadOnlySpan<char> WithoutPortAndDot(ReadOnlySpan<char> host)
    {
        // The port after the last colon; a policy host is never an address, so IPv6 brackets need no care: they match no name of ours.
        var colon = host.LastIndexOf(':');
        if (colon >= 0)
        {
            host = host[..colon];
        }

        return host.EndsWith('.') ? host[..^1] : host;
    }
}
