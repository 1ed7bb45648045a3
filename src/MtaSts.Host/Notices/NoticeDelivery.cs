using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices.Mail;
using MtaSts.Host.Notices.Webhooks;

namespace MtaSts.Host.Notices;

/// <summary>One try on one claimed channel: what waits goes out, and the channel says how that went. At least once: a try whose end was not written is repeated.</summary>
internal sealed partial class NoticeDelivery(
    Store store, NoticeClaims claims, WebhookMessages webhooks, MailMessages mails, NoticeMetrics metrics, TimeProvider clock, ILogger<NoticeDelivery> logger)
{
    /// <summary>Events in one webhook request.</summary>
    private const int MostEvents = 100;

    /// <exception cref="System.Data.Common.DbException">The store is away; the claim runs out.</exception>
    public async Task DeliverAsync(NoticeChannel channel, CancellationToken cancellationToken)
    {
        var batch = await ReadAsync(channel, cancellationToken);
        if (NotYet(channel, batch) is not null)
        {
            await claims.UpdateAsync(
                channel,
                release: true,
                async (db, row) =>
                {
                    var now = clock.GetUtcNow();
                    MailSchedule.MendClock(row, now);
                    // Worked out again: events may have been handed on since they were read.
                    var waitsForRepair = row is { Kind: NoticeChannelKind.Mail, State: not NoticeChannelState.Active } && await db.Notices.AnyAsync(one => one.ChannelId == row.Id, cancellationToken);
                    row.DueAt = waitsForRepair ? row.DueAt : await NextAsync(db, row, now, cancellationToken);
                },
                cancellationToken);
            return;
        }

        // Written before anything goes out: what is repeated after a crash is the same message with the same id.
        var upTo = batch.UpTo;
        if (channel.BatchUpTo != upTo && !await claims.UpdateAsync(channel, release: false, (_, row) => Task.FromResult(row.BatchUpTo = upTo), cancellationToken))
        {
            return;
        }

        var outcome = channel.Kind == NoticeChannelKind.Webhook
            ? await webhooks.SendAsync(channel, batch, cancellationToken)
            : await mails.SendAsync(channel, batch, cancellationToken);
        metrics.Deliveries.Add(1, new("channel", channel.Kind == NoticeChannelKind.Webhook ? "webhook" : "mail"), new("end", EndWord(outcome.End)));
        if (await WriteAsync(channel, batch, outcome, cancellationToken))
        {
            await TellAsync(channel, outcome, cancellationToken);
        }
    }

    private async Task<NoticeBatch> ReadAsync(NoticeChannel channel, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var waiting = db.Notices.Where(row => row.ChannelId == channel.Id);
        if (channel.BatchUpTo is { } limit)
        {
            waiting = waiting.Where(row => row.Id <= limit);
        }

        var rows = await waiting.OrderBy(row => row.Id).Take(channel.Kind == NoticeChannelKind.Webhook ? MostEvents : int.MaxValue)
            .GroupJoin(db.AdvisoryEvents, row => row.EventId, one => one.Id, (row, found) => new { row, found })
            .SelectMany(pair => pair.found.DefaultIfEmpty(), (pair, one) => new { pair.row, one })
            .OrderBy(pair => pair.row.Id).ToListAsync(cancellationToken);
        if (rows.Count == 0 && channel.BatchUpTo is not null)
        {
            // All of it was dropped, or there was nothing but a reminder.
            return await ReadAsync(Without(channel), cancellationToken);
        }

        return new NoticeBatch(
            rows.Count == 0 ? null : rows[0].row.Id,
            rows.Count == 0 ? null : rows[^1].row.Id,
            [.. rows.Where(pair => pair.one is not null).Select(pair => new WaitingEvent(pair.one!, pair.row.CreatedAt))]);
    }

    private static NoticeChannel Without(NoticeChannel channel)
    {
        channel.BatchUpTo = null;
        return channel;
    }

    /// <summary>When it is due, by what was read, if that is not now.</summary>
    private DateTimeOffset? NotYet(NoticeChannel channel, NoticeBatch batch)
    {
        if (channel.Kind == NoticeChannelKind.Webhook)
        {
            return batch.Events.Count == 0 && batch.UpTo is null ? NoticeChannel.Never : null;
        }

        if (channel.State != NoticeChannelState.Active)
        {
            return batch.UpTo is null && MailSchedule.Next(channel, null, null) == NoticeChannel.Never ? NoticeChannel.Never : null;
        }

        // An error that was gone before its message went out is no reason for one.
        var now = clock.GetUtcNow();
        MailSchedule.MendClock(channel, now);
        var due = NextMail(channel, batch.Events, now);
        return due > now ? due : null;
    }

    private static DateTimeOffset NextMail(NoticeChannel channel, IReadOnlyList<WaitingEvent> waiting, DateTimeOffset now)
    {
        var latest = Digest.Latest(waiting.Select(one => one.Event)).ToHashSet();
        var urgent = waiting.Where(one => latest.Contains(one.Event) && MailSchedule.IsUrgent(one.Event)).ToList();
        return MailSchedule.Next(channel, urgent.Count == 0 ? null : urgent.Min(Since), waiting.Count == 0 ? null : waiting.Min(Since));

        // Taken over by a clock that was ahead: it has waited long enough to be gathered.
        DateTimeOffset Since(WaitingEvent one) => one.Since > now ? now - MailSchedule.Gather : one.Since;
    }

    private Task<bool> WriteAsync(NoticeChannel channel, NoticeBatch batch, DeliveryOutcome outcome, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return claims.UpdateAsync(
            channel,
            release: true,
            async (db, row) =>
            {
                if (outcome.End != DeliveryEnd.Taken)
                {
                    DeliveryRules.Fail(row, outcome, now);
                    if (row.State == NoticeChannelState.Gone)
                    {
                        await db.Notices.Where(one => one.ChannelId == row.Id).ExecuteDeleteAsync(cancellationToken);
                    }

                    return;
                }

                DeliveryRules.Succeed(row, now);
                if (row.Kind == NoticeChannelKind.Mail)
                {
                    await CountMailAsync(db, row, batch, now, cancellationToken);
                }

                await db.Notices.Where(one => one.ChannelId == row.Id && one.Id <= batch.UpTo).ExecuteDeleteAsync(cancellationToken);
                row.DueAt = await NextAsync(db, row, now, cancellationToken);
            },
            cancellationToken);
    }

    private static async Task CountMailAsync(HostDbContext db, NoticeChannel channel, NoticeBatch batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var target = await db.NoticeTargets.AsTracking().SingleAsync(row => row.Id == channel.TargetId, cancellationToken);
        (channel.LastMailAt, target.LastMailAt) = (now, now);
        if (Digest.Latest(batch.Events.Select(one => one.Event)).Any(MailSchedule.IsUrgent))
        {
            (channel.LastUrgentAt, target.LastUrgentAt) = (now, now);
        }
    }

    // What came while this one was under way.
    private static async Task<DateTimeOffset> NextAsync(HostDbContext db, NoticeChannel channel, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (channel.Kind == NoticeChannelKind.Webhook)
        {
            return await db.Notices.AnyAsync(row => row.ChannelId == channel.Id, cancellationToken) ? now : NoticeChannel.Never;
        }

        var waiting = await db.Notices.Where(row => row.ChannelId == channel.Id)
            .Join(db.AdvisoryEvents, row => row.EventId, one => one.Id, (row, one) => new { one, row.CreatedAt }).ToListAsync(cancellationToken);
        return NextMail(channel, [.. waiting.Select(pair => new WaitingEvent(pair.one, pair.CreatedAt))], now);
    }

    // A second transaction: an audit line takes a revision, which nobody shall wait for while a channel is written.
    private async Task TellAsync(NoticeChannel before, DeliveryOutcome outcome, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var state = await db.NoticeChannels.Where(row => row.Id == before.Id).Select(row => (NoticeChannelState?)row.State).SingleOrDefaultAsync(cancellationToken);
        if (state == before.State || state is not (NoticeChannelState.GivenUp or NoticeChannelState.Gone))
        {
            return;
        }

        var tenant = await db.Tenants.Where(row => row.Id == before.TargetId).Select(row => row.Name).SingleOrDefaultAsync(cancellationToken);
        var what = before.Kind == NoticeChannelKind.Webhook ? "webhook" : "mail";
        var action = state == NoticeChannelState.Gone ? "notices.gone" : "notices.give_up";
        var error = NoticeText.Line(outcome.Error ?? "", NoticeChannel.LongestError);
        await store.WriteAsync(
            write =>
            {
                write.Audit("system", action, tenant ?? "provider", $"{what}: {error}", tenant);
                return Task.FromResult(true);
            },
            cancellationToken);
        Log.Ended(logger, what, tenant ?? "the provider", error);
    }

    private static string EndWord(DeliveryEnd end) => end switch
    {
        DeliveryEnd.Taken => "taken",
        DeliveryEnd.Failed => "failed",
        DeliveryEnd.Refused => "refused",
        DeliveryEnd.Gone => "gone",
        DeliveryEnd.RelayAway => "relay_away",
        _ => "unknown",
    };

    private static partial class Log
    {
        [LoggerMessage(910, LogLevel.Warning, "Notices by {Channel} to {Tenant} are given up, or tried once a day only: {Reason}")]
        public static partial void Ended(ILogger logger, string channel, string tenant, string reason);
    }
}
