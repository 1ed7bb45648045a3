using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>Who may call the API. The secret itself is never stored, only its SHA-256: it is random, so a slow hash would add nothing.</summary>
internal sealed class ApiKey : IEntityTypeConfiguration<ApiKey>
{
    /// <summary>The public name of the key in paths and audit lines; says nothing about the secret.</summary>
    public required string Id { get; set; }

    /// <summary>Null for a provider key, which sees all tenants.</summary>
    public int? TenantId { get; set; }

    public Tenant? Tenant { get; set; }

    public required string Name { get; set; }

    public ApiRole Role { get; set; }

    public required byte[] Hash { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public void Configure(EntityTypeBuilder<ApiKey> builder)
    {
        builder.ToTable("api_keys");
        builder.Property(x => x.Id).HasMaxLength(26).IsSortedByByte();
        builder.Property(x => x.Name).HasMaxLength(100);
        builder.Property(x => x.Hash).HasMaxLength(32);
        builder.HasIndex(x => x.Hash).IsUnique();
        builder.HasOne(x => x.Tenant).WithMany().HasForeignKey(x => x.TenantId).OnDelete(DeleteBehavior.Cascade);
    }
}

/// <summary>Each role may do all that the ones before it may.</summary>
internal enum ApiRole
{
    Viewer = 0,
    Editor = 1,
    Admin = 2,
}
