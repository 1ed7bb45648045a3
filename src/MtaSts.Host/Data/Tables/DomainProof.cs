using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>How a domain was proven to be its tenant's, and what the last look at the proof found. A row of a domain may be missing: never looked at.</summary>
internal sealed class DomainProof : IEntityTypeConfiguration<DomainProof>
{
    public long DomainId { get; set; }

    public ProofKind Kind { get; set; }

    /// <summary>When the proof was seen last; null: never.</summary>
    public DateTimeOffset? ProvenAt { get; set; }

    /// <summary>Since when a proof that was there is not found any more; null while it is there, and where none is asked for.</summary>
    public DateTimeOffset? LostSince { get; set; }

    /// <summary>When the TXT proof of a name that another tenant holds was seen first; a second look a day later decides.</summary>
    public DateTimeOffset? ClaimSeenAt { get; set; }

    public DateTimeOffset? LookedAt { get; set; }

    public DateTimeOffset NextLookAt { get; set; }

    /// <summary>Stable code of what the last look found, such as `proof.wildcard`; null: the proof.</summary>
    public string? Code { get; set; }

    /// <summary>The same for people.</summary>
    public string? Reason { get; set; }

    public void Configure(EntityTypeBuilder<DomainProof> builder)
    {
        builder.ToTable("domain_proofs");
        builder.HasKey(x => x.DomainId);
        builder.Property(x => x.DomainId).ValueGeneratedNever();
        builder.Property(x => x.Code).HasMaxLength(100);
        builder.Property(x => x.Reason).HasMaxLength(1000);
        builder.HasIndex(x => x.NextLookAt);
    }
}

internal enum ProofKind
{
    None = 0,

    /// <summary>A provider's word.</summary>
    Trusted = 1,

    /// <summary>The CNAME to the tenant's own label.</summary>
    Alias = 2,

    /// <summary>The TXT record `_mta-sts-challenge`.</summary>
    Text = 3,
}
