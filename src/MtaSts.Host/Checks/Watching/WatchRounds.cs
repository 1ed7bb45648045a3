using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Checks.Watching;

/// <summary>Loop, on every node: checks the domains that are due, a bounded number at once.</summary>
internal sealed partial class WatchRounds(
    WatchClaims claims, CheckRuns runs, CheckRecording recording, WatchStatus status, IOptions<ChecksOptions> options, TimeProvider clock, ILogger<WatchRounds> logger) : RoundLoop(LookEvery, clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.AtOnce == 0 ? Task.CompletedTask : base.ExecuteAsync(stoppingToken);

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        status.Rounds.Add(1);
        await RoundAsync(cancellationToken);
        return false;
    }

    protected override void TellFailure(string reason) => Log.RoundFailed(logger, reason);

    protected override void CountFailure() => status.Failures.Add(1);

    /// <summary>Checks until nothing is due any more.</summary>
    /// <returns>How many were checked.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away; what was taken is taken again in ten minutes.</exception>
    public async Task<int> RoundAsync(CancellationToken cancellationToken)
    {
        var done = 0;
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = options.Value.AtOnce, CancellationToken = cancellationToken };
        // A place that gets free takes the next one: a slow check holds up none but itself.
        await Parallel.ForEachAsync(DueAsync(cancellationToken), atOnce, async (domain, token) =>
        {
            if (await CheckAsync(domain, token))
            {
                Interlocked.Increment(ref done);
            }
        });
        return done;
    }

    private async Task<bool> CheckAsync(TakenDomain domain, CancellationToken cancellationToken)
    {
        CheckReport? report = null;
        try
        {
            report = await runs.WatchAsync(domain.Name, domain.Policy, cancellationToken);
            await recording.RecordAsync(domain.Id, domain.Version, report, isScheduled: true, cancellationToken);
            status.Checks.Add(1);
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && (report is null || !StoreFaults.IsAway(exception)))
        {
            status.Failures.Add(1);
            Log.CheckFailed(logger, domain.Name.Name, exception);
        }

        // Else it would be the first again, and a few such domains would keep all others from their checks.
        await claims.PutOffAsync(domain.Id, cancellationToken);
        return false;
    }

    private async IAsyncEnumerable<TakenDomain> DueAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // No more than its places, so that none lies here for long while another node is idle.
        var most = options.Value.AtOnce;
        for (var taken = most; taken == most;)
        {
            var ids = await claims.TakeAsync(most, cancellationToken);
            taken = ids.Count;
            foreach (var domain in taken == 0 ? [] : await claims.LoadAsync(ids, cancellationToken))
            {
                yield return domain;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(810, LogLevel.Warning, "Domains are not checked ({Reason}); it is tried again every 5 seconds")]
        public static partial void RoundFailed(ILogger logger, string reason);

        [LoggerMessage(811, LogLevel.Error, "The check of {Domain} failed on our side")]
        public static partial void CheckFailed(ILogger logger, string domain, Exception exception);
    }
}
