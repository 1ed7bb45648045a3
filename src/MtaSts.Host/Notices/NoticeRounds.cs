using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices.Mail;

namespace MtaSts.Host.Notices;

/// <summary>Takes events over, and has as many channels tried at a time as may be; one that is slow holds up its own place only.</summary>
internal sealed partial class NoticeRounds(
    NoticeOutbox outbox, NoticeClaims claims, NoticeDelivery delivery, MailRelay relay, NoticeWatch watch, NoticeMetrics metrics, ILogger<NoticeRounds> logger)
{
    private const int AtOnce = 16;

    private int _failures;

    /// <summary>Starts what is due, as far as there is room.</summary>
    /// <param name="running">What is under way; what has ended is taken out.</param>
    /// <param name="cancellationToken">Ends what is under way, too.</param>
    /// <returns>False: it failed, and should rest.</returns>
    public async Task<bool> StartAsync(List<Task> running, CancellationToken cancellationToken)
    {
        try
        {
            metrics.Rounds.Add(1);
            running.RemoveAll(task => task.IsCompleted);
            await outbox.HandOnAsync(cancellationToken);
            if (running.Count < AtOnce)
            {
                foreach (var channel in await claims.TakeAsync(AtOnce - running.Count, relay.IsOpen, cancellationToken))
                {
                    running.Add(DeliverAsync(channel, cancellationToken));
                }
            }

            await watch.LookAsync(cancellationToken);
            _failures = 0;
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Failed(exception);
            return false;
        }
    }

    /// <summary>Until nothing is due.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new List<Task>();
        while (await StartAsync(running, cancellationToken) && running.Count > 0)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task DeliverAsync(NoticeChannel channel, CancellationToken cancellationToken)
    {
        try
        {
            await delivery.DeliverAsync(channel, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The claim runs out, and the message goes out then.
        }
        catch (Exception exception)
        {
            Failed(exception);
        }
    }

    private void Failed(Exception exception)
    {
        metrics.Failures.Add(1);
        if (Interlocked.Increment(ref _failures) == 1)
        {
            Log.RoundFailed(logger, StoreFaults.Tell(exception));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(900, LogLevel.Warning, "Notices cannot be told ({Reason}); they wait, and it is tried again")]
        public static partial void RoundFailed(ILogger logger, string reason);
    }
}
