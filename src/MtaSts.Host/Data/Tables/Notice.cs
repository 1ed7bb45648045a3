using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>One event that waits for one channel; the row goes when it is delivered.</summary>
internal sealed class Notice : IEntityTypeConfiguration<Notice>
{
    public long Id { get; set; }

    public long ChannelId { get; set; }

    public NoticeChannel? Channel { get; set; }

    /// <summary>No foreign key: an event that has gone, because it is too old, is not told any more.</summary>
    public long EventId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<Notice> builder)
    {
        builder.ToTable("notices");
        builder.HasIndex(x => new { x.ChannelId, x.Id });
        builder.HasIndex(x => new { x.ChannelId, x.EventId }).IsUnique();
        builder.HasOne(x => x.Channel).WithMany().HasForeignKey(x => x.ChannelId).OnDelete(DeleteBehavior.Cascade);
    }
}
