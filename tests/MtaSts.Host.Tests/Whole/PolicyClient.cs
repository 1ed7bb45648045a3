using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Whole;

/// <summary>Fetches policies as a sender does: checks the certificate against one root, and the name. It notes whose certificates it sees.</summary>
internal sealed class PolicyClient : IDisposable
{
    /// <summary>Of a connection that is kept; the service ends each after a minute.</summary>
    public static readonly TimeSpan ConnectionLife = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client;
    private int _handshakes;

    /// <param name="rig">Where the service is.</param>
    /// <param name="rootFile">PEM; all that is trusted.</param>
    /// <param name="version">This one and no other.</param>
    /// <param name="keepsConnection">Otherwise each fetch has a handshake of its own.</param>
    /// <param name="serials">Gets the serial number of each certificate that was shown, and how often.</param>
    public PolicyClient(RealCaRig rig, string rootFile, Version version, bool keepsConnection, ConcurrentDictionary<string, int> serials)
    {
        var handler = TrustingClient.CreateHandler(rootFile, IPEndPoint.Parse(rig.At.At(rig.HttpsPort)));
        handler.PooledConnectionLifetime = keepsConnection ? ConnectionLife : TimeSpan.Zero;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            Interlocked.Increment(ref _handshakes);
            serials.AddOrUpdate(certificate!.GetSerialNumberString(), 1, (_, count) => count + 1);
            return errors == SslPolicyErrors.None;
        };
        _client = new HttpClient(handler) { DefaultRequestVersion = version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }

    public int Handshakes => _handshakes;

    /// <exception cref="HttpRequestException">No connection, no trusted certificate, or no policy.</exception>
    public Task<string> FetchAsync(string domain, CancellationToken cancellationToken) =>
        _client.GetStringAsync(new Uri($"https://mta-sts.{domain}/.well-known/mta-sts.txt"), cancellationToken);

    public void Dispose() => _client.Dispose();
}
