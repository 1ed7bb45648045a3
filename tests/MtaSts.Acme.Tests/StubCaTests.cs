using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MtaSts.Acme.Tests;

/// <summary>The stub CA is strict, and really looks where it says: else what it lets pass would prove nothing.</summary>
public sealed class StubCaTests
{
    private const string Name = "mta-sts.example.test";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_stub_CA_refuses_what_a_CA_refuses()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        RawRequests raw = new(stub, account);

        Assert.Equal((200, null), await raw.SendAsync(account.Url, payload: ""));
        // POST-as-GET has an empty payload, not an empty object (RFC 8555 §6.3).
        var order = await stub.Client.CreateOrderAsync(account, [Name], cancellationToken: Cancellation);
        Assert.Equal((400, "malformed"), await raw.SendAsync(order.Url, payload: "{}"));
        Assert.Equal((200, null), await raw.SendAsync(order.Url, payload: ""));
        Assert.Equal((405, "malformed"), await raw.GetAsync(order.Url));
        Assert.Equal((400, "malformed"), await raw.SendAsync(account.Url, isDer: true));
        Assert.Equal((401, "unauthorized"), await raw.SendAsync(account.Url, urlInHeader: order.Url));
        Assert.Equal((415, "malformed"), await raw.SendAsync(account.Url, mediaType: "application/json"));
        Assert.Equal((400, "badNonce"), await raw.SendAsync(account.Url, nonce: "AAAA"));
        var used = await raw.NonceAsync();
        Assert.Equal((200, null), await raw.SendAsync(account.Url, nonce: used));
        Assert.Equal((400, "badNonce"), await raw.SendAsync(account.Url, nonce: used));
        Assert.Equal((400, "accountDoesNotExist"), await raw.SendAsync(account.Url, keyId: new Uri(account.Url, "/account/999")));
        Assert.Equal((400, "malformed"), await raw.SendAsync(account.Url, hasJwkToo: true));
        Assert.Equal((404, "malformed"), await raw.SendAsync(new Uri(account.Url, "/order/999")));
    }

    [Fact]
    public async Task One_account_does_not_see_what_is_anothers()
    {
        await using var stub = await StubCaClient.StartAsync();
        var owner = await stub.NewAccountAsync();
        var stranger = await stub.NewAccountAsync();
        var order = await stub.Client.CreateOrderAsync(owner, [Name], cancellationToken: Cancellation);
        Assert.Equal(403, (await StubCaClient.FailureOf(() => stub.Client.GetOrderAsync(stranger, order.Url, Cancellation))).HttpStatus);
        Assert.Equal(403, (await StubCaClient.FailureOf(() => stub.Client.GetAuthorizationAsync(stranger, order.Authorizations[0], Cancellation))).HttpStatus);
    }

    [Fact]
    public async Task Http_01_is_really_looked_at()
    {
        await using var stub = await StubCaClient.StartAsync();
        Dictionary<string, string> pages = [];
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var web = builder.Build();
        web.Run(context =>
        {
            var page = pages.GetValueOrDefault(context.Request.Host.Host + context.Request.Path);
            context.Response.StatusCode = page is null ? 404 : 200;
            return context.Response.WriteAsync(page ?? "");
        });
        await web.StartAsync(Cancellation);
        stub.Ca.Behaviour.Validates = stub.Ca.Behaviour.ValidatesInsideRequest = true;
        stub.Ca.Behaviour.HttpTarget = new IPEndPoint(IPAddress.Loopback, new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port);

        Assert.Equal("unauthorized", await ValidateAsync(stub, "http-01", _ => { }));
        Assert.Equal("unauthorized", await ValidateAsync(stub, "http-01", answer => pages[Name + answer.HttpPath] = answer.Text + "x"));
        Assert.Equal("unauthorized", await ValidateAsync(stub, "http-01", answer => pages["other.test" + answer.HttpPath] = answer.Text));
        Assert.Null(await ValidateAsync(stub, "http-01", answer => pages[Name + answer.HttpPath] = answer.Text));
        await web.StopAsync(Cancellation);
        Assert.Equal("connection", await ValidateAsync(stub, "http-01", _ => { }));
    }

    [Fact]
    public async Task Tls_alpn_01_is_really_looked_at()
    {
        await using var stub = await StubCaClient.StartAsync();
        X509Certificate2? certificate = null;
        var protocol = "acme-tls/1";
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var serving = ServeAsync();
        stub.Ca.Behaviour.Validates = stub.Ca.Behaviour.ValidatesInsideRequest = true;
        stub.Ca.Behaviour.TlsTarget = (IPEndPoint)listener.LocalEndpoint;

        Assert.Null(await ValidateAsync(stub, "tls-alpn-01", answer => certificate = TlsAlpnCertificate.Create(Name, answer.TlsAlpnDigest(), DateTimeOffset.UtcNow)));
        Assert.Equal("unauthorized", await ValidateAsync(stub, "tls-alpn-01", answer => certificate = TlsAlpnCertificate.Create("mta-sts.other.test", answer.TlsAlpnDigest(), DateTimeOffset.UtcNow)));
        Assert.Equal("unauthorized", await ValidateAsync(stub, "tls-alpn-01", answer => certificate = TlsAlpnCertificate.Create(Name, SHA256.HashData(Encoding.ASCII.GetBytes(answer.Token)), DateTimeOffset.UtcNow)));
        protocol = "h2";
        Assert.NotNull(await ValidateAsync(stub, "tls-alpn-01", answer => certificate = TlsAlpnCertificate.Create(Name, answer.TlsAlpnDigest(), DateTimeOffset.UtcNow)));
        await end.CancelAsync();
        await serving;

        async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync(end.Token);
                    await using SslStream tls = new(client.GetStream());
                    try
                    {
                        await tls.AuthenticateAsServerAsync(
                            new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [new SslApplicationProtocol(protocol)] }, end.Token);
                        _ = await tls.ReadAsync(new byte[1], end.Token);
                    }
                    catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
                    {
                        // The other side did not like it: what is tested.
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The end of the test.
            }
        }
    }

    [Fact]
    public async Task Dns_01_is_really_looked_at()
    {
        await using var stub = await StubCaClient.StartAsync();
        Dictionary<string, string> texts = [];
        stub.Ca.Behaviour.Validates = stub.Ca.Behaviour.ValidatesInsideRequest = true;
        stub.Ca.Behaviour.TxtLookup = name => Task.FromResult<IReadOnlyList<string>>(texts.TryGetValue(name, out var text) ? ["other", text] : []);
        Assert.Equal("unauthorized", await ValidateAsync(stub, "dns-01", _ => { }));
        Assert.Equal("unauthorized", await ValidateAsync(stub, "dns-01", answer => texts["_acme-challenge." + Name] = answer.Text));
        Assert.Null(await ValidateAsync(stub, "dns-01", answer => texts["_acme-challenge." + Name] = answer.DnsTxtValue));
    }

    /// <returns>The error of the challenge, null where it is valid.</returns>
    private static async Task<string?> ValidateAsync(StubCaClient stub, string type, Action<KeyAuthorization> putUp)
    {
        var account = await stub.NewAccountAsync();
        var order = await stub.Client.CreateOrderAsync(account, [Name], cancellationToken: Cancellation);
        var challenge = (await stub.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancellation)).FindChallenge(type)!;
        putUp(KeyAuthorization.Create(challenge, account.Key));
        challenge = await stub.Client.AnswerChallengeAsync(account, challenge.Url, Cancellation);
        var authorization = await stub.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancellation);
        Assert.Equal(challenge.Error is null ? AuthorizationStatus.Valid : AuthorizationStatus.Invalid, authorization.Status);
        Assert.Equal(challenge.Error is null ? ChallengeStatus.Valid : ChallengeStatus.Invalid, challenge.Status);
        return challenge.Error?.ErrorType;
    }
}
