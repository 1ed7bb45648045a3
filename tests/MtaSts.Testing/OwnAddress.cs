using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace MtaSts.Testing;

/// <summary>
/// An address of 127.0.0.0/8 that one test has for itself, so that it may use fixed ports, 80 and 443 too, beside other test runs.
/// A listening socket on it marks it as taken; that ends with the test process, however it ends.
/// </summary>
public sealed class OwnAddress : IDisposable
{
    // Outside the range of ports that the kernel gives to clients.
    private const int MarkPort = 65_000;
    private const int Attempts = 100;

    private readonly Socket _mark;
    private readonly HashSet<int> _given = [];

    private OwnAddress(IPAddress address, Socket mark)
    {
        Address = address;
        _mark = mark;
    }

    public IPAddress Address { get; }

    public static OwnAddress Take()
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            IPAddress address = new([127, (byte)RandomNumberGenerator.GetInt32(64, 128), (byte)RandomNumberGenerator.GetInt32(1, 255), (byte)RandomNumberGenerator.GetInt32(1, 255)]);
            if (Testing.FreePort.TryBind(address, MarkPort, SocketType.Stream) is Socket mark)
            {
                return new OwnAddress(address, mark);
            }
        }

        throw new InvalidOperationException($"None of {Attempts} loopback addresses was free.");
    }

    /// <returns>
    /// A port of this address, each time another one, at which neither TCP nor UDP is in use. The kernel gives it to no client and others
    /// do not use this address, so it stays free: a server that is started again finds it again.
    /// </returns>
    public int FreePort() => Testing.FreePort.At(Address, _given);

    /// <summary>`ADDRESS:PORT`.</summary>
    public string At(int port) => string.Create(CultureInfo.InvariantCulture, $"{Address}:{port}");

    public override string ToString() => Address.ToString();

    public void Dispose() => _mark.Dispose();
}
