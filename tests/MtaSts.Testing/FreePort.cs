using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace MtaSts.Testing;

/// <summary>
/// Ports that nobody listens at, over TCP and UDP, for servers that cannot be given port 0 and say which one they got, or that need the same port over both. They lie
/// outside the range from which the kernel gives ports to clients (ip_local_port_range, 32768 to 60999): a UDP client there holds its port at all addresses.
/// </summary>
public static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;
    private const int Attempts = 100;

    private static readonly HashSet<int> Given = [];

    /// <returns>A port of 127.0.0.1, each time another one. Another test run may take it in between.</returns>
    public static int Next() => At(IPAddress.Loopback, Given);

    internal static int At(IPAddress address, HashSet<int> given)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int port = First + RandomNumberGenerator.GetInt32(Count);
            using Socket? tcp = TryBind(address, port, SocketType.Stream);
            using Socket? udp = TryBind(address, port, SocketType.Dgram);
            lock (given)
            {
                if (tcp is not null && udp is not null && given.Add(port))
                {
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"None of {Attempts} ports of {address} was free.");
    }

    internal static Socket? TryBind(IPAddress address, int port, SocketType type)
    {
        // Exclusive: with SO_REUSEADDR, which .NET sets otherwise, two could bind before either listens.
        Socket socket = new(AddressFamily.InterNetwork, type, ProtocolType.Unspecified) { ExclusiveAddressUse = true };
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            if (type == SocketType.Stream)
            {
                socket.Listen();
            }

            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
