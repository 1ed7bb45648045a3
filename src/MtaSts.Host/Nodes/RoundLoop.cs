using MtaSts.Host.Data;

namespace MtaSts.Host.Nodes;

/// <summary>
/// Loop of this node: one round after the other until the service stops. What a round throws ends that round alone, and of failures in a row only the first is told: a store that
/// is away for hours says nothing new.
/// </summary>
/// <param name="every">From the beginning of a round to that of the next one; a round that takes longer is followed by the next at once.</param>
/// <param name="clock">For the pauses.</param>
internal abstract class RoundLoop(TimeSpan every, TimeProvider clock) : BackgroundService
{
    protected TimeProvider Clock => clock;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LoopAsync(stoppingToken);

    protected async Task LoopAsync(CancellationToken stoppingToken)
    {
        var hasFailed = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            var began = clock.GetTimestamp();
            var hasMore = false;
            try
            {
                hasMore = await TakeTurnAsync(stoppingToken);
                hasFailed = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                CountFailure();
                if (!hasFailed)
                {
                    hasFailed = true;
                    TellFailure(StoreFaults.Tell(exception));
                }
            }

            var left = every - clock.GetElapsedTime(began);
            if (!hasMore && left > TimeSpan.Zero)
            {
                await Task.Delay(left, clock, stoppingToken);
            }
        }
    }

    /// <summary>One round, bounded, so that a stop is not waited for.</summary>
    /// <returns>Whether more is due already; else the next round waits for its time.</returns>
    protected abstract Task<bool> TakeTurnAsync(CancellationToken cancellationToken);

    /// <param name="reason">What was thrown: one sentence where the store is to blame, else everything.</param>
    protected abstract void TellFailure(string reason);

    protected virtual void CountFailure()
    {
    }
}
