using MtaSts.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>Accounts (RFC 8555 §7.3).</summary>
public sealed class AccountTests
{
    private const string MacKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_key_twice_is_one_account()
    {
        await using var stub = await StubCaClient.StartAsync();
        var key = stub.NewKey();
        var made = await stub.Client.CreateAccountAsync(key, ["mailto:ops@example.test"], acceptTerms: true, cancellationToken: Cancellation);
        var found = await stub.Client.CreateAccountAsync(key, [], acceptTerms: true, cancellationToken: Cancellation);
        Assert.True(made.Created);
        Assert.False(found.Created);
        Assert.Equal(made.Account, found.Account);
        Assert.Equal(["mailto:ops@example.test"], found.Contacts);
        Assert.Equal(1, stub.Ca.AccountCount);
    }

    [Fact]
    public async Task An_account_is_found_by_its_key_and_none_is_made()
    {
        await using var stub = await StubCaClient.StartAsync();
        var key = stub.NewKey();
        Assert.Null(await stub.Client.FindAccountAsync(key, Cancellation));
        Assert.Equal(0, stub.Ca.AccountCount);
        var made = await stub.Client.CreateAccountAsync(key, [], acceptTerms: true, cancellationToken: Cancellation);
        Assert.Equal(made.Account, (await stub.Client.FindAccountAsync(key, Cancellation))?.Account);
    }

