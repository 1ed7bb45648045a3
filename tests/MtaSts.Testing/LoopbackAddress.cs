using System.Net;

namespace MtaSts.Testing;

/// <summary>
/// An address of 127.0.0.0/8 at random. Servers of tests that run side by side do not meet there, whatever their ports, and a server can have
/// the same port over UDP and TCP, or at several addresses.
/// </summary>
public static class LoopbackAddress
{
    public static IPAddress Next() => new([127, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(256), (byte)Random.Shared.Next(1, 255)]);
}
