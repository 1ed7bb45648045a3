using Microsoft.EntityFrameworkCore;
using MtaSts.Acme;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Acme;

/// <remarks>Changing the key of an account (RFC 8555 §7.3.5), and taking another account.</remarks>
internal sealed partial class AcmeAccounts
{
    /// <summary>
    /// Gives the account a new key. It is stored as the next one before the CA hears of it; nobody orders meanwhile, because key authorizations
    /// change with it.
    /// </summary>
    /// <exception cref="AccountUnusableException">There is no usable account.</exception>
    /// <exception cref="AcmeException">The CA refuses (some do not offer it); the old key holds.</exception>
    public async Task ChangeKeyAsync(CertificateAuthority ca, CancellationToken cancellationToken)
    {
        var account = await OpenAsync(ca, cancellationToken);
        var next = NewSealedKey(ca.Directory);
        var now = clock.GetUtcNow();
        await UpdateAsync(ca.Directory, set => set.SetProperty(x => x.SealedNextKey, next).SetProperty(x => x.Since, now), cancellationToken);
        using var key = OpenKey(ca.Directory, next);
        try
        {
            await ca.Client.ChangeKeyAsync(account, key, cancellationToken);
        }
        catch (AcmeException exception) when (!exception.AnswerWasLost)
        {
            await UpdateAsync(ca.Directory, set => set.SetProperty(x => x.SealedNextKey, (byte[]?)null), CancellationToken.None);
            throw;
        }

        await TakeNextKeyAsync(ca.Directory, next, account.Url.AbsoluteUri, CancellationToken.None);
    }

    /// <summary>A new account with a new key in the place of the one that is there. CAA records that name the old account (RFC 8657) must be changed.</summary>
    /// <exception cref="AccountUnusableException">The CA refuses.</exception>
    /// <exception cref="AcmeException">The CA is away; the new key is stored, and the next who needs the account registers it.</exception>
    public async Task<AcmeAccount> ReplaceAsync(CertificateAuthority ca, CancellationToken cancellationToken)
    {
        var key = NewSealedKey(ca.Directory);
        await UpdateAsync(
            ca.Directory,
            set => set.SetProperty(x => x.SealedKey, key).SetProperty(x => x.SealedNextKey, (byte[]?)null).SetProperty(x => x.AccountUrl, (string?)null)
                .SetProperty(x => x.State, AccountState.Wanted).SetProperty(x => x.Reason, (string?)null),
            cancellationToken);
        return await OpenAsync(ca, cancellationToken);
    }

    // Whoever changed the key was killed, or its answer was lost: only the CA knows which of the two holds.
    private async Task<AcmeRegistration> EndKeyChangeAsync(CertificateAuthority ca, AcmeRegistration row, CancellationToken cancellationToken)
    {
        if (clock.GetUtcNow() < row.Since + KeyChangeTakes)
        {
            throw new AccountUnusableException("account.key-change", $"The key of the account at {ca.Directory} is being changed.", row.Since + KeyChangeTakes);
        }

        using var key = OpenKey(ca.Directory, row.SealedNextKey!);
        if (await ca.Client.FindAccountAsync(key, cancellationToken) is { } found)
        {
            await TakeNextKeyAsync(ca.Directory, row.SealedNextKey!, found.Account.Url.AbsoluteUri, cancellationToken);
        }
        else
        {
            await UpdateAsync(ca.Directory, set => set.SetProperty(x => x.SealedNextKey, (byte[]?)null), cancellationToken);
            Log.KeyChangeGivenUp(logger, ca.Directory, row.AccountUrl);
        }

        return (await FindAsync(ca.Directory, cancellationToken))!;
    }

    private async Task TakeNextKeyAsync(string directory, byte[] next, string accountUrl, CancellationToken cancellationToken)
    {
        await UpdateAsync(
            directory,
            set => set.SetProperty(x => x.SealedKey, next).SetProperty(x => x.SealedNextKey, (byte[]?)null).SetProperty(x => x.AccountUrl, accountUrl),
            cancellationToken);
        Log.KeyChanged(logger, directory, accountUrl);
    }

    private Task UpdateAsync(
        string directory, Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<AcmeRegistration>> set, CancellationToken cancellationToken) =>
        store.WriteAsideAsync(db => db.AcmeRegistrations.Where(x => x.Directory == directory).ExecuteUpdateAsync(set, cancellationToken), cancellationToken);
}
