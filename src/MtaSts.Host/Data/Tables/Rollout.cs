using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>The way of a domain from `testing` to `enforce` by stages: the plan, where it is, and what keeps it. One a domain; the last one stays to be read.</summary>
internal sealed class Rollout : IEntityTypeConfiguration<Rollout>
{
    public long DomainId { get; set; }

    /// <summary>Seconds; max_age of the last stage.</summary>
    public int WantedMaxAge { get; set; }

    /// <summary>How long `testing` lasts at least.</summary>
    public int TestingDays { get; set; }

    /// <summary>How long each stage of `enforce` before the last one lasts at least.</summary>
    public int StageDays { get; set; }

    public RolloutState State { get; set; }

    public RolloutStage Stage { get; set; }

    public required string StartedBy { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    /// <summary>When the present stage began.</summary>
    public DateTimeOffset StageSince { get; set; }

    /// <summary>When a check found that senders get the policy of the present stage: its time runs from then. Null: none has yet.</summary>
    public DateTimeOffset? AnnouncedAt { get; set; }

    public DateTimeOffset? DaySince { get; set; }

    public DateTimeOffset? WeekSince { get; set; }

    public DateTimeOffset? WantedSince { get; set; }

    /// <summary>When it began that stage; null: it has not, or found the domain in it.</summary>
    public DateTimeOffset? Since(RolloutStage stage) => stage switch
    {
        RolloutStage.Day => DaySince,
        RolloutStage.Week => WeekSince,
        RolloutStage.Wanted => WantedSince,
        _ => null,
    };

    public void Begin(RolloutStage stage, DateTimeOffset at)
    {
        (Stage, StageSince, AnnouncedAt) = (stage, at, null);
        switch (stage)
        {
            case RolloutStage.Day:
                DaySince = at;
                break;
            case RolloutStage.Week:
                WeekSince = at;
                break;
            case RolloutStage.Wanted:
                WantedSince = at;
                break;
        }
    }

    /// <summary>What keeps it from going on; null: time alone.</summary>
    public string? Code { get; set; }

    /// <summary>The same for people.</summary>
    public string? Reason { get; set; }

    /// <summary>Since when it is in its state.</summary>
    public DateTimeOffset StateSince { get; set; }

    /// <summary>Errors that an admin has taken upon himself, code and subject, one a line; of this stage alone.</summary>
    public string? Accepted { get; set; }

    public DateTimeOffset? AcceptedAt { get; set; }

    public DateTimeOffset NextLookAt { get; set; }

    /// <summary>Whether it goes on by itself, now or once what keeps it is mended.</summary>
    public bool IsOpen => State is RolloutState.Running or RolloutState.Halted or RolloutState.Paused;

    public void Configure(EntityTypeBuilder<Rollout> builder)
    {
        builder.ToTable("rollouts");
        builder.HasKey(x => x.DomainId);
        builder.Property(x => x.DomainId).ValueGeneratedNever();
        builder.Property(x => x.StartedBy).HasMaxLength(100);
        builder.Property(x => x.Code).HasMaxLength(100);
        builder.Property(x => x.Reason).HasMaxLength(LongestReason);
        builder.HasIndex(x => new { x.State, x.NextLookAt });
    }

    public const int LongestReason = 1000;
}

internal enum RolloutState
{
    /// <summary>Waits for the time of its stage.</summary>
    Running = 0,

    /// <summary>A check or the guard found something; it goes on by itself when that is mended.</summary>
    Halted = 1,

    /// <summary>By hand; it goes on by hand.</summary>
    Paused = 2,

    /// <summary>The last stage has begun.</summary>
    Done = 3,

    /// <summary>Somebody's edit took its place.</summary>
    Ended = 4,
}

/// <summary>In their order.</summary>
internal enum RolloutStage
{
    Testing = 0,

    /// <summary>`enforce` with a max_age of a day.</summary>
    Day = 1,

    /// <summary>`enforce` with a max_age of a week.</summary>
    Week = 2,

    /// <summary>`enforce` with the wanted max_age.</summary>
    Wanted = 3,
}
