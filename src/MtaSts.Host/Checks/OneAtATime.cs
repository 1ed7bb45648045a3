using System.Net;
using MtaSts.Host.Api;

namespace MtaSts.Host.Checks;

/// <summary>
/// Never more than one connection to a server at a time in the whole process, however many checks lead there. A server is an address and a port: else whoever names another's
/// mail server as his policy host would keep everybody from it. Safe from all threads.
/// </summary>
internal sealed class OneAtATime
{
    private readonly Turns<(IPAddress Address, int Port)> _turns = new(1);

    /// <summary>Waits for the turn of this server; it ends when the result is disposed of.</summary>
    /// <exception cref="OperationCanceledException">It did not come before the token was cancelled.</exception>
    public Task<IDisposable> EnterAsync(IPAddress address, int port, CancellationToken cancellationToken) =>
        // ::ffff:192.0.2.1 reaches the same machine as 192.0.2.1.
        _turns.EnterAsync((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port), cancellationToken);
}
