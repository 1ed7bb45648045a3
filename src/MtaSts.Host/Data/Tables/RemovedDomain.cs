using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>What is left of a domain that was removed: nodes learn of it by its revision, and its label is never given out again.</summary>
internal sealed class RemovedDomain : IEntityTypeConfiguration<RemovedDomain>
{
    /// <summary>The <see cref="HostedDomain.Id"/> it had.</summary>
    public long DomainId { get; set; }

    public required string Name { get; set; }

    public required string Tenant { get; set; }

    public required string Label { get; set; }

    public DateTimeOffset RemovedAt { get; set; }

    public long Revision { get; set; }

    public void Configure(EntityTypeBuilder<RemovedDomain> builder)
    {
        builder.ToTable("removed_domains");
        builder.HasKey(x => x.DomainId);
        builder.Property(x => x.DomainId).ValueGeneratedNever();
        builder.Property(x => x.Name).HasMaxLength(253).IsSortedByByte();
        builder.Property(x => x.Tenant).HasMaxLength(63);
        builder.Property(x => x.Label).HasMaxLength(26).IsSortedByByte();
        builder.HasIndex(x => x.Label).IsUnique();
        builder.HasIndex(x => x.Revision);
    }
}
