using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>
/// One write. Its random stamp tells whether a revision is still the one that a node has read: after a restore from backup the numbers
/// come again, the stamps do not.
/// </summary>
internal sealed class StoreRevision : IEntityTypeConfiguration<StoreRevision>
{
    public long Revision { get; set; }

    public long Stamp { get; set; }

    public void Configure(EntityTypeBuilder<StoreRevision> builder)
    {
        builder.ToTable("revisions");
        builder.HasKey(x => x.Revision);
        builder.Property(x => x.Revision).ValueGeneratedNever();
    }
}
