using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>From the directory to the chain, with nothing going wrong (RFC 8555 §7).</summary>
public sealed class PlainPathTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_is_issued_and_holds_against_its_root()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();

        var (chain, key) = await stub.IssueAsync(account, "mta-sts.example.test");

        Assert.Empty(chain.FindFaults(key.ExportSubjectPublicKeyInfo(), ["mta-sts.example.test"], stub.Time.GetUtcNow()));
        Assert.Equal(2, chain.Certificates.Count);
        using var leaf = chain.LoadLeaf();
        using X509Chain trusted = new();
        trusted.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        trusted.ChainPolicy.CustomTrustStore.ImportFromPem(stub.Ca.IssuerRootPem);
        trusted.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(chain.Certificates[1].Span));
        trusted.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(trusted.Build(leaf));
        Assert.Equal("", leaf.Subject);

        X509Certificate2Collection pem = [];
        pem.ImportFromPem(chain.ToPem());
        Assert.Equal(chain.Certificates.Select(der => der.ToArray()), pem.Select(certificate => certificate.RawData));
    }

    [Fact]
    public async Task The_directory_tells_what_the_CA_offers()
    {
        await using var stub = await StubCaClient.StartAsync();
        stub.Ca.Behaviour.Profiles = new Dictionary<string, string> { ["tlsserver"] = "https://stub-ca.example/tlsserver" };

        var directory = await stub.Client.GetDirectoryAsync(Cancellation);

        Assert.Equal(["stub-ca.example"], directory.CaaIdentities);
        Assert.Equal("https://stub-ca.example/terms/1", directory.TermsOfService?.AbsoluteUri);
        Assert.Equal("https://stub-ca.example/tlsserver", directory.Profiles["tlsserver"]);
        Assert.False(directory.ExternalAccountRequired);
        Assert.NotNull(directory.RenewalInfo);
        Assert.NotNull(directory.KeyChange);
    }

    [Fact]
    public async Task An_empty_meta_and_missing_operations_are_taken()
    {
        await using var stub = await StubCaClient.StartAsync();
        stub.Ca.Behaviour.HasMeta = stub.Ca.Behaviour.HasRenewalInfo = stub.Ca.Behaviour.HasKeyChange = false;

        var directory = await stub.Client.GetDirectoryAsync(Cancellation);
        Assert.Null(directory.TermsOfService);
        Assert.Empty(directory.CaaIdentities);
        Assert.Empty(directory.Profiles);
        Assert.Null(await stub.Client.GetRenewalInfoAsync("AAAA.AAAA", Cancellation));
        var account = await stub.NewAccountAsync();
        var failure = await StubCaClient.FailureOf(() => stub.Client.ChangeKeyAsync(account, stub.NewKey(), Cancellation));
        Assert.Equal(AcmeBlame.Client, failure.Blame);
    }

    [Fact]
    public async Task The_directory_is_read_once_a_day_and_by_one_of_many()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 8, 5, 0, 0, 0, TimeSpan.Zero));
        await using var stub = await StubCaClient.StartAsync(time);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => stub.Client.GetDirectoryAsync(Cancellation)));
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.Directory));

        time.Advance(TimeSpan.FromHours(23));
        await stub.Client.GetDirectoryAsync(Cancellation);
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.Directory));

        time.Advance(TimeSpan.FromHours(2));
        await stub.Client.GetDirectoryAsync(Cancellation);
        Assert.Equal(2, stub.Ca.Count(StubRequestKind.Directory));
    }

    [Fact]
    public async Task Who_waits_for_a_directory_together_fails_together()
    {
        TaskCompletionSource<HttpResponseMessage> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ScriptedCa ca = new(_ => ScriptedCa.Nonce()) { DirectoryAnswer = () => answer.Task };
        using CancellationTokenSource impatient = new();
        var first = ca.Client.GetDirectoryAsync(impatient.Token);
        var others = Enumerable.Range(0, 10).Select(_ => ca.Client.GetDirectoryAsync(Cancellation)).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.All(others, other => Assert.False(other.IsCompleted));

        answer.SetResult(ScriptedCa.Answer(HttpStatusCode.ServiceUnavailable, ""));
        foreach (var other in others)
        {
            Assert.Equal(503, (await StubCaClient.FailureOf(() => other)).HttpStatus);
        }

        Assert.Single(ca.Requests);
        ca.DirectoryAnswer = null;
        await ca.Client.GetDirectoryAsync(Cancellation);
    }

    [Fact]
    public async Task Requests_name_the_program_and_the_library()
    {
        await using var stub = await StubCaClient.StartAsync();
        await stub.Client.GetDirectoryAsync(Cancellation);
        Assert.StartsWith("Tests/2.1 MtaSts.Acme/", stub.Ca.LatestUserAgent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_has_what_was_asked_for_and_its_own_URL()
    {
        await using var stub = await StubCaClient.StartAsync();
        stub.Ca.Behaviour.Profiles = new Dictionary<string, string> { ["shortlived"] = "" };
        var account = await stub.NewAccountAsync();

        var order = await stub.Client.CreateOrderAsync(account, ["mta-sts.a.test", "mta-sts.b.test"], "shortlived", cancellationToken: Cancellation);

        Assert.Equal(OrderStatus.Pending, order.Status);
        Assert.Equal(["mta-sts.a.test", "mta-sts.b.test"], order.Identifiers.Select(identifier => identifier.Value));
        Assert.Equal("shortlived", order.Profile);
        Assert.Equal(2, order.Authorizations.Count);
        Assert.NotNull(order.Expires);
        Assert.NotNull(order.ServerDate);
        Assert.Equal(order.Url, (await stub.Client.GetOrderAsync(account, order.Url, Cancellation)).Url);
        var authorization = await stub.Client.GetAuthorizationAsync(account, order.Authorizations[1], Cancellation);
        Assert.Equal(new AcmeIdentifier("dns", "mta-sts.b.test"), authorization.Identifier);
        Assert.Equal(["dns-01", "http-01", "tls-alpn-01"], authorization.Challenges.Select(challenge => challenge.Type).Order(StringComparer.Ordinal));
        Assert.All(authorization.Challenges, challenge => Assert.Equal(ChallengeStatus.Pending, challenge.Status));
    }

    [Fact]
    public async Task Reused_orders_and_authorizations_come_in_their_present_state()
    {
        await using var stub = await StubCaClient.StartAsync();
        stub.Ca.Behaviour.ReusesOrders = stub.Ca.Behaviour.ReusesAuthorizations = true;
        var account = await stub.NewAccountAsync();

        var ready = await stub.ReadyOrderAsync(account, "mta-sts.example.test");
        var again = await stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        Assert.Equal(ready.Url, again.Url);
        Assert.Equal(OrderStatus.Ready, again.Status);

        var key = stub.NewCertificateKey();
        await stub.Client.FinalizeAsync(account, again, AcmeCertificateRequest.Create(["mta-sts.example.test"], key), Cancellation);
        var next = await stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        Assert.NotEqual(ready.Url, next.Url);
        Assert.Equal(OrderStatus.Ready, next.Status);
        Assert.Equal(AuthorizationStatus.Valid, (await stub.Client.GetAuthorizationAsync(account, next.Authorizations[0], Cancellation)).Status);
    }

    [Fact]
    public async Task A_slow_CA_is_read_until_it_is_done()
    {
        await using var stub = await StubCaClient.StartAsync();
        stub.Ca.Behaviour.PendingReads = stub.Ca.Behaviour.ProcessingReads = 2;
        stub.Ca.Behaviour.ResourceRetryAfter = "7";
        var account = await stub.NewAccountAsync();
        var order = await stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        var url = order.Authorizations.Single();
        var challenge = (await stub.Client.GetAuthorizationAsync(account, url, Cancellation)).FindChallenge("tls-alpn-01")!;

        challenge = await stub.Client.AnswerChallengeAsync(account, challenge.Url, Cancellation);
        Assert.Equal(ChallengeStatus.Processing, challenge.Status);
        var first = await stub.Client.GetAuthorizationAsync(account, url, Cancellation);
        Assert.Equal((AuthorizationStatus.Pending, TimeSpan.FromSeconds(7)), (first.Status, first.RetryAfter!.Value));
        Assert.Equal(AuthorizationStatus.Pending, (await stub.Client.GetAuthorizationAsync(account, url, Cancellation)).Status);
        Assert.Equal(AuthorizationStatus.Valid, (await stub.Client.GetAuthorizationAsync(account, url, Cancellation)).Status);
        Assert.Equal(ChallengeStatus.Valid, (await stub.Client.GetChallengeAsync(account, challenge.Url, Cancellation)).Status);

        order = await stub.Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create(["mta-sts.example.test"], stub.NewCertificateKey()), Cancellation);
        Assert.Equal((OrderStatus.Processing, TimeSpan.FromSeconds(7)), (order.Status, order.RetryAfter!.Value));
        Assert.Null(order.Certificate);
        Assert.Equal(OrderStatus.Processing, (await stub.Client.GetOrderAsync(account, order.Url, Cancellation)).Status);
        order = await stub.Client.GetOrderAsync(account, order.Url, Cancellation);
        Assert.Equal(OrderStatus.Valid, order.Status);
        Assert.NotNull(order.Certificate);
    }

    [Fact]
    public async Task Unknown_states_are_kept_and_are_no_failure()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.OrderStatusWord = "deactivated";
        var order = await stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        Assert.Equal((OrderStatus.Unknown, "deactivated"), (order.Status, order.StatusWord));
    }

    [Fact]
    public async Task An_authorization_can_be_given_up()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var order = await stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        var authorization = await stub.Client.DeactivateAuthorizationAsync(account, order.Authorizations[0], Cancellation);
        Assert.Equal(AuthorizationStatus.Deactivated, authorization.Status);
        Assert.Equal(OrderStatus.Invalid, (await stub.Client.GetOrderAsync(account, order.Url, Cancellation)).Status);
    }

    [Fact]
    public async Task Alternate_chains_are_found()
    {
        await using var stub = await StubCaClient.StartAsync();
        stub.Ca.Behaviour.AlternateChains = 2;
        var account = await stub.NewAccountAsync();
        var (chain, key) = await stub.IssueAsync(account, "mta-sts.example.test");
        Assert.Equal(2, chain.Alternates.Count);

        var alternate = await stub.Client.DownloadAsync(account, chain.Alternates[0], Cancellation);
        Assert.True(alternate.Leaf.Span.SequenceEqual(chain.Leaf.Span));
        Assert.False(alternate.Certificates[1].Span.SequenceEqual(chain.Certificates[1].Span));
        Assert.Empty(alternate.FindFaults(key.ExportSubjectPublicKeyInfo(), ["mta-sts.example.test"], stub.Time.GetUtcNow()));
    }

    [Fact]
    public async Task Names_over_64_characters_and_A_labels_get_certificates()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        foreach (var name in new[] { $"mta-sts.{new string('a', 63)}.{new string('b', 63)}.example.test", "mta-sts.xn--mnchen-3ya.example" })
        {
            var (chain, key) = await stub.IssueAsync(account, name);
            Assert.Empty(chain.FindFaults(key.ExportSubjectPublicKeyInfo(), [name], stub.Time.GetUtcNow()));
        }
    }

    [Theory]
    [InlineData("mta-sts.münchen.example")]
    [InlineData("mta-sts.Example.test")]
    [InlineData("mta-sts.example.test.")]
    [InlineData("")]
    public async Task A_name_that_CSR_and_order_could_spell_differently_is_not_ordered(string name)
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        await Assert.ThrowsAnyAsync<ArgumentException>(() => stub.Client.CreateOrderAsync(account, [name], cancellationToken: Cancellation));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.ThrowsAny<ArgumentException>(() => AcmeCertificateRequest.Create([name], key));
        Assert.Equal(0, stub.Ca.Count(StubRequestKind.NewOrder));
    }
}
