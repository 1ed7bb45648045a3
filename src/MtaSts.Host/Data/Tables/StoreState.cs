using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>The one row that orders all writes: every write takes the next <see cref="Revision"/> in its own transaction.</summary>
internal sealed class StoreState : IEntityTypeConfiguration<StoreState>
{
    public const int OnlyId = 1;

    public int Id { get; set; } = OnlyId;

    /// <summary>A random word for the store itself, made with it and never changed; a restore from backup keeps it.</summary>
    public required string Identity { get; set; }

    /// <summary>A random word for this history of revisions; a new one after a restore from backup, because revisions then come again.</summary>
    public required string Epoch { get; set; }

    public long Revision { get; set; }

    /// <summary>The <see cref="StoreRevision.Stamp"/> of that revision; 0 before the first write.</summary>
    public long Stamp { get; set; }

    /// <summary>Of the zone that the embedded name server answers for; rises with each change of what is offered there.</summary>
    public long ZoneSerial { get; set; }

    public void Configure(EntityTypeBuilder<StoreState> builder)
    {
        builder.ToTable("store_state");
        builder.Property(x => x.Id).ValueGeneratedNever();
        builder.Property(x => x.Identity).HasMaxLength(32);
        builder.Property(x => x.Epoch).HasMaxLength(32);
    }
}
