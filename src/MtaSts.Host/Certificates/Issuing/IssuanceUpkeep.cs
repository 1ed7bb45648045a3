using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// Loop: jobs that are due are claimed as far as workers are free, and visited. A claim is a lease that is renewed while the visit lasts, so
/// that the jobs of a node that died are taken over. Failures of the store leave everything as it is: what is served stays.
/// </summary>
internal sealed partial class IssuanceUpkeep(JobStore jobs, IssuanceRun run, IOptions<AcmeOptions> options, IssuanceMetrics metrics, TimeProvider clock, ILogger<IssuanceUpkeep> logger)
    : BackgroundService
{
    // Jobs that other nodes and commands have made or changed are found by then; what this node adds wakes the loop at once.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly HashSet<Task> _visits = [];

    /// <summary>After a crash of this node its jobs must not wait for their leases to run out.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await jobs.ReleaseFormerAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        var read = ClockReading.Of(clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            var woken = jobs.Changed.Next;
            var pause = LookEvery;
            try
            {
                metrics.Rounds.Add(1);
                var now = ClockReading.Of(clock);
                if (read.HasStepped(now, clock))
                {
                    Log.ClockStepped(logger, await jobs.RepairTimesAsync(clockStepped: true, stoppingToken));
                }

                // After it: a repair that failed comes again.
                read = now;
                pause = await ClaimAsync(stoppingToken);
                failures = 0;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                metrics.Failures.Add(1);
                if (failures++ == 0)
                {
                    Log.RoundFailed(logger, StoreFaults.Tell(exception));
                }

                pause = TimeSpan.FromTicks(Math.Min(LookEvery.Ticks << Math.Min(failures, 6), LongestPause.Ticks));
            }

            await Task.WhenAny([woken, Task.Delay(pause, clock, stoppingToken), .. _visits]);
            _visits.RemoveWhere(visit => visit.IsCompleted);
        }

        // Each ends at the same token and gives its lease back.
        await Task.WhenAll(_visits);
    }

    /// <summary>Returns how long there is nothing to do.</summary>
    private async Task<TimeSpan> ClaimAsync(CancellationToken cancellationToken)
    {
        var free = options.Value.Workers - _visits.Count;
        if (free == 0)
        {
            return LookEvery;
        }

        var claimed = await jobs.ClaimAsync(free, cancellationToken);
        foreach (var job in claimed)
        {
            _visits.Add(VisitAsync(job, cancellationToken));
        }

        if (claimed.Count == free)
        {
            return LookEvery;
        }

        var next = await jobs.NextDueAsync(cancellationToken) - clock.GetUtcNow();
        return next is not { } wait || wait > LookEvery ? LookEvery : wait > ShortestPause ? wait : ShortestPause;
    }

    private async Task VisitAsync(CertificateJob job, CancellationToken stoppingToken)
    {
        // Not on the loop's back: a visit begins with work of its own.
        await Task.Yield();
        var owner = job.LeaseOwner!;
        using var lease = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using var renewal = clock.CreateTimer(_ => _ = RenewAsync(job.HostName, owner, lease), null, JobStore.RenewLeaseEvery, JobStore.RenewLeaseEvery);
        try
        {
            await run.RunAsync(job, lease.Token);
            if (!await jobs.ReleaseAsync(job, stoppingToken))
            {
                throw new LeaseLostException(job.HostName);
            }

            return;
        }
        catch (LeaseLostException exception)
        {
            Log.LeaseLost(logger, exception.Message);
        }
        catch (OperationCanceledException) when (lease.IsCancellationRequested)
        {
            // The service stops, or the lease is lost: the row says how far it came.
            await jobs.AbandonAsync(job.HostName, owner, null);
        }
        catch (Exception exception)
        {
            metrics.Failures.Add(1);
            Log.VisitFailed(logger, job.HostName, exception);
            await jobs.AbandonAsync(job.HostName, owner, clock.GetUtcNow() + LongestPause);
        }
    }

    private async Task RenewAsync(string host, string owner, CancellationTokenSource lease)
    {
        try
        {
            if (!await jobs.RenewLeaseAsync(host, owner, lease.Token))
            {
                await lease.CancelAsync();
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException || StoreFaults.IsAway(exception))
        {
            // Over, or the store is away: the lease runs out by itself, and then a write finds that out.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(480, LogLevel.Warning, "The jobs of certificates cannot be read ({Reason}); those that are served stay, and it is tried again")]
        public static partial void RoundFailed(ILogger logger, string reason);

        [LoggerMessage(481, LogLevel.Information, "{Reason} Whoever has it goes on")]
        public static partial void LeaseLost(ILogger logger, string reason);

        [LoggerMessage(484, LogLevel.Warning, "The clock of this machine was set; {Count} certificates whose times came from before are looked at anew")]
        public static partial void ClockStepped(ILogger logger, int count);

        [LoggerMessage(482, LogLevel.Error, "The certificate of {Host} could not be worked on, it is tried again")]
        public static partial void VisitFailed(ILogger logger, string host, Exception exception);
    }
}
