using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>The last check of a domain: how a sending server sees it.</summary>
internal sealed class DomainCheckRow : IEntityTypeConfiguration<DomainCheckRow>
{
    public long DomainId { get; set; }

    public DateTimeOffset CheckedAt { get; set; }

    public int Errors { get; set; }

    public int Warnings { get; set; }

    /// <summary>The report as the API answers it, bounded in its length.</summary>
    public required string Report { get; set; }

    public void Configure(EntityTypeBuilder<DomainCheckRow> builder)
    {
        builder.ToTable("domain_checks");
        builder.HasKey(x => x.DomainId);
        builder.Property(x => x.DomainId).ValueGeneratedNever();
    }
}
