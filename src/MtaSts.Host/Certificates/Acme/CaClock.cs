using System.Collections.Concurrent;
using MtaSts.Acme;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Certificates.Acme;

/// <summary>
/// Our clock beside the CA's. Nothing is renewed by the dates of a clock that is wrong: with one a year ahead everything would seem to have
/// run out, with one behind nothing would ever be due. Safe from all threads.
/// </summary>
internal sealed partial class CaClock(TimeProvider clock, ILogger<CaClock> logger)
{
    /// <summary>So far apart may they be.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>How soon a clock that was wrong is looked at again.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, ClockReading> _looks = new();
    private volatile int _isWrong;

    /// <summary>How far the CA's clock was ahead of ours at the last look, if that was too far.</summary>
    public TimeSpan? Wrong { get; private set; }

    /// <summary>Asks the CA for the time, by a request that costs no limit, once an hour and when our clock was set.</summary>
    /// <returns>False when our clock is wrong.</returns>
    /// <exception cref="AcmeException">The CA is away.</exception>
    public async Task<bool> IsRightAsync(CertificateAuthority ca, AcmeAccount account, CancellationToken cancellationToken)
    {
        var now = ClockReading.Of(clock);
        if (_isWrong == 0 && _looks.TryGetValue(ca.Directory, out var last) && clock.GetElapsedTime(last.Timestamp, now.Timestamp) < LookEvery && !last.HasStepped(now, clock))
        {
            return true;
        }

        // Local time is taken with the answer: a slow one must not count as a wrong clock.
        var state = await ca.Client.GetAccountAsync(account, cancellationToken);
        _looks[ca.Directory] = now;
        var skew = state.ServerDate - clock.GetUtcNow();
        if (skew is { } wrong && wrong.Duration() > Tolerance)
        {
            Wrong = wrong;
            if (Interlocked.Exchange(ref _isWrong, 1) == 0)
            {
                Log.ClockIsWrong(logger, wrong, ca.Directory);
            }

            return false;
        }

        Wrong = null;
        if (Interlocked.Exchange(ref _isWrong, 0) == 1)
        {
            Log.ClockIsRight(logger);
        }

        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(465, LogLevel.Error, "The clock of this machine is wrong: that of {Directory} is {Skew} ahead. No certificate is ordered before they agree; those that are served stay")]
        public static partial void ClockIsWrong(ILogger logger, TimeSpan skew, string directory);

        [LoggerMessage(466, LogLevel.Information, "The clock of this machine is right again")]
        public static partial void ClockIsRight(ILogger logger);
    }
}
