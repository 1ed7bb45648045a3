using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>A named policy that many domains share: an edit of it is an edit of each of them.</summary>
internal sealed class PolicyTemplate : IEntityTypeConfiguration<PolicyTemplate>
{
    /// <summary><see cref="Scope"/> of those that all tenants may use.</summary>
    public const int Shared = 0;

    public int Id { get; set; }

    public required string Name { get; set; }

    /// <summary>Number of the tenant whose it is, or <see cref="Shared"/>: a column that a unique index can hold, which null is not.</summary>
    public int Scope { get; set; }

    /// <summary>Null: it is the provider's, and all tenants may use it.</summary>
    public int? TenantId { get; set; }

    public Tenant? Tenant { get; set; }

    public StsMode Mode { get; set; }

    /// <summary>The patterns in their order, one a line.</summary>
    public required string Mx { get; set; }

    /// <summary>Seconds.</summary>
    public int MaxAge { get; set; }

    /// <summary>Of its last edit; its entity tag.</summary>
    public long Revision { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public void Configure(EntityTypeBuilder<PolicyTemplate> builder)
    {
        builder.ToTable("policy_templates");
        builder.Property(x => x.Name).HasMaxLength(63).IsSortedByByte();
        builder.HasOne(x => x.Tenant).WithMany().HasForeignKey(x => x.TenantId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(x => new { x.Name, x.Scope }).IsUnique();
    }
}
