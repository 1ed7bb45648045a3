using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices.Mail;

/// <summary>When the next message goes to an address: at most one a day, unless there is a new error in `enforce`. Pure.</summary>
internal static class MailSchedule
{
    /// <summary>A fault at the provider concerns many domains within minutes: it is one message.</summary>
    public static readonly TimeSpan Gather = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan Day = TimeSpan.FromHours(24);
    public static readonly TimeSpan BetweenUrgent = TimeSpan.FromHours(1);

    /// <summary>Errors that go on and nothing else: often enough to be remembered, too seldom to be filtered away.</summary>
    public static readonly TimeSpan Reminder = TimeSpan.FromDays(7);

    /// <summary>What cannot wait: mail is being lost since then.</summary>
    public static bool IsUrgent(AdvisoryEvent told) => told is { Kind: AdvisoryEventKind.Added, Severity: AdvisorySeverity.Error, IsEnforced: true };

    /// <summary>A clock that was ahead must not hold mail up for as long as that was: what it wrote counts as of now.</summary>
    public static void MendClock(NoticeChannel channel, DateTimeOffset now)
    {
        channel.CreatedAt = Earlier(channel.CreatedAt, now);
        channel.LastMailAt = NotAfter(channel.LastMailAt, now);
        channel.LastUrgentAt = NotAfter(channel.LastUrgentAt, now);
        channel.LastSuccessAt = NotAfter(channel.LastSuccessAt, now);
        channel.LastErrorAt = NotAfter(channel.LastErrorAt, now);
        channel.GoesOnAt = NotAfter(channel.GoesOnAt, now);
    }

    /// <param name="channel">What it was sent so far.</param>
    /// <param name="firstUrgent">When the first one that waits and is urgent came.</param>
    /// <param name="first">When the first one of all that wait came.</param>
    /// <returns><see cref="NoticeChannel.Never"/>: nothing is to be said.</returns>
    public static DateTimeOffset Next(NoticeChannel channel, DateTimeOffset? firstUrgent, DateTimeOffset? first)
    {
        var next = NoticeChannel.Never;
        if (firstUrgent is { } urgent)
        {
            next = Later(urgent + Gather, channel.LastUrgentAt + BetweenUrgent);
        }

        if (first is { } ordinary)
        {
            next = Earlier(next, Later(ordinary + Gather, channel.LastMailAt + Day));
        }

        return channel.GoesOnAt > (channel.LastSuccessAt ?? channel.CreatedAt) ? Earlier(next, (channel.LastSuccessAt ?? channel.CreatedAt) + Reminder) : next;
    }

    public static DateTimeOffset? NotAfter(DateTimeOffset? time, DateTimeOffset now) => time > now ? now : time;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
