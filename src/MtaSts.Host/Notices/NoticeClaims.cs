using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices.Mail;

namespace MtaSts.Host.Notices;

/// <summary>
/// Which node works on which channel. A claim runs out by itself when its holder dies; then a message may go out twice, which its id tells.
/// Safe from all threads.
/// </summary>
internal sealed class NoticeClaims(Store store, TimeProvider clock)
{
    /// <summary>Longer than any try takes.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromMinutes(3);

    // A clock that was ahead must not hold a channel up for as long as that was: no claim is longer than Time, and nothing waits longer than these.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestWait = DeliveryRules.TryGivenUpEvery + ClockSlack;
    private static readonly TimeSpan LongestWaitOfMail = MailSchedule.Reminder + ClockSlack;

    private readonly string _owner = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Takes what is due, the longest waiting first.</summary>
    /// <param name="most">As many at most.</param>
    /// <param name="withMail">False: mail has to wait.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<IReadOnlyList<NoticeChannel>> TakeAsync(int most, bool withMail, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var until = now + Time;
        List<long> due;
        await using (var db = store.Open())
        {
            due = await Due(db.NoticeChannels, now).Where(row => withMail || row.Kind != NoticeChannelKind.Mail)
                .OrderBy(row => row.DueAt).ThenBy(row => row.Id).Select(row => row.Id).Take(most).ToListAsync(cancellationToken);
        }

        var taken = new List<NoticeChannel>();
        if (due.Count == 0)
        {
            return taken;
        }

        await store.WriteAsideAsync(
            async db =>
            {
                foreach (var id in due)
                {
                    var claimed = await Due(db.NoticeChannels, now).Where(row => row.Id == id)
                        .ExecuteUpdateAsync(set => set.SetProperty(row => row.ClaimedBy, _owner).SetProperty(row => row.ClaimedUntil, until), cancellationToken);
                    if (claimed == 1)
                    {
                        taken.Add(await db.NoticeChannels.Include(row => row.Target).SingleAsync(row => row.Id == id, cancellationToken));
                    }
                }
            },
            cancellationToken);
        return taken;
    }

    /// <summary>Writes what became of a channel and gives it back; nothing happens when it is another's by now, or gone.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<bool> UpdateAsync(NoticeChannel claimed, bool release, Func<HostDbContext, NoticeChannel, Task> change, CancellationToken cancellationToken)
    {
        var done = false;
        await store.WriteAsideAsync(
            async db =>
            {
                // Locks it, so that what is read from here on is the last word of whoever takes events over.
                var held = await db.NoticeChannels.Where(one => one.Id == claimed.Id && one.ClaimedBy == _owner && one.ClaimedUntil == claimed.ClaimedUntil)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.ClaimedBy, _owner), cancellationToken);
                if (held == 0)
                {
                    return;
                }

                var row = await db.NoticeChannels.AsTracking().SingleAsync(one => one.Id == claimed.Id, cancellationToken);
                await change(db, row);
                if (release)
                {
                    (row.ClaimedBy, row.ClaimedUntil) = (null, null);
                }

                done = true;
            },
            cancellationToken);
        return done;
    }

    private static IQueryable<NoticeChannel> Due(IQueryable<NoticeChannel> rows, DateTimeOffset now)
    {
        var (claimTooFar, tooFar, mailTooFar) = (now + Time + ClockSlack, now + LongestWait, now + LongestWaitOfMail);
        return rows.Where(row => row.State != NoticeChannelState.Gone && (row.ClaimedUntil == null || row.ClaimedUntil <= now || row.ClaimedUntil > claimTooFar))
            .Where(row => row.DueAt <= now || (row.DueAt < NoticeChannel.Never && row.DueAt > (row.Kind == NoticeChannelKind.Mail ? mailTooFar : tooFar)));
    }
}
