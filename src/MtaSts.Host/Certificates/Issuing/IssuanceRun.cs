using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Acme;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Preflight;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
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
    CertificateVault vault,
    KeySealing sealing,
    Store store,
    IOptions<AcmeOptions> options,
    IssuanceMetrics metrics,
    TimeProvider clock,
    ILogger<IssuanceRun> logger)
{
    private const string PolicyHostPrefix = "mta-sts.";

    // A name of a bulk waits for weeks between its first look and its turn.
    private static readonly TimeSpan PreflightHolds = TimeSpan.FromMinutes(10);

    private DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>The job is saved when it returns; its lease is not released.</summary>
    /// <exception cref="LeaseLostException">Another worker has the job, or it was changed from outside.</exception>
    public async Task RunAsync(CertificateJob job, CancellationToken cancellationToken)
    {
        if (!await IsWantedAsync(job.HostName, cancellationToken))
        {
            JobRules.Unpublished(job, InService(job)?.NotAfter, Now);
            await SaveAsync(job, cancellationToken);
            return;
        }

        if (job.State == JobState.Idle && !await IsRenewalDueAsync(job, cancellationToken))
        {
            await SaveAsync(job, cancellationToken);
            return;
        }

        var ca = authorities.Of(job.Ca);
        job.Ca = ca.Role;
        try
        {
            await AttemptAsync(job, ca, cancellationToken);
        }
        catch (Exception exception) when (exception is AcmeException or AccountUnusableException or ChallengeException or KeySealingException)
        {
            var failure = await FailureOfAsync(exception, job, ca, cancellationToken);
            if (failure.Kind is FailureKind.Ca or FailureKind.RateLimit)
            {
                await jobs.RecordFailureAsync(ca.Directory, failure, cancellationToken);
            }

            metrics.Refused.Add(1, new KeyValuePair<string, object?>("kind", failure.Kind.ToString()));
            JobRules.Failed(job, failure, Now, Random.Shared, InService(job), authorities.Choice);
            Log.Failed(logger, job.HostName, ca.Directory, failure.Code, failure.Reason, job.State, job.DueAt);
            await SaveAsync(job, cancellationToken);
        }
    }

    private async Task AttemptAsync(CertificateJob job, CertificateAuthority ca, CancellationToken cancellationToken)
    {
        // Before the account is asked for: a CA that is away is left alone, and a name that is not ready costs it nothing.
        if (await jobs.ClosedAsync(ca.Directory, cancellationToken) is { } closed)
        {
            JobRules.CaAway(job, closed.Until, closed.Since, closed.Reason, Now, InService(job), authorities.Choice);
            await SaveAsync(job, cancellationToken);
            return;
        }

        var isUnderWay = job.State == JobState.Running && job.Directory == ca.Directory;
        var challenges = options.Value.ReadChallenges();
        if (!isUnderWay)
        {
            var report = await LookAsync(job, ca, cancellationToken);
            if (report is { Passed: false } && !JobRules.MayOrderDespite(Now, InService(job)))
            {
                var first = report.Findings.First(finding => finding.Severity == PreflightSeverity.Error);
                JobRules.PreflightFailed(job, first.Code, first.Message, Now, Random.Shared);
                await SaveAsync(job, cancellationToken);
                return;
            }

            challenges = report?.Challenges is { Count: > 0 } allowed ? allowed : challenges;
        }

        var account = await accounts.OpenAsync(ca, cancellationToken);
        if (!await caClock.IsRightAsync(ca, account, cancellationToken))
        {
            JobRules.Deferred(job, "clock.wrong", "The clock of this machine is wrong; nothing is ordered before it is right.", Now + CaClock.LookAgain, Now);
            await SaveAsync(job, cancellationToken);
            return;
        }

        if (!isUnderWay || job.AccountUrl != account.Url.AbsoluteUri || job.SealedKey is null)
        {
            if (await jobs.TakeTokenAsync(ca, job, cancellationToken) is { } noTokenUntil)
            {
                JobRules.NoToken(job, noTokenUntil, Now);
                await SaveAsync(job, cancellationToken);
                return;
            }

            JobRules.Started(job, Now);
            (job.Directory, job.AccountUrl, job.SealedKey) = (ca.Directory, account.Url.AbsoluteUri, NewSealedKey(job.HostName));
            await SaveAsync(job, cancellationToken);
        }

        var chain = await orders.RunAsync(job, ca, account, challenges, await ReplacesAsync(job, cancellationToken), cancellationToken);
        if (chain is null)
        {
            JobRules.NotYet(job, Now);
            await SaveAsync(job, cancellationToken);
            return;
        }

        await jobs.RecordSuccessAsync(ca.Directory, cancellationToken);
        await issued.TakeAsync(job, chain, cancellationToken);
        metrics.Issued.Add(1);
        Log.Issued(logger, job.HostName, ca.Directory, job.RenewAt);
    }

    /// <summary>Null when the last look is fresh enough, and passed.</summary>
    private async Task<PreflightReport?> LookAsync(CertificateJob job, CertificateAuthority ca, CancellationToken cancellationToken)
    {
        if (job is { State: JobState.Queued or JobState.Deferred, UnreachableSince: null } && Now - job.PreflightAt < PreflightHolds)
        {
            return null;
        }

        var registration = await accounts.FindAsync(ca.Directory, cancellationToken);
        var directory = await ca.Client.GetDirectoryAsync(cancellationToken);
        var domain = MailDomain.TryParse(job.HostName[PolicyHostPrefix.Length..], out var parsed, out _) ? parsed : throw new InvalidDataException($"{job.HostName} is no policy host.");
        var report = await preflight.LookAsync(domain, new PreflightCa(directory.CaaIdentities, registration?.AccountUrl, options.Value.ReadChallenges()), cancellationToken);
        job.PreflightAt = Now;
        job.PreflightReport = StoredPreflight.Write(report);
        if (report.Passed)
        {
            JobRules.PreflightPassed(job, Now);
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

        var name = host[PolicyHostPrefix.Length..];
        await using var db = store.Open();
        return await db.Domains.AnyAsync(row => row.Name == name && row.State != DomainState.Pending, cancellationToken);
    }

    private async Task<bool> IsRenewalDueAsync(CertificateJob job, CancellationToken cancellationToken)
    {
        if (job.AriCertificateId is { } certificateId && job.AriCheckAt <= Now)
        {
            await AskWhenToRenewAsync(job, certificateId, cancellationToken);
        }

        var inService = InService(job);
        if (!JobRules.IsRenewalDue(job, inService, Now))
        {
            JobRules.Rest(job, inService, Now);
            return false;
        }

        JobRules.RenewalDue(job, inService, Now);
        return true;
    }

    private async Task AskWhenToRenewAsync(CertificateJob job, string certificateId, CancellationToken cancellationToken)
    {
        var ca = authorities.All.FirstOrDefault(ca => ca.Directory == job.Directory);
        try
        {
            var info = ca is null ? null : await ca.Client.GetRenewalInfoAsync(certificateId, cancellationToken);
            JobRules.RenewalInfo(job, info?.Start, info?.End, info?.Explanation?.AbsoluteUri, info?.RetryAfter, Now, Random.Shared, InService(job));
        }
        catch (AcmeException exception)
        {
            // RFC 9773 §4.3.3: the last window holds, and none of it keeps a renewal from its date.
            JobRules.RenewalInfoFailed(job, exception.RetryAfter, Now);
        }
    }

    // RFC 9773 §5: towards the CA and the account that issued it, once.
    private async Task<string?> ReplacesAsync(CertificateJob job, CancellationToken cancellationToken)
    {
        if (job.AriCertificateId is null)
        {
            return null;
        }

        await using var db = store.Open();
        var isOurs = await db.Certificates.AnyAsync(
            row => row.HostName == job.HostName && row.Directory == job.Directory && row.AccountUrl == job.AccountUrl, cancellationToken);
        return isOurs ? job.AriCertificateId : null;
    }

    private async Task<JobFailure> FailureOfAsync(Exception exception, CertificateJob job, CertificateAuthority ca, CancellationToken cancellationToken) => exception switch
    {
        AcmeException failure when job.AccountUrl is not null && await ConcernsAccountAsync(failure, job, ca, cancellationToken) =>
            new JobFailure(FailureKind.Account, $"acme.{failure.ErrorType ?? "account"}", failure.Message, null, failure.RetryAt),
        AcmeException failure => IssuanceFailures.Of(failure, job),
        AccountUnusableException failure => new JobFailure(FailureKind.Account, failure.Code, failure.Message, null, failure.RetryAt),
        KeySealingException failure => new JobFailure(FailureKind.Own, "key.sealed", failure.Message),
        _ => new JobFailure(FailureKind.Name, "challenge.none", exception.Message),
    };

    private async Task<bool> ConcernsAccountAsync(AcmeException failure, CertificateJob job, CertificateAuthority ca, CancellationToken cancellationToken)
    {
        try
        {
            var account = await accounts.OpenAsync(ca, cancellationToken);
            return account.Url.AbsoluteUri == job.AccountUrl && await accounts.ConcernsAsync(ca, account, failure, cancellationToken);
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

    private CertificateDates? InService(CertificateJob job) =>
        job.LastIssuedAt is not null && vault.TryGet(job.HostName, out var certificate) ? new CertificateDates(certificate.NotBefore, certificate.NotAfter) : null;

    private async Task SaveAsync(CertificateJob job, CancellationToken cancellationToken)
    {
        if (!await jobs.SaveAsync(job, cancellationToken))
        {
            throw new LeaseLostException(job.HostName);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(472, LogLevel.Information, "{Directory} issued a certificate for {Host}; it is renewed at {RenewAt:u}")]
        public static partial void Issued(ILogger logger, string host, string directory, DateTimeOffset? renewAt);

        [LoggerMessage(473, LogLevel.Warning, "No certificate for {Host} from {Directory} ({Code}): {Reason}. Now {State}, next at {DueAt:u}")]
        public static partial void Failed(ILogger logger, string host, string directory, string code, string reason, JobState state, DateTimeOffset dueAt);
    }
}
