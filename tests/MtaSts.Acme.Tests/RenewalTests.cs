using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>Renewal information and replaces (RFC 9773), profiles.</summary>
public sealed class RenewalTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_certId_of_the_RFCs_example_is_that_of_the_RFC()
    {
        // RFC 9773 §4.1 and appendix A: key identifier 69:88:5B:6B:87:46:40:41:E1:B3:7B:84:7B:A0:AE:2C:DE:01:C8:D4, serial 00:87:65:43:21.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Example", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(Convert.FromHexString("69885B6B87464041E1B37B847BA0AE2CDE01C8D4")));
        using var certificate = request.Create(
            new X500DistinguishedName("CN=Issuer"), X509SignatureGenerator.CreateForECDsa(key),
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), [0x87, 0x65, 0x43, 0x21]);
        Assert.Equal("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", CertId.Of(certificate));
    }

    [Fact]
    public void A_certificate_without_authority_has_no_certId()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=Own", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        Assert.Null(CertId.Of(certificate));
    }

    [Fact]
    public async Task The_window_of_a_certificate_is_read_without_an_account()
    {
        await using var stub = await StubCaClient.StartAsync();
        var (chain, _) = await stub.IssueAsync(await stub.NewAccountAsync(), "mta-sts.example.test");
        using var leaf = chain.LoadLeaf();
        var certId = CertId.Of(leaf)!;
        Assert.Equal(stub.Ca.Certificates.Single().CertId, certId);

        DateTimeOffset start = new(2026, 9, 1, 0, 0, 0, TimeSpan.Zero);
        stub.Ca.Behaviour.RenewalWindow = (start, start.AddDays(2));
        stub.Ca.Behaviour.RenewalExplanation = "https://stub-ca.example/why";
        var info = (await stub.Client.GetRenewalInfoAsync(certId, Cancellation))!;
        Assert.Equal((start, start.AddDays(2), TimeSpan.FromHours(6)), (info.Start, info.End, info.RetryAfter!.Value));
        Assert.Equal("https://stub-ca.example/why", info.Explanation?.AbsoluteUri);
        Assert.Equal(start.AddDays(1), info.ChooseTime(0.5));
        Assert.Equal((info.Start, info.End), (info.ChooseTime(0), info.ChooseTime(1)));
    }

    [Theory]
    [InlineData("5", 60)]
    [InlineData("90", 90)]
    [InlineData("604800", 86_400)]
    [InlineData(null, null)]
    public async Task The_CA_is_asked_again_after_a_minute_at_least_and_a_day_at_most(string? retryAfter, int? seconds)
    {
        await using var stub = await StubCaClient.StartAsync();
        await stub.IssueAsync(await stub.NewAccountAsync(), "mta-sts.example.test");
        stub.Ca.Behaviour.RenewalRetryAfter = retryAfter;
        var info = await stub.Client.GetRenewalInfoAsync(stub.Ca.Certificates.Single().CertId, Cancellation);
        Assert.Equal(seconds, (int?)info!.RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task A_revoked_certificate_has_a_window_in_the_past()
    {
        FakeTimeProvider time = new(DateTimeOffset.UtcNow);
        await using var stub = await StubCaClient.StartAsync(time);
        await stub.IssueAsync(await stub.NewAccountAsync(), "mta-sts.example.test");
        var certificate = stub.Ca.Certificates.Single();
        Assert.True((await stub.Client.GetRenewalInfoAsync(certificate.CertId, Cancellation))!.Start > time.GetUtcNow());
        stub.Ca.Revoke(certificate);
        Assert.True((await stub.Client.GetRenewalInfoAsync(certificate.CertId, Cancellation))!.End < time.GetUtcNow());
    }

    [Fact]
    public async Task A_window_that_ends_before_it_starts_is_an_error()
    {
        // RFC 9773 §4.2.
        await using var stub = await StubCaClient.StartAsync();
        await stub.IssueAsync(await stub.NewAccountAsync(), "mta-sts.example.test");
        DateTimeOffset start = new(2026, 9, 1, 0, 0, 0, TimeSpan.Zero);
        stub.Ca.Behaviour.RenewalWindow = (start, start);
        var failure = await StubCaClient.FailureOf(() => stub.Client.GetRenewalInfoAsync(stub.Ca.Certificates.Single().CertId, Cancellation));
        Assert.Equal(AcmeBlame.CertificateAuthority, failure.Blame);
    }

    [Fact]
    public async Task An_unknown_certificate_has_no_window()
    {
        await using var stub = await StubCaClient.StartAsync();
        var failure = await StubCaClient.FailureOf(() => stub.Client.GetRenewalInfoAsync("AAAA.AAAA", Cancellation));
        Assert.Equal(404, failure.HttpStatus);
    }

    [Fact]
    public async Task A_certificate_is_replaced_once()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        await stub.IssueAsync(account, "mta-sts.example.test");
        var old = stub.Ca.Certificates.Single();
        await stub.IssueAsync(account, "mta-sts.example.test", replaces: old.CertId);
        Assert.Equal(old.CertId, stub.Ca.Certificates[1].Replaces);

        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], replaces: old.CertId, cancellationToken: Cancellation));
        Assert.Equal((AcmeErrorTypes.AlreadyReplaced, 409, AcmeBlame.Client), (failure.ErrorType, failure.HttpStatus, failure.Blame));
    }

    [Fact]
    public async Task A_profile_that_is_not_offered_is_the_clients_failure()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], profile: "novelty", cancellationToken: Cancellation));
        Assert.Equal((AcmeErrorTypes.InvalidProfile, AcmeBlame.Client), (failure.ErrorType, failure.Blame));
    }
}
