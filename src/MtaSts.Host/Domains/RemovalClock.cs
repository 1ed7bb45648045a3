using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Domains;

/// <summary>
/// Nothing ends by a clock that nobody has looked at: when this machine's clock jumped by more than two days, or is that far ahead of all that the store has
/// seen, everybody waits for a day. The wait is a row in the store, so that a restart does not end it. For one caller at a time.
/// </summary>
internal sealed partial class RemovalClock(Store store, StoreTime storeTime, TimeProvider clock, ILogger<RemovalClock> logger)
{
    private const string HoldName = "removal.hold";

    private static readonly TimeSpan LongestStep = TimeSpan.FromDays(2);
    private static readonly TimeSpan Hold = TimeSpan.FromDays(1);

    // A hold that lies further ahead was made by a clock that has been set back since, and that step made one of its own.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    private ClockReading? _last;

    /// <summary>Looks at the clock; to be asked at each round, before anything ends.</summary>
    /// <returns>False: nothing may end now.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<bool> IsTrustedAsync(CancellationToken cancellationToken)
    {
        var now = ClockReading.Of(clock);
        var step = _last is { } last ? last.Step(now, clock)
            : storeTime.NewestAtStart is { } newest && now.Utc > newest ? now.Utc - newest
            : TimeSpan.Zero;
        if (step.Duration() > LongestStep)
        {
            await HoldAsync(now.Utc + Hold, cancellationToken);
            Log.ClockJumped(logger, step, now.Utc + Hold);
        }

        // After it: a hold that could not be written comes again.
        _last = now;
        var (from, to) = (now.Utc, now.Utc + Hold + Slack);
        await using var db = store.Open();
        return !await db.JobLeases.AnyAsync(lease => lease.Name == HoldName && lease.Until > from && lease.Until <= to, cancellationToken);
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
        [LoggerMessage(220, LogLevel.Warning, "The clock of this machine is {Step} from where it was expected (it was set, or nobody ran for long). No removal goes on before {Until:u}")]
        public static partial void ClockJumped(ILogger logger, TimeSpan step, DateTimeOffset until);
    }
}
