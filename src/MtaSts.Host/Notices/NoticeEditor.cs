using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Certificates;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices.Mail;
using MtaSts.Host.Notices.Webhooks;

namespace MtaSts.Host.Notices;

/// <summary>The only writer of targets. What changes is audited, without what may be a secret: a URL may hold one.</summary>
internal sealed class NoticeEditor(Store store, KeySealing sealing)
{
    private const int MostTestsPerDay = 10;

    private static readonly TimeSpan BetweenTests = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    /// <summary>Puts a target; ways that stay, and a webhook that moves, keep what waits for them and begin anew if they had failed.</summary>
    /// <returns>The secret, if one was made; null with <c>IsFound</c> false: there is no such tenant any more.</returns>
    public Task<(bool IsFound, bool IsNew, string? Secret)> PutAsync(string actor, int targetId, string? tenant, NoticeWish wish, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                if (targetId != NoticeTarget.Provider && !await write.Db.Tenants.AnyAsync(row => row.Id == targetId, cancellationToken))
                {
                    return (false, false, (string?)null);
                }

                await LockAsync(write.Db, targetId, cancellationToken);
                var target = await write.Db.NoticeTargets.Include(row => row.Channels).SingleOrDefaultAsync(row => row.Id == targetId, cancellationToken);
                if (target is null)
                {
                    target = new NoticeTarget { Id = targetId, TenantId = targetId == NoticeTarget.Provider ? null : targetId, CreatedAt = write.At };
                    write.Db.NoticeTargets.Add(target);
                }

                var isNew = !target.IsOn;
                var before = Describe(target);
                (target.CreatedAt, target.IsOn, target.Severity) = (isNew ? write.At : target.CreatedAt, true, wish.Severity);
                var secret = Put(write, target, wish);
                if (isNew || secret is not null || wish.Secret is not null || before != Describe(target))
                {
                    target.UpdatedAt = write.At;
                    write.Audit(actor, isNew ? "notices.create" : "notices.change", tenant ?? "provider", Detail(target), tenant);
                }

                return (true, isNew, secret);
            },
            cancellationToken);

    /// <returns>False: there was none.</returns>
    public Task<bool> DeleteAsync(string actor, int targetId, string? tenant, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                await LockAsync(write.Db, targetId, cancellationToken);
                var target = await write.Db.NoticeTargets.Include(row => row.Channels).SingleOrDefaultAsync(row => row.Id == targetId && row.IsOn, cancellationToken);
                if (target is null)
                {
                    return false;
                }

                target.IsOn = false;
                target.UpdatedAt = write.At;
                foreach (var channel in target.Channels.ToList())
                {
                    Remove(write, target, channel);
                }

                write.Audit(actor, "notices.delete", tenant ?? "provider", null, tenant);
                return true;
            },
            cancellationToken);

    /// <summary>Counts a test. Bounded, because a tenant may name whatever address he likes.</summary>
    /// <returns>How long to wait, if it may not be now.</returns>
    public async Task<TimeSpan?> TakeTestAsync(int targetId, CancellationToken cancellationToken)
    {
        TimeSpan? wait = null;
        // A revision for it: two at a time follow each other, on all nodes.
        await store.WriteAsync(
            async write =>
            {
                if (await write.Db.NoticeTargets.SingleOrDefaultAsync(row => row.Id == targetId, cancellationToken) is not { } target)
                {
                    return false;
                }

                // A clock that was ahead must not forbid tests for long.
                if (target.TestsSince is not { } since || write.At - since >= Day || since > write.At)
                {
                    (target.TestsSince, target.Tests, target.TestedAt) = (write.At, 0, null);
                }

                wait = target.Tests >= MostTestsPerDay ? target.TestsSince + Day - write.At
                    : target.TestedAt + BetweenTests > write.At ? target.TestedAt + BetweenTests - write.At
                    : null;
                if (wait is null)
                {
                    (target.Tests, target.TestedAt) = (target.Tests + 1, write.At);
                }

                return true;
            },
            cancellationToken);
        return wait;
    }

    private string? Put(StoreWrite write, NoticeTarget target, NoticeWish wish)
    {
        var wanted = wish.Emails.Select(email => (NoticeChannelKind.Mail, Address: email)).ToList();
        if (wish.Url is not null)
        {
            wanted.Add((NoticeChannelKind.Webhook, wish.Url));
        }

        if (wish.Url is not null && target.Channels.Find(channel => channel.Kind == NoticeChannelKind.Webhook && channel.Address != wish.Url) is { } moved)
        {
            Move(moved, wish.Url, write.At);
        }

        foreach (var gone in target.Channels.Where(channel => !wanted.Contains((channel.Kind, channel.Address))).ToList())
        {
            Remove(write, target, gone);
        }

        string? made = null;
        foreach (var (kind, address) in wanted)
        {
            var channel = target.Channels.Find(one => one.Kind == kind && one.Address == address);
            if (channel is null)
            {
                channel = new NoticeChannel { Kind = kind, Address = address, CreatedAt = write.At, State = NoticeChannelState.Active };
                if (kind == NoticeChannelKind.Mail)
                {
                    // Else whoever puts addresses again and again sends as many messages, to whomever he likes.
                    (channel.LastMailAt, channel.LastUrgentAt) = (MailSchedule.NotAfter(target.LastMailAt, write.At), MailSchedule.NotAfter(target.LastUrgentAt, write.At));
                }

                target.Channels.Add(channel);
            }
            else if (channel.State != NoticeChannelState.Active)
            {
                // Whoever puts it again says that it is mended.
                (channel.State, channel.Failures, channel.FailingSince, channel.DueAt) = (NoticeChannelState.Active, 0, null, write.At);
            }

            if (kind == NoticeChannelKind.Webhook && (wish.Secret is not null || channel.SealedSecret is null))
            {
                var key = wish.Secret ?? WebhookSecret.New();
                channel.SealedSecret = sealing.Seal(key, NoticeChannel.SealingPurpose(target.Id));
                // One that the caller gave he has.
                made = wish.Secret is null ? WebhookSecret.Show(key) : null;
            }
        }

        return made;
    }

    // What a channel says is its last word from here on: nothing that is under way begins or ends meanwhile.
    private static Task<int> LockAsync(HostDbContext db, int targetId, CancellationToken cancellationToken) =>
        db.NoticeChannels.Where(row => row.TargetId == targetId).ExecuteUpdateAsync(set => set.SetProperty(row => row.Dropped, row => row.Dropped), cancellationToken);

    private static void Remove(StoreWrite write, NoticeTarget target, NoticeChannel gone)
    {
        if (gone.Kind == NoticeChannelKind.Mail && (gone.ClaimedBy is not null || gone.BatchUpTo is not null))
        {
            // A message is under way, or may have arrived; once the row is gone nobody counts it.
            (target.LastMailAt, target.LastUrgentAt) = (write.At, write.At);
        }

        write.Db.NoticeChannels.Remove(gone);
        target.Channels.Remove(gone);
    }

    // Another receiver, which gets what waited for the one before it; whatever is under way to that one has lost its claim.
    private static void Move(NoticeChannel webhook, string url, DateTimeOffset now)
    {
        (webhook.Address, webhook.SealedSecret, webhook.CreatedAt, webhook.DueAt) = (url, null, now, now);
        (webhook.State, webhook.Failures, webhook.FailingSince) = (NoticeChannelState.Active, 0, null);
        (webhook.LastError, webhook.LastErrorAt, webhook.LastSuccessAt) = (null, null, null);
        (webhook.BatchUpTo, webhook.ClaimedBy, webhook.ClaimedUntil) = (null, null, null);
    }

    private static string Describe(NoticeTarget target) =>
        $"{target.Severity} {string.Join(' ', target.Channels.Select(channel => $"{channel.Kind} {channel.Address} {channel.State}").Order(StringComparer.Ordinal))}";

    // The host is told to everybody who may read the audit; what follows it may be a key.
    private static string Detail(NoticeTarget target) => string.Join(
        ", ",
        target.Channels.OrderBy(channel => channel.Kind).ThenBy(channel => channel.Address, StringComparer.Ordinal)
            .Select(channel => channel.Kind == NoticeChannelKind.Webhook ? $"webhook at {new Uri(channel.Address).Host}" : channel.Address)
            .Append($"from {EnumWords.Of(target.Severity)}"));
}
