namespace MtaSts.Acme;

public sealed partial class AcmeClient
{
    /// <summary>Makes an account, or finds the one that the key already has (§7.3): the same call twice makes one account.</summary>
    /// <param name="key">The account's key. Store it before the call: who loses it loses the account.</param>
    /// <param name="contacts">Contact URLs such as <c>mailto:ops@example.com</c>; may be empty.</param>
    /// <param name="acceptTerms">Does the operator agree to <see cref="AcmeDirectory.TermsOfService"/>?</param>
    /// <param name="binding">Where <see cref="AcmeDirectory.ExternalAccountRequired"/> (§7.3.4).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<AcmeAccountState> CreateAccountAsync(
        AccountKey key, IEnumerable<string> contacts, bool acceptTerms, ExternalAccountBinding? binding = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(contacts);
        List<string> list = [.. contacts];
        var answer = await _transport.PostAsync(AcmeOperations.NewAccount, directory => directory.NewAccount, key.Signer, null, url => JsonText.Object(writer =>
        {
            if (acceptTerms)
            {
                writer.WriteBoolean("termsOfServiceAgreed", true);
            }

            if (list.Count > 0)
            {
                writer.WriteList("contact", list);
            }

            if (binding is not null)
            {
                writer.WritePropertyName("externalAccountBinding");
                writer.WriteRawValue(Jws.Bind(binding, url, key.Signer));
            }
        }), cancellationToken);
        return Account(answer, key);
    }

    /// <summary>Finds the account of a key (§7.3.1), as after a lost answer or on an unknown account URL; never makes one.</summary>
    /// <param name="key">The account's key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The account; null where the key has none.</returns>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<AcmeAccountState?> FindAccountAsync(AccountKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        try
        {
            var answer = await _transport.PostAsync(
                AcmeOperations.NewAccount, directory => directory.NewAccount, key.Signer, null,
                _ => JsonText.Object(writer => writer.WriteBoolean("onlyReturnExisting", true)), cancellationToken);
            return Account(answer, key);
        }
        catch (AcmeException exception) when (exception.ErrorType == AcmeErrorTypes.AccountDoesNotExist)
        {
            return null;
        }
    }

    /// <summary>Reads the account (§7.3).</summary>
    /// <param name="account">Who asks, and about whom.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed. At a deactivated account CAs refuse this too, as <c>unauthorized</c>.</exception>
    public async Task<AcmeAccountState> GetAccountAsync(AcmeAccount account, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        return ResourceReader.Account(await ReadAsync(AcmeOperations.Account, account, account.Url, cancellationToken), account);
    }

    /// <summary>Replaces the contacts (§7.3.2). New terms of service cannot be agreed to in this way: see <see cref="AcmeException.TermsOfService"/>.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="contacts">All contact URLs from now on; may be empty.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<AcmeAccountState> UpdateContactsAsync(AcmeAccount account, IEnumerable<string> contacts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(contacts);
        var payload = JsonText.Object(writer => writer.WriteList("contact", contacts));
        return ResourceReader.Account(await PostAsync(AcmeOperations.Account, account, account.Url, payload, cancellationToken), account);
    }

    /// <summary>
    /// Changes the account's key (§7.3.5). Store the new key before the call: after a lost answer <see cref="FindAccountAsync"/> tells which
    /// of the two holds. All key authorizations change with it, so no challenge should be open.
    /// </summary>
    /// <param name="account">Who asks, with the old key.</param>
    /// <param name="newKey">The new key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The account with the new key; its URL stays.</returns>
    /// <exception cref="AcmeException">It failed; some CAs do not offer it (501).</exception>
    public async Task<AcmeAccount> ChangeKeyAsync(AcmeAccount account, AccountKey newKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(newKey);
        var payload = JsonText.Object(writer =>
        {
            writer.WriteString("account", account.Url.AbsoluteUri);
            writer.WritePropertyName("oldKey");
            account.Key.Signer.WriteJwk(writer);
        });
        await _transport.PostAsync(
            AcmeOperations.KeyChange, directory => directory.KeyChange, account.Key.Signer, account.Url,
            url => Jws.Sign(newKey.Signer, keyId: null, nonce: null, url, payload), cancellationToken);
        return account with { Key = newKey };
    }

    /// <summary>Gives the account up, for good (§7.3.6). Its certificates stay valid.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<AcmeAccountState> DeactivateAccountAsync(AcmeAccount account, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        return ResourceReader.Account(await PostAsync(AcmeOperations.Account, account, account.Url, Deactivated(), cancellationToken), account);
    }

    private static byte[] Deactivated() => JsonText.Object(writer => writer.WriteString("status", "deactivated"));

    private static AcmeAccountState Account(AcmeResponse answer, AccountKey key) =>
        ResourceReader.Account(answer, new AcmeAccount(answer.RequiredLocation, key));
}
