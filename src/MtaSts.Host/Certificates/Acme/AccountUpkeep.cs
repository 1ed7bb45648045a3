using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Acme;
using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates.Acme;

/// <summary>
/// Loop: the accounts at all CAs of the settings are there before they are needed, with what the CAA records of our zone say of them (RFC 8657). A second CA whose
/// account came with its first order would find itself forbidden by them.
/// </summary>
internal sealed partial class AccountUpkeep(
    Store store, CertificateAuthorities authorities, AcmeAccounts accounts, IOptions<AcmeOptions> options, TimeProvider clock, ILogger<AccountUpkeep> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (true)
        {
            var isDone = true;
            try
            {
                await ForgetOthersAsync(stoppingToken);
                foreach (var ca in authorities.All)
                {
                    isDone &= await LookAsync(ca, failures == 0, stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                isDone = false;
                if (failures == 0)
                {
                    Log.LookFailed(logger, "the store", StoreFaults.Tell(exception));
                }
            }

            failures = isDone ? 0 : failures + 1;
            await Task.Delay(isDone ? LookEvery : TimeSpan.FromTicks(Math.Min(ShortestPause.Ticks << Math.Min(failures, 10), LookEvery.Ticks)), clock, stoppingToken);
        }
    }

    private async Task<bool> LookAsync(CertificateAuthority ca, bool tells, CancellationToken cancellationToken)
    {
        try
        {
            var account = await accounts.OpenAsync(ca, cancellationToken);
            var identities = string.Join('\n', (await ca.Client.GetDirectoryAsync(cancellationToken)).CaaIdentities);
            var types = string.Join(',', options.Value.ReadChallenges());
            await store.WriteAsideAsync(
                db => db.AcmeRegistrations.Where(row => row.Directory == ca.Directory && row.AccountUrl == account.Url.AbsoluteUri)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.CaaIdentities, identities).SetProperty(row => row.ChallengeTypes, types), cancellationToken),
                cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is AcmeException or AccountUnusableException or KeySealingException)
        {
            if (tells)
            {
                Log.LookFailed(logger, ca.Directory, exception.Message);
            }

            return false;
        }
    }

    private Task ForgetOthersAsync(CancellationToken cancellationToken)
    {
        string[] used = [.. authorities.All.Select(ca => ca.Directory)];
        return store.WriteAsideAsync(
            db => db.AcmeRegistrations.Where(row => row.CaaIdentities != null && !used.Contains(row.Directory))
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.CaaIdentities, (string?)null), cancellationToken),
            cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(467, LogLevel.Warning, "The account at {Directory} is not ready, it is looked at again: {Reason}")]
        public static partial void LookFailed(ILogger logger, string directory, string reason);
    }
}
