using MtaSts.Host.Data;
using MtaSts.Host.Policies;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// Loop: every published host has a job, and in memory the certificate that the store has for it; a host that is no longer published has
/// neither. New names come first; a walk over all, at start and each hour, finds what was missed.
/// </summary>
internal sealed partial class JobIntake(
    PublishedPolicies published, CertificateVault vault, CertificateStore certificates, JobStore jobs, IssuanceMetrics metrics, TimeProvider clock, ILogger<JobIntake> logger)
    : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan WalkEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private HostQueue? _queue;
    private volatile bool _isTidyingDue = true;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _queue = new HostQueue(published, vault);
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _queue?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var hourly = clock.CreateTimer(_ => AskForWalk(), null, WalkEvery, WalkEvery);
        var pause = TimeSpan.Zero;
        while (await _queue!.WaitAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
                await TidyAsync(stoppingToken);
                pause = TimeSpan.Zero;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                metrics.Failures.Add(1);
                if (pause == TimeSpan.Zero)
                {
                    Log.LookFailed(logger, StoreFaults.Tell(exception));
                }

                pause = pause == TimeSpan.Zero ? ShortestPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                await Task.Delay(pause, clock, stoppingToken);
                // What the failed look had taken up is found again by a walk.
                _queue.Walk();
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var wanted = new HashSet<string>(Batch);
        var gone = new HashSet<string>();
        for (var hasMore = true; hasMore;)
        {
            wanted.Clear();
            gone.Clear();
            while (wanted.Count + gone.Count < Batch)
            {
                if (_queue!.Next() is not { } host)
                {
                    hasMore = false;
                    break;
                }

                (published.TryGetByHost(host, out _) ? wanted : gone).Add(host);
            }

            foreach (var host in gone)
            {
                // RFC 8446 §4.6.1 tickets are off, so with the context goes the last way in under this name.
                vault.Remove(host);
            }

            await ServeStoredAsync(wanted, cancellationToken);
            await jobs.AddMissingAsync(wanted, cancellationToken);
            if (gone.Count > 0)
            {
                await jobs.ChangeAsync(gone, (job, inService) => JobRules.Unpublished(job, inService, clock.GetUtcNow()), cancellationToken);
            }
        }
    }

    private void AskForWalk()
    {
        _isTidyingDue = true;
        _queue!.Walk();
    }

    // Keys of hosts that are gone for good do not outlive their certificates.
    private async Task TidyAsync(CancellationToken cancellationToken)
    {
        if (_isTidyingDue)
        {
            // Also what another node, or this one before its restart, has left.
            await jobs.RepairTimesAsync(clockStepped: false, cancellationToken);
            await jobs.DeleteRetiredAsync(cancellationToken);
            await jobs.DeleteFullBucketsAsync(cancellationToken);
            _isTidyingDue = false;
        }
    }

    // A domain that comes back, or that comes after its imported certificate.
    private async Task ServeStoredAsync(IEnumerable<string> hosts, CancellationToken cancellationToken)
    {
        var without = hosts.Where(host => !vault.TryGet(host, out _)).ToList();
        if (without.Count == 0)
        {
            return;
        }

        foreach (var certificate in await certificates.ReadAsync(without, cancellationToken))
        {
            vault.Set(certificate);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(483, LogLevel.Warning, "Names cannot be queued for their certificates ({Reason}); it is tried again")]
        public static partial void LookFailed(ILogger logger, string reason);
    }
}
