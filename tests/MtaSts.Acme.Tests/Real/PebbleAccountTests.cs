using System.Security.Cryptography;
using System.Text;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests.Real;

/// <summary>Accounts, their keys and revocation at Pebble.</summary>
public sealed class PebbleAccountTests
{
    private static readonly string MacKey = System.Buffers.Text.Base64Url.EncodeToString(Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_is_made_once_and_found_by_its_key()
    {
        var (ca, pebble) = await RealCa.PebbleAsync();
        await using var _ = ca;
        using var key = AccountKey.Create();
        using var stranger = AccountKey.Create();

        Assert.Null(await ca.Client.FindAccountAsync(key, Cancel));
        var made = await ca.Client.CreateAccountAsync(key, ["mailto:ops@example.test"], acceptTerms: true, cancellationToken: Cancel);
        var again = await ca.Client.CreateAccountAsync(key, [], acceptTerms: true, cancellationToken: Cancel);
        var found = await ca.Client.FindAccountAsync(key, Cancel);

        Assert.True(made.Created);
        Assert.False(again.Created);
        Assert.Equal([made.Account.Url, made.Account.Url, made.Account.Url], [made.Account.Url, again.Account.Url, found!.Account.Url]);
        Assert.Equal(["mailto:ops@example.test"], found.Contacts);
        Assert.Equal(["mailto:new@example.test"], (await ca.Client.UpdateContactsAsync(made.Account, ["mailto:new@example.test"], Cancel)).Contacts);
        Assert.Null(await ca.Client.FindAccountAsync(stranger, Cancel));
        Assert.Equal(1, pebble.Accounts);
    }

    [Fact]
    public async Task Without_agreement_to_the_terms_there_is_no_account()
    {
        var (ca, _) = await RealCa.PebbleAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();

        var failure = await Assert.ThrowsAsync<AcmeException>(() => ca.Client.CreateAccountAsync(key, [], acceptTerms: false, cancellationToken: Cancel));

        Assert.False(failure.IsTransient);
        Assert.Contains(failure.Blame, new[] { AcmeBlame.Account, AcmeBlame.Client });
    }

    [Fact]
    public async Task An_external_account_is_bound_with_its_key_and_with_no_other()
    {
        var (ca, pebble) = await RealCa.PebbleAsync(new PebbleOptions { ExternalAccounts = new Dictionary<string, string> { ["kid-1"] = MacKey } });
        await using var _ = ca;
        using var key = AccountKey.Create();
        Assert.True((await ca.Client.GetDirectoryAsync(Cancel)).ExternalAccountRequired);

        var missing = await Assert.ThrowsAsync<AcmeException>(() => ca.RegisterAsync(key));
        Assert.Equal((AcmeErrorTypes.ExternalAccountRequired, AcmeBlame.Account, false), (missing.ErrorType, missing.Blame, missing.IsTransient));

        var otherKey = System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        foreach (var (keyId, macKey) in new[] { ("kid-1", otherKey), ("kid-2", MacKey) })
        {
            var wrong = await Assert.ThrowsAsync<AcmeException>(() => ca.RegisterAsync(key, ExternalAccountBinding.Create(keyId, macKey)));
            Assert.False(wrong.IsTransient);
            Assert.DoesNotContain(macKey, wrong.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal(0, pebble.Accounts);
        var account = await ca.RegisterAsync(key, ExternalAccountBinding.Create("kid-1", MacKey));
        await ca.IssueAsync(account, "mta-sts.example.test");
    }

    [Fact]
    public async Task After_a_key_change_the_new_key_holds_and_the_old_one_does_not()
    {
        var (ca, _) = await RealCa.PebbleAsync();
        await using var __ = ca;
        using var oldKey = AccountKey.Create();
        using var newKey = AccountKey.Create();
        var before = await ca.RegisterAsync(oldKey);
        var issued = await ca.IssueAsync(before, "mta-sts.before.test");

        var after = await ca.Client.ChangeKeyAsync(before, newKey, Cancel);

        Assert.Equal(before.Url, after.Url);
        Assert.Equal(after.Url, (await ca.Client.FindAccountAsync(newKey, Cancel))?.Account.Url);
        Assert.Null(await ca.Client.FindAccountAsync(oldKey, Cancel));
        await Assert.ThrowsAsync<AcmeException>(() => ca.Client.GetAccountAsync(before, Cancel));
        await ca.IssueAsync(after, "mta-sts.after.test");
        Assert.Equal(issued.Chain.Leaf.ToArray(), (await ca.Client.DownloadAsync(after, issued.Order.Certificate!, Cancel)).Leaf.ToArray());
    }

    [Fact]
    public async Task A_key_that_another_account_has_is_not_taken()
    {
        var (ca, _) = await RealCa.PebbleAsync();
        await using var __ = ca;
        using var first = AccountKey.Create();
        using var second = AccountKey.Create();
        var account = await ca.RegisterAsync(first);
        await ca.RegisterAsync(second);

        await Assert.ThrowsAsync<AcmeException>(() => ca.Client.ChangeKeyAsync(account, second, Cancel));

        Assert.Equal(AccountStatus.Valid, (await ca.Client.GetAccountAsync(account, Cancel)).Status);
    }

    [Fact]
    public async Task A_deactivated_account_is_the_accounts_failure_and_no_names()
    {
        var (ca, _) = await RealCa.PebbleAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);

        Assert.Equal(AccountStatus.Deactivated, (await ca.Client.DeactivateAccountAsync(account, Cancel)).Status);

        var failure = await Assert.ThrowsAsync<AcmeException>(() => ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel));
        Assert.Equal(403, failure.HttpStatus);
        Assert.Equal((AcmeErrorTypes.Unauthorized, AcmeBlame.Account, false), (failure.ErrorType, failure.Blame, failure.IsTransient));
    }

    [Fact]
    public async Task A_CA_that_has_forgotten_everything_says_so_and_gives_a_new_account()
    {
        var (ca, pebble) = await RealCa.PebbleAsync();
        await using var _ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var order = await ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel);

        await pebble.RestartAsync();

        // The pool still has nonces of the CA's former life.
        foreach (var call in new Func<Task>[]
        {
            () => ca.Client.GetOrderAsync(account, order.Url, Cancel),
            () => ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel),
            () => ca.Client.AnswerChallengeAsync(account, order.Authorizations[0], Cancel),
        })
        {
            var failure = await Assert.ThrowsAsync<AcmeException>(call);
            Assert.Equal((AcmeErrorTypes.AccountDoesNotExist, AcmeBlame.Account), (failure.ErrorType, failure.Blame));
        }

