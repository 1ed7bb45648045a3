using MtaSts.Testing;

namespace MtaSts.Acme.Tests.Real;

/// <summary>dns-01 (RFC 8555 §8.4) at Pebble.</summary>
public sealed class PebbleDnsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("_acme-challenge.mta-sts.example.test")]
    [InlineData("k3v9._acme.provider.test")]
    public async Task A_TXT_record_is_found_at_the_name_or_where_its_CNAME_leads(string place)
    {
        var (ca, _) = await RealCa.PebbleAsync(new PebbleOptions { Strict = true });
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var order = await ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel);
        var authorization = await ca.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancel);
        var challenge = authorization.FindChallenge(AcmeChallengeTypes.Dns01)!;
        if (place != "_acme-challenge.mta-sts.example.test")
        {
            await ca.Dns.SetCnameAsync("_acme-challenge.mta-sts.example.test", place);
        }

        // Beside the answer of another order.
        await ca.Dns.AddTxtAsync(place, "another-answer");
        await ca.Dns.AddTxtAsync(place, KeyAuthorization.Create(challenge, key).DnsTxtValue);
        await ca.Client.AnswerChallengeAsync(account, challenge.Url, Cancel);

        await RealCa.UntilAsync(() => ca.Client.GetAuthorizationAsync(account, authorization.Url, Cancel), read => read.Status != AuthorizationStatus.Pending);
        order = await ca.Client.GetOrderAsync(account, order.Url, Cancel);
        Assert.Equal(OrderStatus.Ready, order.Status);
        await ca.FinishAsync(account, order);
    }

    [Fact]
    public async Task A_record_that_is_not_there_is_the_names_failure()
    {
        var (ca, _) = await RealCa.PebbleAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var order = await ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel);
        var challenge = (await ca.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancel)).FindChallenge(AcmeChallengeTypes.Dns01)!;

        await ca.Client.AnswerChallengeAsync(account, challenge.Url, Cancel);
        var authorization = await RealCa.UntilAsync(
            () => ca.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancel), read => read.Status != AuthorizationStatus.Pending);

        var failure = AcmeException.ForAuthorization(authorization);
        Assert.Equal((AcmeBlame.Name, true), (failure.Blame, failure.IsTransient));
    }
}
