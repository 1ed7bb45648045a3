using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>
/// A domain of a tenant with its present policy. Several tenants may hold one name while it is pending; at most one row of a
/// name is in any other state, and that one is served.
/// </summary>
internal sealed class HostedDomain : IEntityTypeConfiguration<HostedDomain>
{
    public long Id { get; set; }

    /// <summary>Lower-case A-labels without a final dot.</summary>
    public required string Name { get; set; }

    public int TenantId { get; set; }

    public Tenant? Tenant { get; set; }

    /// <summary>The random name of this pair of tenant and domain in the provider's zone; never used again, see <see cref="RemovedDomain"/>.</summary>
    public required string Label { get; set; }

    /// <summary>A label that proves nothing for two weeks is not waited for any longer.</summary>
    public DateTimeOffset LabelMadeAt { get; set; }

    public DomainState State { get; set; }

    /// <summary>Null: the policy is its own.</summary>
    public int? TemplateId { get; set; }

    public PolicyTemplate? Template { get; set; }

    public StsMode Mode { get; set; }

    /// <summary>The patterns in their order, one a line.</summary>
    public required string Mx { get; set; }

    /// <summary>Who says what the patterns are.</summary>
    public MxSource MxSource { get; set; }

    /// <summary>Seconds.</summary>
    public int MaxAge { get; set; }

    public required string PolicyId { get; set; }

    /// <summary>Number of the present <see cref="PolicyVersion"/>.</summary>
    public int Version { get; set; }

    /// <summary>Revision of the last edit of this row; its entity tag, and how nodes find what changed.</summary>
    public long Revision { get; set; }

    /// <summary>Report addresses of `_smtp._tls` (RFC 8460 §3), one a line; null when no record is wanted.</summary>
    public string? TlsRptRua { get; set; }

    public DateTimeOffset? RemovalStartedAt { get; set; }

    /// <summary>When the removal took the TXT record out of what is wanted; null before.</summary>
    public DateTimeOffset? RecordEndedAt { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public bool IsServed => State != DomainState.Pending;

    public void Configure(EntityTypeBuilder<HostedDomain> builder)
    {
        builder.ToTable("domains");
        builder.Property(x => x.Name).HasMaxLength(253).IsSortedByByte();
        builder.Property(x => x.Label).HasMaxLength(26).IsSortedByByte();
        builder.Property(x => x.PolicyId).HasMaxLength(32);
        builder.HasOne(x => x.Tenant).WithMany().HasForeignKey(x => x.TenantId).OnDelete(DeleteBehavior.Restrict);
        builder.HasOne(x => x.Template).WithMany().HasForeignKey(x => x.TemplateId).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(x => new { x.Name, x.TenantId }).IsUnique();
        builder.HasIndex(x => x.Name, "ix_domains_one_served").IsUnique().HasFilter("\"State\" <> 0");
        builder.HasIndex(x => x.Label).IsUnique();
        builder.HasIndex(x => x.Revision);
        builder.HasIndex(x => new { x.TenantId, x.Name });
    }
}

/// <summary>Pending is 0: the index that keeps one served row a name says so.</summary>
internal enum DomainState
{
    Pending = 0,
    Active = 1,
    Removing = 2,
    Suspended = 3,
}

/// <summary>Where the patterns of a policy come from.</summary>
internal enum MxSource
{
    /// <summary>From edits.</summary>
    Manual = 0,

    /// <summary>From the MX records, which are followed (<see cref="MxFollowing"/>).</summary>
    Dns = 1,
}
