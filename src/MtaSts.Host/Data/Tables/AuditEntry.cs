using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>Who did what, written in the transaction of the deed. Names, not row ids: it outlives tenants, keys and domains.</summary>
internal sealed class AuditEntry : IEntityTypeConfiguration<AuditEntry>
{
    public long Id { get; set; }

    public long Revision { get; set; }

    public DateTimeOffset At { get; set; }

    public required string Actor { get; set; }

    public required string Action { get; set; }

    public required string Target { get; set; }

    public string? Detail { get; set; }

    public string? Tenant { get; set; }

    public string? Domain { get; set; }

    public void Configure(EntityTypeBuilder<AuditEntry> builder)
    {
        builder.ToTable("audit");
        builder.Property(x => x.Actor).HasMaxLength(200);
        builder.Property(x => x.Action).HasMaxLength(50);
        builder.Property(x => x.Target).HasMaxLength(300);
        builder.Property(x => x.Tenant).HasMaxLength(63).IsSortedByByte();
        builder.Property(x => x.Domain).HasMaxLength(253).IsSortedByByte();
        builder.HasIndex(x => new { x.Tenant, x.Id });
        builder.HasIndex(x => new { x.Domain, x.Id });
    }
}
