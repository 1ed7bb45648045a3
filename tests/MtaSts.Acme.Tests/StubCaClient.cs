using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>A stub CA with a client of it, and the steps that many tests begin with.</summary>
internal sealed class StubCaClient : IAsyncDisposable
{
    private readonly List<IDisposable> _owned = [];

    private StubCaClient(StubCa ca, TimeProvider time)
    {
        Ca = ca;
        Time = time;
        X509Certificate2Collection roots = [];
        roots.ImportFromPem(ca.RootPem);
        Http = Own(AcmeClient.CreateHttpClient(roots));
        Client = Own(new AcmeClient(Http, ca.DirectoryUrl, time, "Tests/2.1", TimeSpan.FromSeconds(30)));
    }

    public StubCa Ca { get; }

    public HttpClient Http { get; }

    public AcmeClient Client { get; }

    public TimeProvider Time { get; }

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<StubCaClient> StartAsync(TimeProvider? time = null) =>
        new(await StubCa.StartAsync(time), time ?? TimeProvider.System);

    public AccountKey NewKey() => Own(AccountKey.Create());

    public ECDsa NewCertificateKey() => Own(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public async Task<AcmeAccount> NewAccountAsync() =>
        (await Client.CreateAccountAsync(NewKey(), ["mailto:ops@example.test"], acceptTerms: true, cancellationToken: Cancellation)).Account;

    /// <summary>An order whose names are validated.</summary>
    public async Task<AcmeOrder> ReadyOrderAsync(AcmeAccount account, string name, string? replaces = null)
    {
        var order = await Client.CreateOrderAsync(account, [name], replaces: replaces, cancellationToken: Cancellation);
        foreach (var url in order.Authorizations)
        {
            var authorization = await Client.GetAuthorizationAsync(account, url, Cancellation);
            await Client.AnswerChallengeAsync(account, authorization.FindChallenge(AcmeChallengeTypes.Http01)!.Url, Cancellation);
        }

        order = await Client.GetOrderAsync(account, order.Url, Cancellation);
        Assert.Equal(OrderStatus.Ready, order.Status);
        return order;
    }

    public async Task<(IssuedChain Chain, ECDsa Key)> IssueAsync(AcmeAccount account, string name, string? replaces = null)
    {
        var order = await ReadyOrderAsync(account, name, replaces);
        var key = NewCertificateKey();
        order = await Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create([name], key), Cancellation);
        Assert.Equal(OrderStatus.Valid, order.Status);
        return (await Client.DownloadAsync(account, order.Certificate!, Cancellation), key);
    }

    /// <summary>The AcmeException of an operation.</summary>
    public static Task<AcmeException> FailureOf(Func<Task> operation) => Assert.ThrowsAsync<AcmeException>(operation);

    public async ValueTask DisposeAsync()
    {
        _owned.ForEach(owned => owned.Dispose());
        await Ca.DisposeAsync();
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
