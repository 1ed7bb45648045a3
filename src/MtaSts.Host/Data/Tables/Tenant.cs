using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>A customer of the provider; owns domains and keys.</summary>
internal sealed class Tenant : IEntityTypeConfiguration<Tenant>
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public required string DisplayName { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public long Revision { get; set; }

    public void Configure(EntityTypeBuilder<Tenant> builder)
    {
        builder.ToTable("tenants");
        builder.Property(x => x.Name).HasMaxLength(63).IsSortedByByte();
        builder.Property(x => x.DisplayName).HasMaxLength(200);
        builder.HasIndex(x => x.Name).IsUnique();
    }
}
