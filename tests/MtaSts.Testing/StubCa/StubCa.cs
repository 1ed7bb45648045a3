using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace MtaSts.Testing;

/// <summary>
/// An ACME CA in the test process, on https at 127.0.0.1, for what real test CAs lack: renewal information, replaces, profiles, limits, lost
/// answers, changed terms, a wrong clock. It checks signatures and nonces strictly, issues real certificates, and counts what it was asked.
/// All state is in memory. Safe from any thread.
/// </summary>
public sealed class StubCa : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _serverCertificate;
    private readonly StubIssuer _serverIssuer;
    private readonly StubIssuer[] _issuers;
    private readonly StubCaProtocol _protocol;

    private StubCa(TimeProvider time, int port)
    {
        var now = time.GetUtcNow();
        _serverIssuer = new StubIssuer("Stub CA server", DateTimeOffset.UtcNow);
        _issuers = [new StubIssuer("Stub CA", now), new StubIssuer("Stub CA alternate", now)];
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            // Judged by the client's real clock, whatever the clock of the test says.
            using var certificate = _serverIssuer.Issue(
                new PublicKey(key), ["localhost"], DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30), IPAddress.Loopback);
            _serverCertificate = certificate.CopyWithPrivateKey(key);
        }

        _protocol = new StubCaProtocol(Behaviour, time, () => BaseUrl, _issuers);
        // Empty: neither settings files nor environment variables of the test process shall matter.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = _serverCertificate,
                ServerCertificateChain = [X509CertificateLoader.LoadCertificate(_serverIssuer.Intermediate)],
            }));
        });
        _app = builder.Build();
        _app.Run(_protocol.HandleAsync);
    }

    public StubCaBehaviour Behaviour { get; } = new();

    public Uri DirectoryUrl => new(BaseUrl + "/directory");

    /// <summary>The root of the CA's own https; what a client of the CA must trust.</summary>
    public string RootPem => _serverIssuer.RootPem;

    /// <summary>The root of the certificates that it issues.</summary>
    public string IssuerRootPem => _issuers[0].RootPem;

    /// <summary>The root of the alternate chains.</summary>
    public string AlternateRootPem => _issuers[1].RootPem;

    /// <summary>Requests whose nonce was refused; no other count has them.</summary>
    public int RefusedNonces => _protocol.RefusedNonces;

    /// <summary>All orders, in the order in which they came.</summary>
    public IReadOnlyList<StubOrder> Orders => _protocol.Orders();

    /// <summary>All certificates, in the order in which they were issued.</summary>
    public IReadOnlyList<StubCertificate> Certificates => _protocol.Certificates();

    /// <summary>What the latest request said in <c>User-Agent</c>.</summary>
    public string? LatestUserAgent => _protocol.LatestUserAgent;

    /// <summary>How many accounts there are, deactivated ones as well.</summary>
    public int AccountCount => _protocol.AccountCount;

    private string BaseUrl { get; set; } = "";

    /// <param name="time">The CA's clock; real where null.</param>
    /// <param name="port">0: any free one.</param>
    public static async Task<StubCa> StartAsync(TimeProvider? time = null, int port = 0)
    {
        StubCa ca = new(time ?? TimeProvider.System, port);
        await ca._app.StartAsync();
        ca.BaseUrl = ca._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return ca;
    }

    /// <summary>How many requests came, those that failed as well.</summary>
    public int Count(StubRequestKind kind) => _protocol.Count(kind);

    /// <summary>Lets the next requests of a kind fail; several failures of one kind come one after the other.</summary>
    public void Fail(StubRequestKind kind, StubFailure failure, int times = 1) => _protocol.Fail(kind, failure, times);

    /// <summary>Ends all failures that <see cref="Fail"/> asked for.</summary>
    public void StopFailing() => _protocol.StopFailing();

    /// <summary>Forgets all accounts and orders, as a restarted test CA does.</summary>
    public void ForgetAccounts() => _protocol.ForgetAccounts();

    /// <summary>Forgets all orders, as a CA does with old ones.</summary>
    public void ForgetOrders() => _protocol.ForgetOrders();

    /// <summary>Deactivates all accounts.</summary>
    public void DeactivateAccounts() => _protocol.DeactivateAccounts();

    /// <summary>Forgets all nonces that are out.</summary>
    public void ForgetNonces() => _protocol.ForgetNonces();

    /// <summary>Revokes as the CA does by itself: the window of renewal is in the past.</summary>
    public void Revoke(StubCertificate certificate) => _protocol.Revoke(certificate);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _serverCertificate.Dispose();
        _serverIssuer.Dispose();
        foreach (var issuer in _issuers)
        {
            issuer.Dispose();
        }
    }
}
