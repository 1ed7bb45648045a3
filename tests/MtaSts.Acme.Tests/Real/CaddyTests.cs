namespace MtaSts.Acme.Tests.Real;

/// <summary>A CA on other code: validates inside the request, has no meta, lists orders as a bare array, changes no keys, issues for 12 hours.</summary>
public sealed class CaddyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AcmeChallengeTypes.Http01)]
    [InlineData(AcmeChallengeTypes.TlsAlpn01)]
    public async Task A_certificate_is_issued(string challengeType)
    {
        var (ca, caddy) = await RealCa.CaddyAsync();
        await using var _ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var root = await File.ReadAllTextAsync(caddy.RootFile, Cancel);
        var longName = $"mta-sts.{new string('a', 63)}.test";
        foreach (var name in new[] { "mta-sts.example.test", "mta-sts.xn--bcher-kva.test", longName })
        {
            var issued = await ca.IssueAsync(account, name, challengeType);

            Assert.True(RealCa.LeadsTo(issued.Chain, root));
            using var leaf = issued.Chain.LoadLeaf();
            Assert.True(leaf.MatchesHostname(name, allowWildcards: false, allowCommonName: false));
            Assert.InRange(leaf.NotAfter - leaf.NotBefore, TimeSpan.FromHours(11.9), TimeSpan.FromHours(12.1));
        }

        // It lists open orders only, as a bare array.
        var open = await ca.Client.CreateOrderAsync(account, ["mta-sts.open.test"], cancellationToken: Cancel);
        Assert.Equal([open.Url], await ca.Client.ListOrdersAsync(account, cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_wrong_answer_is_the_names_failure_and_the_authorization_says_why()
    {
        var (ca, _) = await RealCa.CaddyAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();
        using var other = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var order = await ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel);
        var challenge = (await ca.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancel)).FindChallenge(AcmeChallengeTypes.Http01)!;
        ca.Responder.Add("mta-sts.example.test", KeyAuthorization.Create(challenge, other));

        challenge = await ca.Client.AnswerChallengeAsync(account, challenge.Url, Cancel);

        Assert.NotEqual(ChallengeStatus.Valid, challenge.Status);
        Assert.NotNull(challenge.Error);
        var authorization = await ca.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancel);
        var failure = AcmeException.ForAuthorization(authorization);
        Assert.Equal(AcmeBlame.Name, failure.Blame);
    }

    [Fact]
    public async Task A_key_change_that_the_CA_does_not_do_leaves_the_old_key_in_place()
    {
        var (ca, _) = await RealCa.CaddyAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();
        using var next = AccountKey.Create();
        var account = await ca.RegisterAsync(key);

        var failure = await Assert.ThrowsAsync<AcmeException>(() => ca.Client.ChangeKeyAsync(account, next, Cancel));

        Assert.Equal(501, failure.HttpStatus);
        Assert.False(failure.IsTransient);
        Assert.Null(await ca.Client.FindAccountAsync(next, Cancel));
        await ca.IssueAsync(account, "mta-sts.example.test");
    }

    [Fact]
    public async Task A_deactivated_account_is_the_accounts_failure_and_no_names()
    {
        var (ca, _) = await RealCa.CaddyAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        await ca.Client.DeactivateAccountAsync(account, Cancel);

        var failure = await Assert.ThrowsAsync<AcmeException>(() => ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel));

        Assert.Equal(401, failure.HttpStatus);
        Assert.Equal((AcmeErrorTypes.Unauthorized, AcmeBlame.Account, false), (failure.ErrorType, failure.Blame, failure.IsTransient));
    }

    [Fact]
    public async Task A_certificate_is_revoked_and_a_second_time_is_well()
    {
        var (ca, _) = await RealCa.CaddyAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var issued = await ca.IssueAsync(account, "mta-sts.example.test");

        await ca.Client.RevokeAsync(account, issued.Chain.Leaf, RevocationReason.Superseded, Cancel);
        await ca.Client.RevokeAsync(account, issued.Chain.Leaf, RevocationReason.Superseded, Cancel);
    }

    [Fact]
    public async Task A_directory_without_meta_promises_nothing()
    {
        var (ca, _) = await RealCa.CaddyAsync();
        await using var __ = ca;

        var directory = await ca.Client.GetDirectoryAsync(Cancel);

        Assert.Null(directory.TermsOfService);
        Assert.False(directory.ExternalAccountRequired);
        Assert.Empty(directory.Profiles);
        Assert.Empty(directory.CaaIdentities);
        Assert.Null(await ca.Client.GetRenewalInfoAsync("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", Cancel));
    }
}
