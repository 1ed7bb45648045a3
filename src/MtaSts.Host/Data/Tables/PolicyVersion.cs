using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>One policy that a domain had, under a policy id of its own. Rows are added, closed once by <see cref="ServedUntil"/>, and never edited.</summary>
internal sealed class PolicyVersion : IEntityTypeConfiguration<PolicyVersion>
{
    public long DomainId { get; set; }

    public HostedDomain? Domain { get; set; }

    /// <summary>1, 2, 3 … per domain.</summary>
    public int Number { get; set; }

    public required string PolicyId { get; set; }

    public StsMode Mode { get; set; }

    /// <summary>The patterns in their order, one a line.</summary>
    public required string Mx { get; set; }

    /// <summary>Seconds.</summary>
    public int MaxAge { get; set; }

    public required string Actor { get; set; }

    /// <summary>Why it was made, where nobody's edit says so: a stage of a roll-out, a change of the mail servers in DNS.</summary>
    public string? Reason { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it began to be served; null while the domain waits for its proof.</summary>
    public DateTimeOffset? ServedFrom { get; set; }

    /// <summary>When the last node had put a later version in its place; null while one may serve it. RFC 8461 §8.3 counts the way out from here.</summary>
    public DateTimeOffset? ServedUntil { get; set; }

    public void Configure(EntityTypeBuilder<PolicyVersion> builder)
    {
        builder.ToTable("policy_versions");
        builder.HasKey(x => new { x.DomainId, x.Number });
        builder.Property(x => x.PolicyId).HasMaxLength(32);
        builder.Property(x => x.Reason).HasMaxLength(500);
        builder.HasOne(x => x.Domain).WithMany().HasForeignKey(x => x.DomainId).OnDelete(DeleteBehavior.Cascade);
    }
}
