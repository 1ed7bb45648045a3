using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>One way to one receiver, a webhook or a mail address: what waits for it, how it does, and when it is tried next.</summary>
internal sealed class NoticeChannel : IEntityTypeConfiguration<NoticeChannel>
{
    public const int LongestAddress = 1000;
    public const int LongestError = 300;

    /// <summary><see cref="DueAt"/> while nothing waits.</summary>
    public static readonly DateTimeOffset Never = DateTimeOffset.MaxValue;

    public long Id { get; set; }

    public int TargetId { get; set; }

    public NoticeTarget? Target { get; set; }

    public NoticeChannelKind Kind { get; set; }

    /// <summary>URL or mail address.</summary>
    public required string Address { get; set; }

    /// <summary>What the webhook's requests are signed with; null for mail, and when no sealing key opened it any more.</summary>
    public byte[]? SealedSecret { get; set; }

    public NoticeChannelState State { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset DueAt { get; set; } = Never;

    /// <summary>One after the other, without a success between them.</summary>
    public int Failures { get; set; }

    public DateTimeOffset? FailingSince { get; set; }

    public string? LastError { get; set; }

    public DateTimeOffset? LastErrorAt { get; set; }

    public DateTimeOffset? LastSuccessAt { get; set; }

    /// <summary>Mail: when the last one went out; for an address that got none yet, when the target's last one had gone out before it was put.</summary>
    public DateTimeOffset? LastMailAt { get; set; }

    /// <summary>Mail: as <see cref="LastMailAt"/>, of those that told a new error in `enforce`.</summary>
    public DateTimeOffset? LastUrgentAt { get; set; }

    /// <summary>Mail: when it was last heard that an error goes on; such events are no rows for mail.</summary>
    public DateTimeOffset? GoesOnAt { get; set; }

    /// <summary>The last notice of the message that is under way: a try whose end is unknown is repeated with the same ones.</summary>
    public long? BatchUpTo { get; set; }

    /// <summary>How many were dropped, because too many waited.</summary>
    public long Dropped { get; set; }

    public string? ClaimedBy { get; set; }

    public DateTimeOffset? ClaimedUntil { get; set; }

    /// <summary>What <see cref="SealedSecret"/> was sealed for.</summary>
    public static string SealingPurpose(int targetId) => $"the webhook of notice target {targetId}";

    public void Configure(EntityTypeBuilder<NoticeChannel> builder)
    {
        builder.ToTable("notice_channels");
        builder.Property(x => x.Address).HasMaxLength(LongestAddress);
        builder.Property(x => x.LastError).HasMaxLength(LongestError);
        builder.Property(x => x.ClaimedBy).HasMaxLength(32);
        builder.HasIndex(x => new { x.TargetId, x.Kind, x.Address }).IsUnique();
        builder.HasIndex(x => x.DueAt);
        builder.HasOne(x => x.Target).WithMany(x => x.Channels).HasForeignKey(x => x.TargetId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal enum NoticeChannelKind
{
    Webhook = 1,
    Mail = 2,
}

internal enum NoticeChannelState
{
    /// <summary>The last try went well, or there was none.</summary>
    Active = 1,

    /// <summary>Tried again, less and less often.</summary>
    Failing = 2,

    /// <summary>For too long, or for good: tried daily while something waits.</summary>
    GivenUp = 3,

    /// <summary>The receiver wants no more (410): nothing is sent before the target is put again.</summary>
    Gone = 4,
}
