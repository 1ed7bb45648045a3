using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests.Real;

/// <summary>A client, the CA that it talks to, and a responder at the address to which the CA's DNS leads every name.</summary>
internal sealed class RealCa : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly OwnAddress _at;
    private readonly IAsyncDisposable[] _servers;
    private readonly HttpClient _http;

    private RealCa(OwnAddress at, Uri directory, string trustedRoots, ChallTestServer dns, int httpPort, int tlsPort, params IAsyncDisposable[] servers)
    {
        _at = at;
        _servers = servers;
        Dns = dns;
        Responder = new ChallengeResponder(at, httpPort, tlsPort);
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(trustedRoots);
        _http = AcmeClient.CreateHttpClient(roots);
        Client = new AcmeClient(_http, directory, TimeProvider.System, "MtaSts.Acme.Tests/1.0");
    }

    public ChallTestServer Dns { get; }

    public ChallengeResponder Responder { get; }

    public AcmeClient Client { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<(RealCa Ca, PebbleServer Pebble)> PebbleAsync(PebbleOptions? options = null)
    {
        var at = OwnAddress.Take();
        var dns = await ChallTestServer.StartAsync(at);
        options = (options ?? new PebbleOptions()) with { HttpPort = at.FreePort(), TlsPort = at.FreePort() };
        var pebble = await PebbleServer.StartAsync(at, dns, options);
        return (new RealCa(at, pebble.DirectoryUrl, pebble.EndpointCaFile, dns, options.HttpPort, options.TlsPort, pebble, dns), pebble);
    }

    public static async Task<(RealCa Ca, CaddyAcmeServer Caddy)> CaddyAsync()
    {
        var at = OwnAddress.Take();
        var caddy = await CaddyAcmeServer.StartAsync(at);
        return (new RealCa(at, caddy.DirectoryUrl, caddy.RootFile, caddy.Dns, 80, 443, caddy), caddy);
    }

    /// <summary>A new account.</summary>
    public async Task<AcmeAccount> RegisterAsync(AccountKey key, ExternalAccountBinding? binding = null)
    {
        var state = await Client.CreateAccountAsync(key, [], acceptTerms: true, binding, Cancel);
        Assert.True(state.Created);
        Assert.Equal(AccountStatus.Valid, state.Status);
        return state.Account;
    }

    /// <summary>From order to certificate, one call after the other.</summary>
    public async Task<Issued> IssueAsync(AcmeAccount account, string name, string challengeType = AcmeChallengeTypes.Http01)
    {
        var order = await Client.CreateOrderAsync(account, [name], cancellationToken: Cancel);
        order = await AuthorizeAsync(account, order, challengeType);
        if (order.Status != OrderStatus.Ready)
        {
            throw AcmeException.ForOrder(order, await Task.WhenAll(order.Authorizations.Select(url => Client.GetAuthorizationAsync(account, url, Cancel))));
        }

        return await FinishAsync(account, order);
    }

    /// <summary>Answers what is open and waits for the CA's word.</summary>
    public async Task<AcmeOrder> AuthorizeAsync(AcmeAccount account, AcmeOrder order, string challengeType = AcmeChallengeTypes.Http01)
    {
        foreach (var url in order.Authorizations)
        {
            var authorization = await Client.GetAuthorizationAsync(account, url, Cancel);
            if (authorization.Status == AuthorizationStatus.Pending)
            {
                var challenge = authorization.FindChallenge(challengeType)!;
                Responder.Add(authorization.Identifier.Value, KeyAuthorization.Create(challenge, account.Key));
                await Client.AnswerChallengeAsync(account, challenge.Url, Cancel);
                await UntilAsync(
                    () => Client.GetAuthorizationAsync(account, url, Cancel),
                    // Caddy leaves both pending after a failure, for another try.
                    read => read.Status != AuthorizationStatus.Pending || read.Challenges.Any(candidate => candidate.Error is not null));
            }
        }

        return await Client.GetOrderAsync(account, order.Url, Cancel);
    }

    public async Task<Issued> FinishAsync(AcmeAccount account, AcmeOrder order)
    {
        var names = order.Identifiers.Select(identifier => identifier.Value).ToArray();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create(names, key), Cancel);
        order = await UntilAsync(() => Client.GetOrderAsync(account, order.Url, Cancel), read => read.Status is not (OrderStatus.Processing or OrderStatus.Ready));
        Assert.Equal(OrderStatus.Valid, order.Status);
        var chain = await Client.DownloadAsync(account, order.Certificate!, Cancel);
        Assert.Empty(chain.FindFaults(key.ExportSubjectPublicKeyInfo(), names, TimeProvider.System.GetUtcNow()));
        return new Issued(order, chain, key.ExportPkcs8PrivateKey());
    }

    /// <summary>The chain as a stranger sees it who trusts this root only.</summary>
    public static bool LeadsTo(IssuedChain chain, string rootPem)
    {
        using var root = X509Certificate2.CreateFromPem(rootPem);
        using var leaf = chain.LoadLeaf();
        using var builder = new X509Chain();
        builder.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        builder.ChainPolicy.CustomTrustStore.Add(root);
        builder.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        builder.ChainPolicy.DisableCertificateDownloads = true;
        foreach (var between in chain.Certificates.Skip(1))
        {
            builder.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(between.Span));
        }

        return builder.Build(leaf);
    }

    public static async Task<T> UntilAsync<T>(Func<Task<T>> read, Func<T, bool> done)
        where T : AcmeResource
    {
        var watch = Stopwatch.StartNew();
        var state = await read();
        while (!done(state))
        {
            Assert.True(watch.Elapsed < Bound, $"Waited in vain: {state}");
            await Task.Delay(Pause, Cancel);
            state = await read();
        }

        return state;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _http.Dispose();
        await Responder.DisposeAsync();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _at.Dispose();
    }
}

/// <summary>What came of an order; the key as PKCS#8.</summary>
internal sealed record Issued(AcmeOrder Order, IssuedChain Chain, byte[] Key);
