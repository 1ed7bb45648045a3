using System.Security.Cryptography;
using MtaSts.Host.Data;
using MtaSts.Host.Policies;

namespace MtaSts.Host.Certificates.LocalCa;

/// <summary>
/// Loop: every published domain has a leaf of the local CA in the vault, and no other host has. Names that the loader touched come first,
/// the newest before the older; a walk over all domains, at start and each hour, finds what is due for renewal or was missed.
/// </summary>
internal sealed partial class LocalCaUpkeep(
    PublishedPolicies published,
    CertificateVault vault,
    CertificateStore store,
    LateSaving saving,
    LocalAuthorityStart authority,
    TlsMetrics metrics,
    TimeProvider clock,
    ILogger<LocalCaUpkeep> logger) : BackgroundService
{
    // Some 10 ms of work: so long a new domain waits in the middle of a bulk.
    private const int Batch = 32;
    private const int StepsOfWalk = 10_000;

    private static readonly TimeSpan WalkEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AfterFailedLook = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WarnBeforeEnd = TimeSpan.FromDays(365);

    private HostQueue? _queue;
    private DateTimeOffset _noLookBefore;
    private LocalIssuer? _issuer;

    /// <summary>Opens the local CA, or the process stops: without it no new domain could be served.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _issuer = await authority.OpenAsync(cancellationToken);
        if (_issuer.NotAfter - clock.GetUtcNow() < WarnBeforeEnd)
        {
            Log.Ending(logger, _issuer.NotAfter);
        }

        _queue = new HostQueue(published, vault);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _queue?.Dispose();
        _issuer?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var hourly = clock.CreateTimer(_ => _queue!.Walk(), null, WalkEvery, WalkEvery);
        var pause = TimeSpan.Zero;
        while (await _queue!.WaitAsync(stoppingToken))
        {
            try
            {
                await CatchUpAsync(stoppingToken);
                pause = TimeSpan.Zero;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                metrics.Failures.Add(1);
                if (pause == TimeSpan.Zero)
                {
                    Log.RoundFailed(logger, exception);
                }

                pause = pause == TimeSpan.Zero ? ShortestPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                await Task.Delay(pause, clock, stoppingToken);
                // What the failed round had taken up is found again by a walk.
                _queue.Walk();
            }
        }
    }

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        var made = 0;
        for (var hasMore = true; hasMore;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (var batch, hasMore) = NextBatch();
            metrics.Rounds.Add(1);
            made += await FillAsync(batch, cancellationToken);
        }

        if (made > 0)
        {
            metrics.LeavesMade.Add(made);
            Log.Made(logger, made);
        }
    }

    private (List<string> Due, bool HasMore) NextBatch()
    {
        var batch = new List<string>(Batch);
        for (var steps = 0; batch.Count < Batch && steps < StepsOfWalk; steps++)
        {
            if (_queue!.Next() is not { } host)
            {
                return (batch, false);
            }

            Consider(host, batch);
        }

        return (batch, true);
    }

    private void Consider(string host, List<string> batch)
    {
        if (!published.TryGetByHost(host, out _))
        {
            if (vault.Remove(host))
            {
                saving.Delete(host);
            }
        }
        else if (!vault.TryGet(host, out var certificate) || IsDue(certificate))
        {
            batch.Add(host);
        }
    }

    // Also due: what another CA made, for the operator has chosen this one; and what was made while the clock was ahead.
    private bool IsDue(HostCertificate certificate)
    {
        var now = clock.GetUtcNow();
        return now >= certificate.RenewAt || now < certificate.NotBefore || !_issuer!.HasIssued(certificate);
    }

    /// <summary>Returns how many leaves were made; the other hosts' came from the store.</summary>
    private async Task<int> FillAsync(List<string> hosts, CancellationToken cancellationToken)
    {
        var stored = await LookAsync(hosts, cancellationToken);
        var made = 0;
        foreach (var host in hosts)
        {
            if (stored.TryGetValue(host, out var certificate) && !IsDue(certificate))
            {
                vault.Set(certificate);
                continue;
            }

            try
            {
                certificate = _issuer!.Issue(host, clock.GetUtcNow());
            }
            catch (Exception exception) when (exception is CryptographicException or ArgumentException)
            {
                // One name must not keep the others from theirs.
                metrics.Failures.Add(1);
                Log.CannotIssue(logger, host, exception.Message);
                continue;
            }

            vault.Set(certificate);
            saving.Save(certificate);
            made++;
        }

        return made;
    }

    // Another node may have been first. A store that is away keeps no domain waiting: then there are two certificates, and one is kept.
    private async Task<Dictionary<string, HostCertificate>> LookAsync(List<string> hosts, CancellationToken cancellationToken)
    {
        if (hosts.Count == 0 || clock.GetUtcNow() < _noLookBefore)
        {
            return [];
        }

        try
        {
            return (await store.ReadAsync(hosts, cancellationToken)).ToDictionary(certificate => certificate.Host);
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception))
        {
            _noLookBefore = clock.GetUtcNow() + AfterFailedLook;
            return [];
        }
    }

    private static partial class Log
    {
        [LoggerMessage(440, LogLevel.Information, "The local CA made {Count} certificates")]
        public static partial void Made(ILogger logger, int count);

        [LoggerMessage(441, LogLevel.Error, "The local CA cannot make a certificate for {Host}, it is tried again in an hour: {Reason}")]
        public static partial void CannotIssue(ILogger logger, string host, string reason);

        [LoggerMessage(442, LogLevel.Error, "The upkeep of the local CA's certificates failed, it is tried again; those that are served stay")]
        public static partial void RoundFailed(ILogger logger, Exception exception);

        [LoggerMessage(443, LogLevel.Warning, "The local CA ends on {NotAfter:d}: delete its row in the table local_authority and restart all nodes to get a new one, then trust its root")]
        public static partial void Ending(ILogger logger, DateTimeOffset notAfter);
    }
}
