using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>A domain whose first policy is in `enforce`: its id is not brought into DNS until its mail servers were found fit for that.</summary>
internal sealed class AnnouncementHold : IEntityTypeConfiguration<AnnouncementHold>
{
    public long DomainId { get; set; }

    public DateTimeOffset Since { get; set; }

    public DateTimeOffset NextLookAt { get; set; }

    /// <summary>What the last look found; null: there was none.</summary>
    public string? Code { get; set; }

    /// <summary>The same for people.</summary>
    public string? Reason { get; set; }

    public void Configure(EntityTypeBuilder<AnnouncementHold> builder)
    {
        builder.ToTable("announcement_holds");
        builder.HasKey(x => x.DomainId);
        builder.Property(x => x.DomainId).ValueGeneratedNever();
        builder.Property(x => x.Code).HasMaxLength(100);
        builder.Property(x => x.Reason).HasMaxLength(1000);
        builder.HasIndex(x => x.NextLookAt);
    }
}
