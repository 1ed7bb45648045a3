using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates.Challenges;

/// <summary>
/// What all nodes have put into the store, read anew when somebody asks for what is not known. Who asks is a stranger: however many ask for
/// whatever names and tokens, there is one query at a time and a pause after each, which all who came meanwhile share. So no flood of
/// misses reaches the database, and none keeps a CA from its answer. Safe from all threads.
/// </summary>
internal sealed partial class StoredAnswers(Store store, TimeProvider clock, ILogger<StoredAnswers> logger)
{
    // Those in work are as many as the workers of all nodes; the rest is what dead ones left behind, until it expires.
    private const int Most = 5_000;

    // Real time, also in tests: it spares the database, and no rule hangs on it.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private Task<AnswerLook> _current = Task.FromResult(AnswerLook.None);
    private Task<AnswerLook>? _next;
    private volatile AnswerLook _last = AnswerLook.None;

    // Of the one look that runs.
    private long _lastEnded;
    private bool _hasFailed;

    /// <summary>What the last look found.</summary>
    public AnswerLook Last => _last;

    public void Forget() => _last = AnswerLook.None;

    /// <summary>What the store holds after this call.</summary>
    /// <exception cref="Exception">The store is away (<see cref="StoreFaults.IsAway"/>), or did not answer in time.</exception>
    public Task<AnswerLook> ReadAsync(TimeSpan longestWait, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // A look that runs may have begun before the answer came: only the next will do.
            return (_next ??= AfterAsync(_current)).WaitAsync(longestWait, cancellationToken);
        }
    }

    private async Task<AnswerLook> AfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        var pause = Pause - Stopwatch.GetElapsedTime(_lastEnded);
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause);
        }

        lock (_gate)
        {
            _current = _next!;
            _next = null;
        }

        try
        {
            return await LookAsync();
        }
        finally
        {
            _lastEnded = Stopwatch.GetTimestamp();
        }
    }

    private async Task<AnswerLook> LookAsync()
    {
        using var bound = new CancellationTokenSource(LongestLook);
        try
        {
            var now = clock.GetUtcNow();
            await using var db = store.Open();
            var rows = await db.ChallengeAnswers
                .Where(row => row.ExpiresAt > now && row.Type != OpenAnswer.Dns)
                .OrderByDescending(row => row.ExpiresAt)
                .Take(Most)
                .ToListAsync(bound.Token);
            _hasFailed = false;
            return _last = new AnswerLook(rows.Select(OpenAnswer.From), clock.GetTimestamp());
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException("The store did not answer in time.", exception);
        }
        catch (Exception exception) when (!_hasFailed && StoreFaults.IsAway(exception))
        {
            _hasFailed = true;
            Log.LookFailed(logger, StoreFaults.Tell(exception));
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(490, LogLevel.Warning, "The store cannot be asked for answers to challenges ({Reason}); a CA that asks this node for an answer of another one does not get it")]
        public static partial void LookFailed(ILogger logger, string reason);
    }
}
