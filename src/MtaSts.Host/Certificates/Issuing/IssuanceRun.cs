using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Acme;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Preflight;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Host.Lookups.Caa;
using MtaSts.Host.Policies;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// One visit of a job that is due: it goes as far as it can. What follows from what happens is <see cref="JobRules"/>' to say; here is what
/// has to be asked outside. A handshake never comes here.
/// </summary>
internal sealed partial class IssuanceRun(
    JobStore jobs,
    OrderRun orders,
    IssuedCertificates issued,
    HostPreflight preflight,
    CertificateAuthorities authorities,
    AcmeAccounts accounts,
    CaClock caClock,
    PublishedPolicies published,
    BudgetLimits limits,
    KeySealing sealing,
    OwnershipStatus ownership,
    Store store,
    IOptions<AcmeOptions> options,
    IssuanceMetrics metrics,
    TimeProvider clock,
    ILogger<IssuanceRun> logger)
{
    // A name of a bulk waits for weeks between its first look and its turn.
    private static readonly TimeSpan PreflightHolds = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan RegisterAnewAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan VisitAgain = TimeSpan.FromMinutes(2);

    private DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Changes the job; whoever holds its lease writes it afterwards. Each step of an order is stored on the way.</summary>
    /// <exception cref="LeaseLostException">Another worker has the job, or it was changed from outside.</exception>
    public async Task RunAsync(CertificateJob job, CancellationToken cancellationToken)
    {
        var inService = await InServiceAsync(job.HostName, cancellationToken);
        if (!await IsWantedAsync(job.HostName, cancellationToken))
        {
            JobRules.Unpublished(job, inService?.Dates, Now);
            return;
        }

        if (job.State == JobState.Idle)
        {
            await AskWhenToRenewAsync(job, inService, cancellationToken);
            return;
        }

        if (JobRules.Rests(job, inService?.Dates, Now))
        {
            return;
        }

        JobRules.ChooseCa(job, inService?.Dates, authorities.Choice, await jobs.FindConditionAsync(authorities.Choice.Main, cancellationToken), Now);
        var ca = authorities.Of(job.Ca);
        AcmeAccount? account = null;
        try
        {
            if (await PrepareAsync(job, ca, inService, cancellationToken) is { } challenges)
            {
                account = await accounts.OpenAsync(ca, cancellationToken);
                await AttemptAsync(job, ca, account, challenges, inService, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is AcmeException or AccountUnusableException or ChallengeException or KeySealingException)
        {
            var failure = await FailureOfAsync(exception, job, ca, account, cancellationToken);
            metrics.Refused.Add(1, new KeyValuePair<string, object?>("kind", failure.Kind.ToString()));
            await TellBreakerAsync(ca.Directory, job.HostName, failure, cancellationToken);
            JobRules.Failed(job, failure, Now, Random.Shared, inService?.Dates, authorities.Choice);
            if (exception is not AccountUnusableException)
            {
                // That has been told once; all names of a bulk would say it again, hour by hour.
                Log.Failed(logger, job.HostName, ca.Directory, failure.Code, failure.Reason, job.State, job.DueAt);
            }
        }
    }

    /// <returns>The challenge types that may be used; null: nothing is asked of the CA now, and the job says why.</returns>
    private async Task<IReadOnlyList<string>?> PrepareAsync(CertificateJob job, CertificateAuthority ca, InService? inService, CancellationToken cancellationToken)
    {
        // First of all: a CA that is away is left alone.
        if (await jobs.EnterAsync(ca.Directory, job.HostName, cancellationToken) is { } awayUntil)
        {
            JobRules.CaAway(job, awayUntil, Now);
            return null;
        }

        if (job.Step == JobStep.None)
        {
            var report = await LookAsync(job, ca, inService, cancellationToken);
            if (job.State is JobState.DnsWait or JobState.Dormant)
            {
                return null;
            }

            if (report?.Challenges is { Count: > 0 } allowed)
            {
                return allowed;
            }
        }

        return options.Value.ReadChallenges();
    }

    private async Task AttemptAsync(
        CertificateJob job, CertificateAuthority ca, AcmeAccount account, IReadOnlyList<string> challenges, InService? inService, CancellationToken cancellationToken)
    {
        if (!await caClock.IsRightAsync(ca, account, cancellationToken))
        {
            JobRules.Held(job, "clock.wrong", "The clock of this machine is wrong; nothing is ordered before it is right.", Now + CaClock.LookAgain, Now);
            return;
        }

        var replaces = inService?.CertificateId is { } id && inService.Directory == ca.Directory && inService.AccountUrl == account.Url.AbsoluteUri ? id : null;
        IReadOnlyList<BucketUse> taken = [];
        if (job.Step == JobStep.None || job.Directory != ca.Directory || job.AccountUrl != account.Url.AbsoluteUri || job.SealedKey is null)
        {
            var uses = BudgetRules.Uses(limits, ca.Role, ca.Directory, job.HostName, isRenewal: inService?.Directory == ca.Directory);
            var limitedUntil = BudgetRules.HeldUntil(await jobs.FindConditionAsync(ca.Directory, cancellationToken), replaces is not null, Now);
            if ((limitedUntil ?? await jobs.TakeTokensAsync(uses, cancellationToken)) is { } noTokenUntil)
            {
                JobRules.NoToken(job, noTokenUntil, Now);
                return;
            }

            taken = uses;
            (job.Step, job.OrderUrl, job.OrderedAt, job.CertificateUrl) = (JobStep.Order, null, null, null);
            (job.Directory, job.AccountUrl, job.SealedKey) = (ca.Directory, account.Url.AbsoluteUri, NewSealedKey(job.HostName));
        }

        JobRules.Started(job, Now);
        await SaveAsync(job, cancellationToken);
        IssuedChain? chain;
        try
        {
            chain = await orders.RunAsync(job, ca, account, challenges, replaces, cancellationToken);
        }
        catch (AcmeException exception) when (job.OrderUrl is null && !exception.AnswerWasLost)
        {
            // No order was made. A CA that is away for a day must not leave the names without a token when it is back.
            await jobs.GiveTokensBackAsync(taken, cancellationToken);
            throw;
        }

        if (chain is null)
        {
            JobRules.Held(job, "ca.slow", "The CA needs more time for this order; it is looked at again.", Now + VisitAgain, Now);
            return;
        }

        await issued.TakeAsync(job, chain, cancellationToken);
        await jobs.SucceededAsync(ca.Directory, cancellationToken);
        metrics.Issued.Add(1);
        Log.Issued(logger, job.HostName, ca.Directory, job.RenewAt);
    }

    /// <summary>The job is queued afterwards, or waits for DNS. Null when the last look is fresh enough, and passed.</summary>
    private async Task<PreflightReport?> LookAsync(CertificateJob job, CertificateAuthority ca, InService? inService, CancellationToken cancellationToken)
    {
        if (job is { State: JobState.Queued, UnreachableSince: null } && Now - job.PreflightAt < PreflightHolds)
        {
            return null;
        }

        var registration = await accounts.FindAsync(ca.Directory, cancellationToken);
        var directory = await ca.Client.GetDirectoryAsync(cancellationToken);
        var domain = MailDomain.TryParse(job.HostName[MailDomain.PolicyHostPrefix.Length..], out var parsed, out _) ? parsed : throw new InvalidDataException($"{job.HostName} is no policy host.");
        var report = await preflight.LookAsync(domain, new CaaIssuer(directory.CaaIdentities, registration?.AccountUrl, options.Value.ReadChallenges()), cancellationToken);
        job.PreflightReport = StoredPreflight.Write(report);
        if (report.Passed)
        {
            JobRules.PreflightPassed(job, Now, inService?.Dates);
        }
        else
        {
            var first = report.Findings.First(finding => finding.Severity == PreflightSeverity.Error);
            // Against the look it is tried only for a domain that is still its tenant's.
            var late = await ownership.IsLongLostAsync(domain.Name, cancellationToken) ? null : inService?.Dates;
            JobRules.PreflightFailed(job, first.Code, first.Message, Now, Random.Shared, late);
        }

        return report;
    }

    // What this node has not loaded yet may be there all the same; what it still publishes may be gone, which the loader sees to.
    private async Task<bool> IsWantedAsync(string host, CancellationToken cancellationToken)
    {
        if (published.TryGetByHost(host, out _))
        {
            return true;
        }

        var name = host[MailDomain.PolicyHostPrefix.Length..];
        await using var db = store.Open();
        return await db.Domains.AnyAsync(row => row.Name == name && row.State != DomainState.Pending, cancellationToken);
    }

    // RFC 9773: the CA that issued it says when.
    private async Task AskWhenToRenewAsync(CertificateJob job, InService? inService, CancellationToken cancellationToken)
    {
        if (inService is null || job.AriCertificateId is null)
        {
            JobRules.RenewalInfoFailed(job, null, Now, Random.Shared);
            return;
        }

        try
        {
            var ca = authorities.All.FirstOrDefault(ca => ca.Directory == inService.Directory);
            if (ca is not null && await ca.Client.GetRenewalInfoAsync(job.AriCertificateId, cancellationToken) is { } info)
            {
                JobRules.RenewalInfo(job, inService.Dates, info.Start, info.End, info.Explanation?.AbsoluteUri, info.RetryAfter, Now, Random.Shared);
            }
            else
            {
                JobRules.RenewalInfoFailed(job, null, Now, Random.Shared);
            }
        }
        catch (AcmeException exception)
        {
            // §4.3.3: the last window holds, and none of it keeps a renewal from its date.
            JobRules.RenewalInfoFailed(job, exception.RetryAfter, Now, Random.Shared);
        }
    }

    private Task TellBreakerAsync(string directory, string host, JobFailure failure, CancellationToken cancellationToken) => failure.Kind switch
    {
        FailureKind.Ca => jobs.FailedAsync(directory, host, failure.Reason, cancellationToken),
        FailureKind.RateLimit => jobs.RateLimitedAsync(directory, failure.RetryAt, cancellationToken),
        // A name refused for good reasons shows the CA at work.
        FailureKind.Name or FailureKind.Blocked => jobs.SucceededAsync(directory, cancellationToken),
        _ => Task.CompletedTask,
    };

    private async Task<JobFailure> FailureOfAsync(Exception exception, CertificateJob job, CertificateAuthority ca, AcmeAccount? account, CancellationToken cancellationToken) => exception switch
    {
        AcmeException failure when account is not null && await ConcernsAccountAsync(failure, account, ca, cancellationToken) =>
            new JobFailure(FailureKind.Account, $"acme.{failure.ErrorType ?? "account"}", failure.Message, null, failure.RetryAt ?? RegisteredAnewAt(failure)),
        AcmeException failure => IssuanceFailures.Of(failure, job),
        AccountUnusableException failure => new JobFailure(FailureKind.Account, failure.Code, failure.Message, null, failure.RetryAt),
        KeySealingException failure => new JobFailure(FailureKind.Own, "key.sealed", failure.Message),
        _ => new JobFailure(FailureKind.Name, "challenge.none", exception.Message),
    };

    // Whoever comes next makes the account anew: nobody has to be waited for.
    private DateTimeOffset? RegisteredAnewAt(AcmeException failure) => failure.ErrorType == AcmeErrorTypes.AccountDoesNotExist ? Now + RegisterAnewAfter : null;

    private async Task<bool> ConcernsAccountAsync(AcmeException failure, AcmeAccount used, CertificateAuthority ca, CancellationToken cancellationToken)
    {
        try
        {
            var account = await accounts.OpenAsync(ca, cancellationToken);
            return account.Url == used.Url && await accounts.ConcernsAsync(ca, account, failure, cancellationToken);
        }
        catch (AccountUnusableException)
        {
            // Another name has met the same already.
            return true;
        }
        catch (AcmeException)
        {
            return false;
        }
    }

    private byte[] NewSealedKey(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pkcs8 = key.ExportPkcs8PrivateKey();
        try
        {
            return sealing.Seal(pkcs8, HostCertificate.SealingPurpose(host));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    // From the store and not from memory: what another node stored a moment ago counts.
    private async Task<InService?> InServiceAsync(string host, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.Certificates.Where(row => row.HostName == host && row.Origin != CertificateOrigin.LocalCa)
            .Select(row => new InService(new CertificateDates(row.NotBefore, row.NotAfter), row.Directory, row.AccountUrl, row.CertificateId))
            .SingleOrDefaultAsync(cancellationToken);
    }

    private async Task SaveAsync(CertificateJob job, CancellationToken cancellationToken)
    {
        if (!await jobs.SaveAsync(job, cancellationToken))
        {
            throw new LeaseLostException(job.HostName);
        }
    }

    private sealed record InService(CertificateDates Dates, string? Directory, string? AccountUrl, string? CertificateId);

    private static partial class Log
    {
        [LoggerMessage(472, LogLevel.Information, "{Directory} issued a certificate for {Host}; it is renewed at {RenewAt:u}")]
        public static partial void Issued(ILogger logger, string host, string directory, DateTimeOffset? renewAt);

        [LoggerMessage(473, LogLevel.Warning, "No certificate for {Host} from {Directory} ({Code}): {Reason}. Now {State}, next at {DueAt:u}")]
        public static partial void Failed(ILogger logger, string host, string directory, string code, string reason, JobState state, DateTimeOffset dueAt);
    }
}
