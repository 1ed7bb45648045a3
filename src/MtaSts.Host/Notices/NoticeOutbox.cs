using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices.Mail;

namespace MtaSts.Host.Notices;

/// <summary>Takes events over: makes of each a row for every channel that wants it, in one transaction. Two nodes may try; one of them does it.</summary>
internal sealed partial class NoticeOutbox(Store store, IOptions<MailOptions> mail, NoticeMetrics metrics, TimeProvider clock, ILogger<NoticeOutbox> logger)
{
    private const int Batch = 500;

    /// <summary>As many wait for one channel; then the oldest go.</summary>
    public int MostWaiting { get; init; } = 10_000;

    /// <summary>Takes over all there are.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task HandOnAsync(CancellationToken cancellationToken)
    {
        while (await HandOnSomeAsync(cancellationToken) == Batch)
        {
        }
    }

    private async Task<int> HandOnSomeAsync(CancellationToken cancellationToken)
    {
        await using (var db = store.Open())
        {
            if (!await db.AdvisoryEvents.AnyAsync(row => !row.IsHandedOn, cancellationToken))
            {
                return 0;
            }
        }

        var count = 0;
        await store.WriteAsideAsync(
            async db =>
            {
                count = 0;
                var events = await db.AdvisoryEvents.Where(row => !row.IsHandedOn).OrderBy(row => row.Id).Take(Batch).ToListAsync(cancellationToken);
                var ids = events.ConvertAll(one => one.Id);
                // First of all: it locks these rows, and another node that has read the same ones finds them done.
                var taken = await db.AdvisoryEvents.Where(row => ids.Contains(row.Id) && !row.IsHandedOn)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.IsHandedOn, true), cancellationToken);
                if (taken == events.Count && taken > 0)
                {
                    await AddAsync(db, events, cancellationToken);
                    count = taken;
                }
                else if (taken > 0)
                {
                    throw new TimeoutException("Another node has taken some of the events.");
                }
            },
            cancellationToken);
        metrics.Events.Add(count);
        return count;
    }

    private async Task AddAsync(HostDbContext db, List<AdvisoryEvent> events, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var tenants = events.Select(one => one.TenantId).Append(NoticeTarget.Provider).Distinct().ToList();
        // Locks them: whoever has just delivered, and finds nothing more, must not put a channel to rest over these rows.
        await db.NoticeChannels.Where(row => tenants.Contains(row.TargetId)).ExecuteUpdateAsync(set => set.SetProperty(row => row.Dropped, row => row.Dropped), cancellationToken);
        var channels = await db.NoticeChannels.AsTracking().Include(row => row.Target)
            .Where(row => tenants.Contains(row.TargetId) && row.State != NoticeChannelState.Gone).ToListAsync(cancellationToken);
        foreach (var channel in channels.Where(channel => channel.Kind == NoticeChannelKind.Webhook || mail.Value.Server.Length > 0))
        {
            var wanted = events.Where(one => (channel.TargetId == NoticeTarget.Provider || channel.TargetId == one.TenantId) && one.Severity >= channel.Target!.Severity).ToList();
            if (wanted.Count == 0)
            {
                continue;
            }

            // In mail what goes on is only counted: no rows for it, so that a year of it does not push out what is new.
            var rows = channel.Kind == NoticeChannelKind.Mail ? wanted.Where(one => one.Kind != AdvisoryEventKind.Sustained).ToList() : wanted;
            db.Notices.AddRange(rows.Select(one => new Notice { ChannelId = channel.Id, EventId = one.Id, CreatedAt = now }));
            if (wanted.Any(one => one is { Kind: AdvisoryEventKind.Sustained, Severity: AdvisorySeverity.Error }))
            {
                channel.GoesOnAt = now;
            }

            MakeDue(channel, rows, now);
            await DropOldestAsync(db, channel, rows.Count, cancellationToken);
        }
    }

    private static void MakeDue(NoticeChannel channel, List<AdvisoryEvent> rows, DateTimeOffset now)
    {
        MailSchedule.MendClock(channel, now);
        var due = channel.Kind == NoticeChannelKind.Webhook ? now
            : MailSchedule.Next(channel, rows.Any(MailSchedule.IsUrgent) ? now : null, rows.Count > 0 ? now : null);
        if (channel.State == NoticeChannelState.GivenUp && channel.LastErrorAt + DeliveryRules.TryGivenUpEvery is { } tomorrow && tomorrow > due)
        {
            due = tomorrow;
        }

        // What fails has its time.
        if ((channel.State != NoticeChannelState.Failing || channel.DueAt == NoticeChannel.Never) && due < channel.DueAt)
        {
            channel.DueAt = due;
        }
    }

    private async Task DropOldestAsync(HostDbContext db, NoticeChannel channel, int added, CancellationToken cancellationToken)
    {
        var excess = await db.Notices.CountAsync(row => row.ChannelId == channel.Id, cancellationToken) + added - MostWaiting;
        if (excess <= 0)
        {
            return;
        }

        // Those of this round are not saved yet: all but the newest of the rows before them.
        var upTo = await db.Notices.Where(row => row.ChannelId == channel.Id).OrderBy(row => row.Id).Skip(excess - 1).Select(row => (long?)row.Id).FirstOrDefaultAsync(cancellationToken);
        var dropped = await db.Notices.Where(row => row.ChannelId == channel.Id && (upTo == null || row.Id <= upTo)).ExecuteDeleteAsync(cancellationToken);
        channel.Dropped += dropped;
        Log.Dropped(logger, channel.TargetId, channel.Kind, dropped);
    }

    private static partial class Log
    {
        [LoggerMessage(920, LogLevel.Warning, "Too much waits for the {Kind} of notice target {Target}: the {Count} oldest notices were dropped")]
        public static partial void Dropped(ILogger logger, int target, NoticeChannelKind kind, int count);
    }
}
