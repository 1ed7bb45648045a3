using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>A domain that is checked again and again: when, and what the last check came to.</summary>
internal sealed class DomainWatch : IEntityTypeConfiguration<DomainWatch>
{
    public long DomainId { get; set; }

    public DateTimeOffset NextCheckAt { get; set; }

    /// <summary>A node is at it until then; null: none is.</summary>
    public DateTimeOffset? ClaimedUntil { get; set; }

    /// <summary>Null: it was not checked yet.</summary>
    public DateTimeOffset? CheckedAt { get; set; }

    /// <summary>Of the last check.</summary>
    public int Errors { get; set; }

    /// <summary>Of the last check.</summary>
    public int Warnings { get; set; }

    /// <summary>Since when every check has found no error; null: the last one found some, or none was made. An error that may pass, and has passed when it was looked for again, does not count afterwards.</summary>
    public DateTimeOffset? CleanSince { get; set; }

    /// <summary>What <see cref="CleanSince"/> is again when the error that may pass, which the last check found, has passed; null: it begins anew.</summary>
    public DateTimeOffset? CleanBefore { get; set; }

    /// <summary>Number of the policy version that was served at the last check; 0: none.</summary>
    public int VersionChecked { get; set; }

    public void Configure(EntityTypeBuilder<DomainWatch> builder)
    {
        builder.ToTable("domain_watches");
        builder.HasKey(x => x.DomainId);
        builder.Property(x => x.DomainId).ValueGeneratedNever();
        builder.HasIndex(x => x.NextCheckAt);
        builder.HasIndex(x => x.CheckedAt);
    }
}