    [Fact]
    public async Task An_account_whose_making_had_no_answer_is_found_again()
    {
        await using var stub = await StubCaClient.StartAsync();
        var key = stub.NewKey();
        stub.Ca.Fail(StubRequestKind.NewAccount, StubFailure.AnswerLost);
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateAccountAsync(key, [], acceptTerms: true, cancellationToken: Cancellation));
        Assert.True(failure.AnswerWasLost);
        Assert.NotNull(await stub.Client.FindAccountAsync(key, Cancellation));
        Assert.Equal(1, stub.Ca.AccountCount);
    }

    [Fact]
    public async Task Terms_that_are_not_accepted_are_shown()
    {
        await using var stub = await StubCaClient.StartAsync();
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateAccountAsync(stub.NewKey(), [], acceptTerms: false, cancellationToken: Cancellation));
        Assert.Equal(AcmeErrorTypes.UserActionRequired, failure.ErrorType);
        Assert.Equal(AcmeBlame.Account, failure.Blame);
        Assert.Equal(stub.Ca.Behaviour.TermsOfService, failure.TermsOfService?.AbsoluteUri);
    }

    [Fact]
    public async Task Contacts_are_replaced()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var changed = await stub.Client.UpdateContactsAsync(account, ["mailto:a@example.test", "mailto:b@example.test"], Cancellation);
        Assert.Equal(["mailto:a@example.test", "mailto:b@example.test"], changed.Contacts);
        Assert.Empty((await stub.Client.UpdateContactsAsync(account, [], Cancellation)).Contacts);
        var failure = await StubCaClient.FailureOf(() => stub.Client.UpdateContactsAsync(account, ["tel:+123"], Cancellation));
        Assert.Equal((AcmeBlame.Client, AcmeErrorTypes.UnsupportedContact), (failure.Blame, failure.ErrorType));
    }

    [Fact]
    public async Task After_a_key_change_only_the_new_key_signs()
    {
        await using var stub = await StubCaClient.StartAsync();
        var old = await stub.NewAccountAsync();
        var changed = await stub.Client.ChangeKeyAsync(old, stub.NewKey(), Cancellation);
        Assert.Equal(old.Url, changed.Url);
        await stub.IssueAsync(changed, "mta-sts.example.test");
        await StubCaClient.FailureOf(() => stub.Client.GetAccountAsync(old, Cancellation));
        Assert.Null(await stub.Client.FindAccountAsync(old.Key, Cancellation));
    }

    [Fact]
    public async Task After_a_key_change_without_an_answer_the_key_that_holds_is_found()
    {
        await using var stub = await StubCaClient.StartAsync();
        var old = await stub.NewAccountAsync();
        var newKey = stub.NewKey();

        stub.Ca.Fail(StubRequestKind.KeyChange, StubFailure.RequestLost);
        await StubCaClient.FailureOf(() => stub.Client.ChangeKeyAsync(old, newKey, Cancellation));
        Assert.Null(await stub.Client.FindAccountAsync(newKey, Cancellation));
        Assert.NotNull(await stub.Client.FindAccountAsync(old.Key, Cancellation));

        stub.Ca.Fail(StubRequestKind.KeyChange, StubFailure.AnswerLost);
        await StubCaClient.FailureOf(() => stub.Client.ChangeKeyAsync(old, newKey, Cancellation));
        Assert.Equal(old.Url, (await stub.Client.FindAccountAsync(newKey, Cancellation))?.Account.Url);
        Assert.Null(await stub.Client.FindAccountAsync(old.Key, Cancellation));
    }

    [Fact]
    public async Task A_key_of_another_account_cannot_become_the_new_one()
    {
        await using var stub = await StubCaClient.StartAsync();
        var one = await stub.NewAccountAsync();
        var other = await stub.NewAccountAsync();
        var failure = await StubCaClient.FailureOf(() => stub.Client.ChangeKeyAsync(one, other.Key, Cancellation));
        Assert.Equal((AcmeBlame.Client, 409), (failure.Blame, failure.HttpStatus));
    }

    [Fact]
    public async Task A_CA_without_key_change_says_501()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Fail(StubRequestKind.KeyChange, new StubFailure { Status = 501 });
        var failure = await StubCaClient.FailureOf(() => stub.Client.ChangeKeyAsync(account, stub.NewKey(), Cancellation));
        Assert.Equal(501, failure.HttpStatus);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_deactivated_account_is_the_accounts_failure_and_not_the_names()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        Assert.Equal(AccountStatus.Deactivated, (await stub.Client.DeactivateAccountAsync(account, Cancellation)).Status);

        foreach (var operation in new Func<Task>[]
        {
            () => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation),
            () => stub.Client.GetAccountAsync(account, Cancellation),
            () => stub.Client.FindAccountAsync(account.Key, Cancellation),
        })
        {
            var failure = await StubCaClient.FailureOf(operation);
            Assert.Equal((AcmeBlame.Account, AcmeErrorTypes.Unauthorized), (failure.Blame, failure.ErrorType));
            Assert.False(failure.IsTransient);
        }
    }

    [Fact]
    public async Task An_unknown_account_is_the_accounts_failure()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.ForgetAccounts();
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation));
        Assert.Equal((AcmeBlame.Account, AcmeErrorTypes.AccountDoesNotExist), (failure.Blame, failure.ErrorType));
        Assert.Null(await stub.Client.FindAccountAsync(account.Key, Cancellation));
    }

    [Fact]
    public async Task An_external_account_is_bound()
    {
        await using var stub = await StubCaClient.StartAsync();
        stub.Ca.Behaviour.ExternalAccountKeys = new Dictionary<string, string> { ["kid-1"] = MacKey };
        Assert.True((await stub.Client.GetDirectoryAsync(Cancellation)).ExternalAccountRequired);
        stub.Ca.Behaviour.NonceRefusalRate = 0.5;

        var missing = await StubCaClient.FailureOf(() => stub.Client.CreateAccountAsync(stub.NewKey(), [], acceptTerms: true, cancellationToken: Cancellation));
        Assert.Equal((AcmeBlame.Account, AcmeErrorTypes.ExternalAccountRequired, false), (missing.Blame, missing.ErrorType, missing.IsTransient));

        var wrong = ExternalAccountBinding.Create("kid-1", "AAAA");
        var refused = await StubCaClient.FailureOf(() => stub.Client.CreateAccountAsync(stub.NewKey(), [], acceptTerms: true, wrong, Cancellation));
        Assert.Equal(AcmeBlame.Account, refused.Blame);

        var binding = ExternalAccountBinding.Create(" kid-1 ", MacKey);
        Assert.True((await stub.Client.CreateAccountAsync(stub.NewKey(), [], acceptTerms: true, binding, Cancellation)).Created);
    }

    [Fact]
    public void The_key_of_an_external_account_stays_out_of_texts()
    {
        var binding = ExternalAccountBinding.Create("kid-1", MacKey);
        Assert.DoesNotContain(MacKey, binding.ToString(), StringComparison.Ordinal);
        var failure = Assert.Throws<ArgumentException>(() => ExternalAccountBinding.Create("kid-1", "se+cret/secret"));
        Assert.DoesNotContain("cret/", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Orders_are_listed_over_pages_as_object_and_as_bare_list(bool isBare)
    {
        await using var stub = await StubCaClient.StartAsync();
        stub.Ca.Behaviour.HasBareOrderLists = isBare;
        var account = await stub.NewAccountAsync();
        Assert.Empty(await stub.Client.ListOrdersAsync(account, cancellationToken: Cancellation));
        List<Uri> orders = [];
        for (var number = 0; number < 7; number++)
        {
            orders.Add((await stub.Client.CreateOrderAsync(account, [$"mta-sts.n{number}.test"], cancellationToken: Cancellation)).Url);
        }

        Assert.Equal(orders, await stub.Client.ListOrdersAsync(account, cancellationToken: Cancellation));
        Assert.Equal(orders.Take(4), await stub.Client.ListOrdersAsync(account, most: 4, cancellationToken: Cancellation));
    }
}
