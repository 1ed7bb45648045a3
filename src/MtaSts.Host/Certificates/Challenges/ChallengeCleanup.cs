using MtaSts.Host.Nodes;

namespace MtaSts.Host.Certificates.Challenges;

/// <summary>Loop: answers that nobody removed, because who put them has died, are deleted when their time is over.</summary>
internal sealed partial class ChallengeCleanup(ChallengeAnswers answers, TimeProvider clock, ILogger<ChallengeCleanup> logger) : RoundLoop(Every, clock)
{
    private const int Batch = 500;
    private const int MostBatches = 20;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < MostBatches && await answers.DeleteExpiredAsync(Batch, cancellationToken) == Batch; batch++)
        {
            // Others write between two batches.
        }

        return false;
    }

    protected override void TellFailure(string reason) => Log.Failed(logger, reason);

    private static partial class Log
    {
        [LoggerMessage(491, LogLevel.Warning, "Expired answers to challenges were not deleted, it is tried again every 10 minutes: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
