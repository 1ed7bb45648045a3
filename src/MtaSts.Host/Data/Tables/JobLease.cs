using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>Work that one node at a time does: who holds it, and until when if nothing more is heard.</summary>
internal sealed class JobLease : IEntityTypeConfiguration<JobLease>
{
    public required string Name { get; set; }

    /// <summary>A word of this one taking; null: nobody's.</summary>
    public string? Owner { get; set; }

    public DateTimeOffset Until { get; set; }

    public void Configure(EntityTypeBuilder<JobLease> builder)
    {
        builder.ToTable("job_leases");
        builder.HasKey(x => x.Name);
        builder.Property(x => x.Name).HasMaxLength(100);
        builder.Property(x => x.Owner).HasMaxLength(32);
    }
}
