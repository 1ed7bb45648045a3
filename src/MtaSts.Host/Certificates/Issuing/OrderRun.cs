using System.Security.Cryptography;
using MtaSts.Acme;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Challenges;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// One attempt at a certificate: order, challenge, finalize, download (RFC 8555 §7.4). Each step is stored before the call that it stands for,
/// and whoever takes the job up again begins with a look at the order, so that no crash and no lost answer costs a second one.
/// </summary>
internal sealed partial class OrderRun(
    JobStore jobs, ChallengeAnswers answers, KeySealing sealing, TimeProvider clock, ILogger<OrderRun> logger)
{
    /// <summary>How long one visit of an order may take; then it is left alone for as long, and visited again.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // Longer than a visit and the pause after it: an answer must not go while the CA may still look.
    private static readonly TimeSpan AnswerLife = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LookForDns = TimeSpan.FromSeconds(2);

    /// <summary>The chain, checked against the job's key; null when the CA needs more time and the order is to be visited again.</summary>
    /// <param name="job">Leased, with a key; its steps are stored on the way.</param>
    /// <param name="ca">The CA of the attempt.</param>
    /// <param name="account">Our account there.</param>
    /// <param name="challenges">The challenge types that may be used, in the order of preference.</param>
    /// <param name="replaces">See <see cref="AcmeClient.CreateOrderAsync"/>.</param>
    /// <param name="cancellationToken">Also cancelled when the lease is lost.</param>
    /// <exception cref="AcmeException">The attempt failed.</exception>
    /// <exception cref="LeaseLostException">Another worker has the job.</exception>
    public async Task<IssuedChain?> RunAsync(
        CertificateJob job, CertificateAuthority ca, AcmeAccount account, IReadOnlyList<string> challenges, string? replaces, CancellationToken cancellationToken)
    {
        var until = clock.GetUtcNow() + Patience;
        var order = job.OrderUrl is { } url
            ? await ca.Client.GetOrderAsync(account, new Uri(url), cancellationToken)
            : await OrderAsync(job, ca, account, replaces, cancellationToken);
        var pause = FirstPause;
        while (true)
        {
            var before = order.Status;
            switch (before)
            {
                case OrderStatus.Pending:
                    await AuthorizeAsync(job, ca, account, order, challenges, until, cancellationToken);
                    order = await ca.Client.GetOrderAsync(account, order.Url, cancellationToken);
                    break;
                case OrderStatus.Ready:
                    order = await FinalizeAsync(job, ca, account, order, cancellationToken);
                    break;
                case OrderStatus.Processing:
                    break;
                case OrderStatus.Valid when order.Certificate is { } certificate:
                    return await DownloadAsync(job, ca, account, certificate, cancellationToken);
                default:
                    // Pebble shows an order as "deactivated" when its authorization is: unknown words end the attempt too.
                    throw AcmeException.ForOrder(order, await ReadAuthorizationsAsync(ca, account, order, cancellationToken));
            }

            if (order.Status == before)
            {
                if (clock.GetUtcNow() >= until)
                {
                    return null;
                }

                await Task.Delay(Wait(ref pause, order.RetryAfter), clock, cancellationToken);
                order = await ca.Client.GetOrderAsync(account, order.Url, cancellationToken);
            }
        }
    }

    private async Task<AcmeOrder> OrderAsync(CertificateJob job, CertificateAuthority ca, AcmeAccount account, string? replaces, CancellationToken cancellationToken)
    {
        var directory = await ca.Client.GetDirectoryAsync(cancellationToken);
        var profile = ca.Profile.Length > 0 && directory.Profiles.ContainsKey(ca.Profile) ? ca.Profile : null;
        AcmeOrder order;
        try
        {
            order = await ca.Client.CreateOrderAsync(account, [job.HostName], profile, replaces, cancellationToken);
        }
        catch (AcmeException exception) when (exception.ErrorType == AcmeErrorTypes.InvalidProfile && profile is not null)
        {
            Log.ProfileRefused(logger, ca.Directory, profile);
            order = await ca.Client.CreateOrderAsync(account, [job.HostName], null, null, cancellationToken);
        }
        catch (AcmeException exception) when (replaces is not null && exception.Blame is not (AcmeBlame.RateLimit or AcmeBlame.CertificateAuthority))
        {
            // RFC 9773 §5: some certificates could never be renewed because each try was answered alreadyReplaced.
            Log.ReplacesRefused(logger, job.HostName, exception.Message);
            order = await ca.Client.CreateOrderAsync(account, [job.HostName], profile, null, cancellationToken);
        }

        job.OrderUrl = order.Url.AbsoluteUri;
        job.OrderedAt = clock.GetUtcNow();
        job.Step = JobStep.Authorize;
        await SaveAsync(job, cancellationToken);
        return order;
    }

    private async Task AuthorizeAsync(
        CertificateJob job, CertificateAuthority ca, AcmeAccount account, AcmeOrder order, IReadOnlyList<string> challenges, DateTimeOffset until, CancellationToken cancellationToken)
    {
        foreach (var authorization in await ReadAuthorizationsAsync(ca, account, order, cancellationToken))
        {
            // Valid ones are reused from earlier orders.
            if (authorization.Status == AuthorizationStatus.Pending)
            {
                await AnswerAsync(job, ca, account, authorization, challenges, until, cancellationToken);
            }
        }
    }

    /// <summary>
    /// One challenge only: a failed one is final, so a second would be another way to fail. After a failure the next attempt takes another
    /// type, for networks that close one of the ports.
    /// </summary>
    private async Task AnswerAsync(
        CertificateJob job, CertificateAuthority ca, AcmeAccount account, AcmeAuthorization authorization, IReadOnlyList<string> types, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // A token that is none (RFC 8555 §8.1) makes its challenge one that cannot be answered; another type may do.
        var offered = types.Select(authorization.FindChallenge).OfType<AcmeChallenge>().Where(candidate => OpenAnswer.IsToken(candidate.Token)).ToList();
        if (offered.Count == 0)
        {
            throw new ChallengeException($"The CA offers no challenge that may be answered for this name; ours are {string.Join(", ", types)}.");
        }

        // The one that was answered before a crash goes on, whatever the count of failures says.
        var challenge = offered.Find(candidate => candidate.Status == ChallengeStatus.Processing) ?? offered[job.Failures % offered.Count];
        var answer = KeyAuthorization.Create(challenge, account.Key);
        await answers.PutAsync(job.HostName, answer.Token, challenge.Type, answer.Text, AnswerLife, cancellationToken);
        if (challenge.Type == AcmeChallengeTypes.Dns01)
        {
            await UntilInDnsAsync(job.HostName, answer.Token, until, cancellationToken);
        }

        if (challenge.Status == ChallengeStatus.Pending)
        {
            await ca.Client.AnswerChallengeAsync(account, challenge.Url, cancellationToken);
        }

        var pause = FirstPause;
        while (true)
        {
            var present = await ca.Client.GetAuthorizationAsync(account, authorization.Url, cancellationToken);
            switch (present.Status)
            {
                case AuthorizationStatus.Pending when clock.GetUtcNow() < until:
                    await Task.Delay(Wait(ref pause, present.RetryAfter), clock, cancellationToken);
                    break;
                case AuthorizationStatus.Pending:
                    return;
                case AuthorizationStatus.Valid:
                    await answers.RemoveAsync(job.HostName, answer.Token, cancellationToken);
                    return;
                default:
                    await answers.RemoveAsync(job.HostName, answer.Token, cancellationToken);
                    throw AcmeException.ForAuthorization(present);
            }
        }
    }

    // DNS publication sees the row, publishes it, and says when every authoritative server gives it.
    private async Task UntilInDnsAsync(string host, string token, DateTimeOffset until, CancellationToken cancellationToken)
    {
        while (!await answers.IsInDnsAsync(host, token, cancellationToken))
        {
            if (clock.GetUtcNow() >= until)
            {
                throw new ChallengeException("The TXT record of the dns-01 challenge did not come into DNS in time.");
            }

            await Task.Delay(LookForDns, clock, cancellationToken);
        }
    }

    private async Task<AcmeOrder> FinalizeAsync(CertificateJob job, CertificateAuthority ca, AcmeAccount account, AcmeOrder order, CancellationToken cancellationToken)
    {
        job.Step = JobStep.Finalize;
        await SaveAsync(job, cancellationToken);
        using var key = OpenKey(job);
        try
        {
            return await ca.Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create([job.HostName], key), cancellationToken);
        }
        catch (AcmeException exception) when (exception.AnswerWasLost || exception.ErrorType == AcmeErrorTypes.OrderNotReady)
        {
            // It may have arrived: the order tells.
            return await ca.Client.GetOrderAsync(account, order.Url, cancellationToken);
        }
    }

    private async Task<IssuedChain> DownloadAsync(CertificateJob job, CertificateAuthority ca, AcmeAccount account, Uri certificate, CancellationToken cancellationToken)
    {
        job.Step = JobStep.Download;
        job.CertificateUrl = certificate.AbsoluteUri;
        await SaveAsync(job, cancellationToken);
        var chain = await ca.Client.DownloadAsync(account, certificate, cancellationToken);
        using var key = OpenKey(job);
        chain.Verify(key.ExportSubjectPublicKeyInfo(), [job.HostName], clock.GetUtcNow());
        return chain;
    }

    private static async Task<List<AcmeAuthorization>> ReadAuthorizationsAsync(CertificateAuthority ca, AcmeAccount account, AcmeOrder order, CancellationToken cancellationToken)
    {
        var result = new List<AcmeAuthorization>();
        foreach (var url in order.Authorizations)
        {
            result.Add(await ca.Client.GetAuthorizationAsync(account, url, cancellationToken));
        }

        return result;
    }

    private ECDsa OpenKey(CertificateJob job)
    {
        var pkcs8 = sealing.Open(job.SealedKey, HostCertificate.SealingPurpose(job.HostName));
        try
        {
            var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private async Task SaveAsync(CertificateJob job, CancellationToken cancellationToken)
    {
        if (!await jobs.SaveAsync(job, cancellationToken))
        {
            throw new LeaseLostException(job.HostName);
        }
    }

    private static TimeSpan Wait(ref TimeSpan pause, TimeSpan? asked)
    {
        var wait = asked ?? pause;
        pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        return wait < Patience ? wait : Patience;
    }

    private static partial class Log
    {
        [LoggerMessage(470, LogLevel.Warning, "{Directory} refuses the profile {Profile}; ordered without one")]
        public static partial void ProfileRefused(ILogger logger, string directory, string profile);

        [LoggerMessage(471, LogLevel.Information, "The order for {Host} was refused as a replacement, and made without: {Reason}")]
        public static partial void ReplacesRefused(ILogger logger, string host, string reason);
    }
}
