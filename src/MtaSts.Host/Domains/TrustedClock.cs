using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Domains;

/// <summary>
/// Nothing ends, and nothing goes over, by a clock that nobody has looked at: when this machine's clock jumped by more than an hour, or is that far ahead of all
/// that the store has seen, everybody waits for a day. The wait is a row in the store, so that a restart does not end it. Safe from all threads.
/// </summary>
internal sealed partial class TrustedClock(Store store, StoreTime storeTime, TimeProvider clock, ILogger<TrustedClock> logger) : IDisposable
{
    private const string HoldName = "removal.hold";

    // The shortest time that is counted is the day of a claim: that much of it may be missing.
    private static readonly TimeSpan LongestStep = TimeSpan.FromHours(1);
    private static readonly TimeSpan Hold = TimeSpan.FromDays(1);

    // A hold that lies further ahead was made by a clock that has been set back since, and that step made one of its own.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _one = new(1);
    private ClockReading? _last;

    /// <summary>Looks at the clock; to be asked at each round, and before anything ends.</summary>
    /// <returns>False: nothing may end now.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<bool> IsTrustedAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await LookAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }

        var now = clock.GetUtcNow();
        var latest = now + Hold + Slack;
        await using var db = store.Open();
        return !await db.JobLeases.AnyAsync(lease => lease.Name == HoldName && lease.Until > now && lease.Until <= latest, cancellationToken);
    }

    public void Dispose() => _one.Dispose();

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = ClockReading.Of(clock);
        var step = _last is { } last ? last.Step(now, clock)
            : storeTime.NewestAtStart is { } newest && now.Utc > newest ? now.Utc - newest - clock.GetElapsedTime(storeTime.StartedAt, now.Timestamp)
            : TimeSpan.Zero;
        if (step.Duration() > LongestStep)
        {
            await HoldAsync(now.Utc + Hold, cancellationToken);
            Log.ClockJumped(logger, step, now.Utc + Hold);
        }

        // After it: a hold that could not be written comes again.
        _last = now;
    }

    private Task HoldAsync(DateTimeOffset until, CancellationToken cancellationToken) => store.WriteAsideAsync(
        async db =>
        {
            await db.Database.ExecuteSqlAsync($"""INSERT INTO job_leases ("Name", "Owner", "Until") VALUES ({HoldName}, NULL, 0) ON CONFLICT DO NOTHING""", cancellationToken);
            await db.JobLeases.Where(lease => lease.Name == HoldName).ExecuteUpdateAsync(set => set.SetProperty(lease => lease.Until, until), cancellationToken);
        },
        cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(220, LogLevel.Warning, "The clock of this machine is {Step} from where it was expected (it was set, or nobody ran for long). No removal goes on, no domain goes over and no lost proof stops anything before {Until:u}")]
        public static partial void ClockJumped(ILogger logger, TimeSpan step, DateTimeOffset until);
    }
}
