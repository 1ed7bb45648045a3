using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates.Challenges;

/// <summary>Loop: answers that nobody removed, because who put them has died, are deleted when their time is over.</summary>
internal sealed partial class ChallengeCleanup(ChallengeAnswers answers, TimeProvider clock, ILogger<ChallengeCleanup> logger) : BackgroundService
{
    private const int Batch = 500;
    private const int MostBatches = 20;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var hasFailed = false;
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                for (var batch = 0; batch < MostBatches && await answers.DeleteExpiredAsync(Batch, stoppingToken) == Batch; batch++)
                {
                    // Others write between two batches.
                }

                hasFailed = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (!hasFailed)
                {
                    hasFailed = true;
                    Log.Failed(logger, StoreFaults.Cause(exception) is null ? exception.Message : StoreFaults.Describe(exception));
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static partial class Log
    {
        [LoggerMessage(491, LogLevel.Warning, "Expired answers to challenges were not deleted, it is tried again every 10 minutes: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
