using System.Net;
using System.Net.Sockets;

namespace MtaSts.Testing;

/// <summary>
/// A port that was free a moment ago, for programs that cannot be given port 0 and say which one they got.
/// Another program may take it in between, so prefer port 0 wherever it is possible.
/// </summary>
public static class FreePort
{
    public static int Tcp()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
