using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Acme;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Acme;

/// <summary>
/// Our one account at each CA (RFC 8555 §7.3). Its key is a row before the CA hears of it, and newAccount is idempotent for a key: neither a
/// crash nor two nodes that start together make a second account. Safe from all threads.
/// </summary>
internal sealed partial class AcmeAccounts(Store store, KeySealing sealing, IOptions<AcmeOptions> options, TimeProvider clock, ILogger<AcmeAccounts> logger) : IDisposable
{
    /// <summary>How soon an account that waits for the operator is tried again.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromHours(1);

    // A key change takes seconds; one that has not ended by then was killed.
    private static readonly TimeSpan KeyChangeTakes = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, Opened> _opened = [];
    private readonly ConcurrentDictionary<string, (string Reason, DateTimeOffset At)> _told = new();

    public static string SealingPurpose(string directory) => "account:" + directory;

    /// <summary>The account, registered with the CA when it is needed for the first time.</summary>
    /// <exception cref="AccountUnusableException">The operator has to do something; its key cannot be opened, for example.</exception>
    /// <exception cref="AcmeException">The CA refuses, or is away.</exception>
    public async Task<AcmeAccount> OpenAsync(CertificateAuthority ca, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var row = await FindAsync(ca.Directory, cancellationToken) ?? await AddAsync(ca.Directory, cancellationToken);
            if (row.SealedNextKey is not null)
            {
                row = await EndKeyChangeAsync(ca, row, cancellationToken);
            }

            RefuseUnusable(row);
            if (row.AccountUrl is null || row.State != AccountState.Valid)
            {
                row = await RegisterAsync(ca, row, cancellationToken);
            }

            return Account(row);
        }
        catch (KeySealingException exception)
        {
            // No name is at fault, and another node may well open it: the row stays as it is.
            TellOnce(ca.Directory, exception.Message, isNew: true);
            throw new AccountUnusableException("key.sealed", exception.Message, clock.GetUtcNow() + LookAgain);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Null when there is none yet; asks nobody.</summary>
    public async Task<AcmeRegistration?> FindAsync(string directory, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.AcmeRegistrations.SingleOrDefaultAsync(row => row.Directory == directory, cancellationToken);
    }

    /// <summary>
    /// What a failure of a request says of the account. True when it concerns the account, and so all names alike: it is noted once, for the
    /// operator, and the failure is none of the name's.
    /// </summary>
    public async Task<bool> ConcernsAsync(CertificateAuthority ca, AcmeAccount account, AcmeException failure, CancellationToken cancellationToken)
    {
        switch (failure.ErrorType)
        {
            case AcmeErrorTypes.AccountDoesNotExist:
                // RFC 8555 §7.3.1: found by its key, or made anew by the next who needs it.
                await ForgetUrlAsync(ca.Directory, account.Url, cancellationToken);
                return true;
            case AcmeErrorTypes.UserActionRequired:
                await StopAsync(ca.Directory, AccountState.NeedsOperator, $"{ca.Directory} wants the operator to agree to new terms: {failure.Message}", cancellationToken);
                return true;
            case AcmeErrorTypes.ExternalAccountRequired:
                await StopAsync(ca.Directory, AccountState.NeedsOperator, $"{ca.Directory} wants an external account binding: set Acme:ExternalAccount:KeyId and Key.", cancellationToken);
                return true;
            case AcmeErrorTypes.Unauthorized when await IsDeadAsync(ca, account, cancellationToken):
                await StopAsync(ca.Directory, AccountState.Dead, $"The account {account.Url} was deactivated or revoked at {ca.Directory}, for good. `mtasts acme new-account` makes another one; mind CAA records that name the old.", cancellationToken);
                return true;
            case AcmeErrorTypes.Unauthorized:
                return false;
            default:
                return failure.Blame == AcmeBlame.Account;
        }
    }

    public void Dispose() => _gate.Dispose();

    // The same word tells that a name was not validated; only the account itself knows.
    private static async Task<bool> IsDeadAsync(CertificateAuthority ca, AcmeAccount account, CancellationToken cancellationToken)
    {
        try
        {
            return (await ca.Client.GetAccountAsync(account, cancellationToken)).Status is AccountStatus.Deactivated or AccountStatus.Revoked;
        }
        catch (AcmeException exception)
        {
            return exception.ErrorType == AcmeErrorTypes.Unauthorized;
        }
    }

    private void RefuseUnusable(AcmeRegistration row)
    {
        if (row.State == AccountState.Dead)
        {
            throw new AccountUnusableException("account.dead", row.Reason ?? "The account is dead.", clock.GetUtcNow() + LookAgain);
        }

        if (row.State == AccountState.NeedsOperator && clock.GetUtcNow() < row.Since + LookAgain)
        {
            throw new AccountUnusableException("account.operator", row.Reason ?? "The CA waits for the operator.", row.Since + LookAgain);
        }
    }

    private AcmeAccount Account(AcmeRegistration row)
    {
        if (!_opened.TryGetValue(row.Directory, out var opened) || opened.Url != row.AccountUrl || !opened.SealedKey.AsSpan().SequenceEqual(row.SealedKey))
        {
            // The former one's key is not disposed of: orders under way may sign with it still.
            opened = new Opened(row.SealedKey, row.AccountUrl!, new AcmeAccount(new Uri(row.AccountUrl!), OpenKey(row.Directory, row.SealedKey)));
            _opened[row.Directory] = opened;
        }

        return opened.Account;
    }

    private AccountKey OpenKey(string directory, byte[] sealedKey)
    {
        var pkcs8 = sealing.Open(sealedKey, SealingPurpose(directory));
        try
        {
            return AccountKey.ImportPkcs8(pkcs8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private byte[] NewSealedKey(string directory)
    {
        using var key = AccountKey.Create();
        var pkcs8 = key.ExportPkcs8();
        try
        {
            return sealing.Seal(pkcs8, SealingPurpose(directory));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private async Task<AcmeRegistration> AddAsync(string directory, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = new AcmeRegistration { Directory = directory, SealedKey = NewSealedKey(directory), CreatedAt = now, Since = now };
        try
        {
            await store.WriteAsideAsync(
                db =>
                {
                    db.AcmeRegistrations.Add(row);
                    return Task.CompletedTask;
                },
                cancellationToken);
            return row;
        }
        catch (DbUpdateException)
        {
            // Another node was first: its key counts.
            return await FindAsync(directory, cancellationToken) ?? throw new InvalidOperationException("The account's row cannot be stored.");
        }
    }

    private async Task<AcmeRegistration> RegisterAsync(CertificateAuthority ca, AcmeRegistration row, CancellationToken cancellationToken)
    {
        using var key = OpenKey(ca.Directory, row.SealedKey);
        AcmeAccountState state;
        string? terms;
        try
        {
            terms = (await ca.Client.GetDirectoryAsync(cancellationToken)).TermsOfService?.AbsoluteUri;
            string[] contacts = options.Value.Email.Length == 0 ? [] : [$"mailto:{options.Value.Email}"];
            var binding = ca.ExternalAccount.Key.Length == 0 ? null : ExternalAccountBinding.Create(ca.ExternalAccount.KeyId, ca.ExternalAccount.Key);
            state = await ca.Client.CreateAccountAsync(key, contacts, options.Value.AcceptTermsOfService, binding, cancellationToken);
        }
        catch (AcmeException exception) when (exception.Blame is AcmeBlame.Account or AcmeBlame.Client)
        {
            var reason = $"{ca.Directory} refuses our account: {exception.Message}";
            await StopAsync(ca.Directory, AccountState.NeedsOperator, reason, cancellationToken);
            throw new AccountUnusableException("account.operator", reason, clock.GetUtcNow() + LookAgain);
        }

        var now = clock.GetUtcNow();
        await store.WriteAsideAsync(
            db => db.AcmeRegistrations.Where(x => x.Directory == ca.Directory && x.SealedKey == row.SealedKey).ExecuteUpdateAsync(
                set => set.SetProperty(x => x.AccountUrl, state.Account.Url.AbsoluteUri).SetProperty(x => x.State, AccountState.Valid)
                    .SetProperty(x => x.Reason, (string?)null).SetProperty(x => x.TermsOfService, terms).SetProperty(x => x.Since, now),
                cancellationToken),
            cancellationToken);
        Log.Registered(logger, ca.Directory, state.Account.Url, state.Created ? "made" : "found");
        return await FindAsync(ca.Directory, cancellationToken) ?? row;
    }

    private Task ForgetUrlAsync(string directory, Uri url, CancellationToken cancellationToken)
    {
        Log.Unknown(logger, directory, url);
        return store.WriteAsideAsync(
            db => db.AcmeRegistrations.Where(x => x.Directory == directory && x.AccountUrl == url.AbsoluteUri)
                .ExecuteUpdateAsync(set => set.SetProperty(x => x.AccountUrl, (string?)null).SetProperty(x => x.State, AccountState.Wanted), cancellationToken),
            cancellationToken);
    }

    private async Task StopAsync(string directory, AccountState state, string reason, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var cut = reason.Length <= 2000 ? reason : reason[..2000];
        var isNew = false;
        await store.WriteAsideAsync(
            async db =>
            {
                isNew = await db.AcmeRegistrations.AnyAsync(x => x.Directory == directory && x.State != state, cancellationToken);
                await db.AcmeRegistrations.Where(x => x.Directory == directory).ExecuteUpdateAsync(
                    set => set.SetProperty(x => x.State, state).SetProperty(x => x.Reason, cut).SetProperty(x => x.Since, now), cancellationToken);
            },
            cancellationToken);
        TellOnce(directory, cut, isNew);
    }

    // Each hour a try shows whether the operator has acted: what goes on is told once, however many names and tries meet it.
    private void TellOnce(string directory, string reason, bool isNew)
    {
        var now = clock.GetUtcNow();
        var goesOn = _told.TryGetValue(directory, out var told) && told.Reason == reason && now - told.At < LookAgain * 2;
        _told[directory] = (reason, now);
        if (isNew && !goesOn)
        {
            Log.Stopped(logger, reason);
        }
    }

    private sealed record Opened(byte[] SealedKey, string Url, AcmeAccount Account);

    private static partial class Log
    {
        [LoggerMessage(460, LogLevel.Information, "The account {Account} at {Directory} was {How}")]
        public static partial void Registered(ILogger logger, string directory, Uri account, string how);

        [LoggerMessage(461, LogLevel.Warning, "{Directory} does not know the account {Account} any more; it is looked for by its key, or made anew")]
        public static partial void Unknown(ILogger logger, string directory, Uri account);

        [LoggerMessage(462, LogLevel.Error, "No certificates can be ordered, those that are served stay: {Reason}")]
        public static partial void Stopped(ILogger logger, string reason);

        [LoggerMessage(463, LogLevel.Information, "The key of the account {Account} at {Directory} was changed")]
        public static partial void KeyChanged(ILogger logger, string directory, string? account);

        [LoggerMessage(464, LogLevel.Information, "A key change of the account {Account} at {Directory} that did not arrive was given up")]
        public static partial void KeyChangeGivenUp(ILogger logger, string directory, string? account);
    }
}
