using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>Revocation (RFC 8555 §7.6).</summary>
public sealed class RevocationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RevocationReason.Unspecified)]
    [InlineData(RevocationReason.KeyCompromise)]
    [InlineData(RevocationReason.Superseded)]
    [InlineData(RevocationReason.CessationOfOperation)]
    public async Task An_account_revokes_its_certificate(RevocationReason reason)
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var (chain, _) = await stub.IssueAsync(account, "mta-sts.example.test");
        await stub.Client.RevokeAsync(account, chain.Leaf, reason, Cancellation);
        Assert.Equal((int)reason, stub.Ca.Certificates.Single().RevocationReason);
    }

    [Fact]
    public async Task A_certificate_that_is_revoked_already_is_revoked()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var (chain, _) = await stub.IssueAsync(account, "mta-sts.example.test");
        stub.Ca.Fail(StubRequestKind.Revoke, StubFailure.AnswerLost);
        await StubCaClient.FailureOf(() => stub.Client.RevokeAsync(account, chain.Leaf, RevocationReason.Superseded, Cancellation));
        await stub.Client.RevokeAsync(account, chain.Leaf, RevocationReason.KeyCompromise, Cancellation);
        Assert.Equal(4, stub.Ca.Certificates.Single().RevocationReason);
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("RSA")]
    public async Task A_certificate_is_revoked_by_its_own_key_without_the_account(string kind)
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var order = await stub.ReadyOrderAsync(account, "mta-sts.example.test");
        using AsymmetricAlgorithm key = kind switch
        {
            "P-256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            "P-384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            _ => RSA.Create(2048),
        };
        order = await stub.Client.FinalizeAsync(account, order, Request(key, "mta-sts.example.test"), Cancellation);
        var chain = await stub.Client.DownloadAsync(account, order.Certificate!, Cancellation);
        stub.Ca.DeactivateAccounts();

        await StubCaClient.FailureOf(() => stub.Client.RevokeAsync(stub.NewCertificateKey(), chain.Leaf, RevocationReason.KeyCompromise, Cancellation));
        Assert.Null(stub.Ca.Certificates.Single().RevocationReason);
        await stub.Client.RevokeAsync(key, chain.Leaf, RevocationReason.KeyCompromise, Cancellation);
        Assert.Equal(1, stub.Ca.Certificates.Single().RevocationReason);
    }

    [Fact]
    public async Task Other_kinds_of_keys_are_refused_before_anything_is_sent()
    {
        await using var stub = await StubCaClient.StartAsync();
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        await Assert.ThrowsAsync<ArgumentException>(() => stub.Client.RevokeAsync(curve, new byte[1], RevocationReason.Unspecified, Cancellation));
        using var dsa = DSA.Create();
        await Assert.ThrowsAsync<ArgumentException>(() => stub.Client.RevokeAsync(dsa, new byte[1], RevocationReason.Unspecified, Cancellation));
        Assert.Equal(0, stub.Ca.Count(StubRequestKind.Revoke));
    }

    private static byte[] Request(AsymmetricAlgorithm key, string name)
    {
        if (key is ECDsa ecdsa)
        {
            return AcmeCertificateRequest.Create([name], ecdsa);
        }

        CertificateRequest request = new("", (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build(critical: true));
        return request.CreateSigningRequest();
    }
}
