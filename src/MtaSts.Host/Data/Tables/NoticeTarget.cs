using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>Who is told of what is wrong: one row per tenant, and one of the provider, who is told of all tenants.</summary>
internal sealed class NoticeTarget : IEntityTypeConfiguration<NoticeTarget>
{
    /// <summary><see cref="Id"/> of the provider's own; all others have their tenant's.</summary>
    public const int Provider = 0;

    public int Id { get; set; }

    /// <summary>Null for the provider's.</summary>
    public int? TenantId { get; set; }

    public Tenant? Tenant { get; set; }

    /// <summary>Nothing below it is told.</summary>
    public AdvisorySeverity Severity { get; set; }

    /// <summary>A target that was deleted stays as a row without channels: its tests and messages are counted on.</summary>
    public bool IsOn { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>When the day began in which <see cref="Tests"/> are counted.</summary>
    public DateTimeOffset? TestsSince { get; set; }

    public int Tests { get; set; }

    public DateTimeOffset? TestedAt { get; set; }

    /// <summary>When the last mail went out to any of its addresses, also to those that it no longer has: other addresses make no more messages.</summary>
    public DateTimeOffset? LastMailAt { get; set; }

    /// <summary>As <see cref="LastMailAt"/>, of those that told a new error in `enforce`.</summary>
    public DateTimeOffset? LastUrgentAt { get; set; }

    public List<NoticeChannel> Channels { get; set; } = [];

    public void Configure(EntityTypeBuilder<NoticeTarget> builder)
    {
        builder.ToTable("notice_targets");
        builder.Property(x => x.Id).ValueGeneratedNever();
        builder.HasOne(x => x.Tenant).WithMany().HasForeignKey(x => x.TenantId).OnDelete(DeleteBehavior.Cascade);
    }
}
