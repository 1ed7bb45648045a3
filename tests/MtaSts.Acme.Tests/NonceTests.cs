using System.Net;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>Nonces (RFC 8555 §6.5, §7.2).</summary>
public sealed class NonceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nonces_of_answers_are_used_and_newNonce_is_asked_once()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        await stub.IssueAsync(account, "mta-sts.example.test");
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.NewNonce));
        Assert.Equal(0, stub.Ca.RefusedNonces);
    }

    [Fact]
    public async Task Nonces_of_failures_are_used_too()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Fail(StubRequestKind.Account, StubFailure.Of(500, "serverInternal"), 3);
        for (var time = 0; time < 3; time++)
        {
            await StubCaClient.FailureOf(() => stub.Client.GetAccountAsync(account, Cancellation));
        }

        await stub.Client.GetAccountAsync(account, Cancellation);
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.NewNonce));
    }

    [Fact]
    public async Task A_refused_nonce_is_no_failure_and_the_request_is_signed_again()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.NonceRefusalRate = 0.5;
        await stub.IssueAsync(account, "mta-sts.example.test");
        await stub.IssueAsync(account, "mta-sts.example.test");
        Assert.NotEqual(0, stub.Ca.RefusedNonces);
        Assert.Equal(2, stub.Ca.Count(StubRequestKind.NewOrder));
        Assert.Equal(2, stub.Ca.Count(StubRequestKind.Finalize));
        // The nonce of the refusal itself serves for the next try (RFC 8555 §6.5).
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.NewNonce));
    }

    [Fact]
    public async Task A_CA_that_refuses_every_nonce_is_not_asked_for_ever()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.NonceRefusalRate = 1;
        var failure = await StubCaClient.FailureOf(() => stub.Client.GetAccountAsync(account, Cancellation));
        Assert.Equal(AcmeBlame.CertificateAuthority, failure.Blame);
        Assert.True(failure.IsTransient);
        Assert.Equal(AcmeErrorTypes.BadNonce, failure.ErrorType);
        Assert.Equal(AcmeLimits.MaxNonceAttempts, stub.Ca.RefusedNonces);
    }

    [Fact]
    public async Task After_some_minutes_the_pool_is_empty()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 8, 5, 0, 0, 0, TimeSpan.Zero));
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        time.Advance(TimeSpan.FromMinutes(4));
        await stub.Client.GetAccountAsync(account, Cancellation);
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.NewNonce));

        time.Advance(TimeSpan.FromMinutes(6));
        await stub.Client.GetAccountAsync(account, Cancellation);
        Assert.Equal(2, stub.Ca.Count(StubRequestKind.NewNonce));
        Assert.Equal(0, stub.Ca.RefusedNonces);
    }

    [Fact]
    public async Task A_CA_that_forgot_its_nonces_costs_one_refusal()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.ForgetNonces();
        await stub.Client.GetAccountAsync(account, Cancellation);
        Assert.Equal(1, stub.Ca.RefusedNonces);
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.NewNonce));
    }

    [Fact]
    public async Task Many_at_a_time_share_the_pool_and_use_no_nonce_twice()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => stub.Client.GetAccountAsync(account, Cancellation))));
        Assert.Equal(100, stub.Ca.Count(StubRequestKind.Account));
        Assert.Equal(0, stub.Ca.RefusedNonces);
    }

    [Theory]
    [InlineData("not base64url!")]
    [InlineData("")]
    [InlineData("a=b")]
    public async Task What_is_not_base64url_is_not_a_nonce(string nonce)
    {
        // RFC 8555 §6.5.1.
        using ScriptedCa ca = new(request =>
        {
            var answer = ScriptedCa.Answer(HttpStatusCode.OK, "{}");
            answer.Headers.TryAddWithoutValidation("Replay-Nonce", nonce);
            return answer;
        });
        var failure = await StubCaClient.FailureOf(() => ca.Client.GetAccountAsync(ca.Account, Cancellation));
        Assert.Equal(AcmeBlame.CertificateAuthority, failure.Blame);
        Assert.Equal(["GET /directory", "HEAD /new-nonce"], ca.Requests);
    }
}