        Assert.Null(await ca.Client.FindAccountAsync(key, Cancel));
        var renewed = await ca.RegisterAsync(key);
        var gone = await Assert.ThrowsAsync<AcmeException>(() => ca.Client.GetOrderAsync(renewed, order.Url, Cancel));
        Assert.Equal(404, gone.HttpStatus);
        await ca.IssueAsync(renewed, "mta-sts.example.test");
    }

    [Fact]
    public async Task A_CA_that_is_away_is_the_CAs_failure_and_passes()
    {
        var (ca, pebble) = await RealCa.PebbleAsync();
        await using var _ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);

        await pebble.StopAsync();
        var failure = await Assert.ThrowsAsync<AcmeException>(() => ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel));

        Assert.Equal((AcmeBlame.CertificateAuthority, true), (failure.Blame, failure.IsTransient));
    }

    [Fact]
    public async Task A_certificate_is_revoked_by_the_account_or_by_its_own_key_and_a_second_time_is_well()
    {
        var (ca, pebble) = await RealCa.PebbleAsync();
        await using var _ = ca;
        using var key = AccountKey.Create();
        using var strangerKey = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var stranger = await ca.RegisterAsync(strangerKey);
        var first = await ca.IssueAsync(account, "mta-sts.one.test");
        var second = await ca.IssueAsync(account, "mta-sts.two.test");
        Assert.Equal("Valid", await StatusAsync(first));

        var refused = await Assert.ThrowsAsync<AcmeException>(() => ca.Client.RevokeAsync(stranger, first.Chain.Leaf, RevocationReason.Superseded, Cancel));
        Assert.Equal((AcmeBlame.Client, false), (refused.Blame, refused.IsTransient));

        await ca.Client.RevokeAsync(account, first.Chain.Leaf, RevocationReason.Superseded, Cancel);
        await ca.Client.RevokeAsync(account, first.Chain.Leaf, RevocationReason.Superseded, Cancel);
        Assert.Equal("Revoked", await StatusAsync(first));

        Assert.Equal("Valid", await StatusAsync(second));
        using var certificateKey = ECDsa.Create();
        certificateKey.ImportPkcs8PrivateKey(second.Key, out var _);
        await ca.Client.RevokeAsync(certificateKey, second.Chain.Leaf, RevocationReason.KeyCompromise, Cancel);
        await ca.Client.RevokeAsync(certificateKey, second.Chain.Leaf, RevocationReason.KeyCompromise, Cancel);
        Assert.Equal("Revoked", await StatusAsync(second));

        async Task<string> StatusAsync(Issued issued)
        {
            using var leaf = issued.Chain.LoadLeaf();
            var status = System.Text.Json.JsonElement.Parse(
                await pebble.Management.GetStringAsync($"cert-status-by-serial/{leaf.SerialNumber.TrimStart('0')}", Cancel));
            return status.GetProperty("Status").GetString()!;
        }
    }
}
