using System.Threading.Channels;
using MtaSts.Host.Data;

namespace MtaSts.Host.DnsRecords.Comparison;

/// <summary>
/// When the zone is compared: as soon as a node has the lease of publication and has brought the rows up to date, then each hour, in the background. What is found
/// waits here until the loop of publication takes it. Called by that loop alone.
/// </summary>
internal sealed partial class ComparisonRuns(ZoneComparison comparison, TimeProvider clock, ILogger<ComparisonRuns> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(10);

    private Channel<IReadOnlyList<LostRecord>> _lost = NewChannel();
    private CancellationTokenSource? _stop;
    private Task<bool> _run = Task.FromResult(true);
    private long _endedAt;
    private bool _isDue = true;
    private bool _hasFailed;

    /// <summary>The lease is ours, and rows are as they are to be.</summary>
    public void Go()
    {
        if (!comparison.IsPossible || !_run.IsCompleted)
        {
            return;
        }

        if (_stop is not null)
        {
            _stop.Dispose();
            (_stop, _endedAt) = (null, clock.GetTimestamp());
        }

        if (_isDue || clock.GetElapsedTime(_endedAt) >= (_run.Result ? Every : AfterFailure))
        {
            _isDue = false;
            (_stop, _lost) = (new CancellationTokenSource(), NewChannel());
            var (token, lost) = (_stop.Token, _lost);
            _run = Task.Run(() => RunAsync(lost, token), CancellationToken.None);
        }
    }

    /// <summary>Something else has come to its turn meanwhile.</summary>
    public bool TryTake(out IReadOnlyList<LostRecord> lost) => _lost.Reader.TryRead(out lost!);

    /// <summary>The lease is no longer ours, or this node stops.</summary>
    public async Task StopAsync()
    {
        if (_stop is not null)
        {
            await _stop.CancelAsync();
            await _run;
            _stop.Dispose();
        }

        (_isDue, _stop, _lost) = (true, null, NewChannel());
    }

    private async Task<bool> RunAsync(Channel<IReadOnlyList<LostRecord>> lost, CancellationToken cancellationToken)
    {
        try
        {
            var isDone = await comparison.RunAsync((page, token) => lost.Writer.WriteAsync(page, token).AsTask(), cancellationToken);
            _hasFailed = false;
            return isDone;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception exception)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                Log.Failed(logger, StoreFaults.Tell(exception));
            }

            return false;
        }
    }

    // Whoever compares waits for whoever writes, never the other way round.
    private static Channel<IReadOnlyList<LostRecord>> NewChannel() => Channel.CreateBounded<IReadOnlyList<LostRecord>>(1);

    private static partial class Log
    {
        [LoggerMessage(514, LogLevel.Warning, "The zone is not compared with what is published, it is tried again every 10 minutes: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
