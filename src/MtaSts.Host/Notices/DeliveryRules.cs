using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices;

/// <summary>What a try makes of its channel. Pure.</summary>
internal static class DeliveryRules
{
    public static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan LongestPause = TimeSpan.FromHours(6);
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(3);
    public static readonly TimeSpan TryGivenUpEvery = TimeSpan.FromHours(24);

    /// <summary>After a success; when something is due next is for the caller to say.</summary>
    public static void Succeed(NoticeChannel channel, DateTimeOffset now)
    {
        (channel.State, channel.Failures, channel.FailingSince, channel.LastSuccessAt, channel.BatchUpTo) = (NoticeChannelState.Active, 0, null, now, null);
        (channel.LastError, channel.LastErrorAt) = (null, null);
    }

    /// <returns>True: it was given up by this try, or its receiver is gone.</returns>
    public static bool Fail(NoticeChannel channel, DeliveryOutcome outcome, DateTimeOffset now)
    {
        var before = channel.State;
        if (outcome.End != DeliveryEnd.Unknown && channel.Kind == NoticeChannelKind.Mail)
        {
            // Nothing of it has arrived: what has come meanwhile goes along the next time.
            channel.BatchUpTo = null;
        }

        (channel.LastError, channel.LastErrorAt) = (NoticeText.Line(outcome.Error ?? "it failed", NoticeChannel.LongestError), now);
        if (outcome.End == DeliveryEnd.RelayAway)
        {
            channel.DueAt = now + FirstPause;
            return false;
        }

        channel.Failures++;
        // A clock that was ahead must not make it seem to fail for longer, or not at all.
        channel.FailingSince = channel.FailingSince is { } since && since <= now ? since : now;
        if (outcome.End == DeliveryEnd.Gone)
        {
            (channel.State, channel.DueAt) = (NoticeChannelState.Gone, NoticeChannel.Never);
            return before != NoticeChannelState.Gone;
        }

        if (outcome.End == DeliveryEnd.Refused || before == NoticeChannelState.GivenUp || now - channel.FailingSince >= GiveUpAfter)
        {
            (channel.State, channel.DueAt) = (NoticeChannelState.GivenUp, now + TryGivenUpEvery);
            return before != NoticeChannelState.GivenUp;
        }

        channel.State = NoticeChannelState.Failing;
        channel.DueAt = now + Max(Pause(channel.Failures), Min(outcome.RetryAfter ?? TimeSpan.Zero, LongestPause));
        return false;
    }

    private static TimeSpan Pause(int failures) => Min(FirstPause * Math.Pow(2, Math.Min(failures - 1, 20)), LongestPause);

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
