using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>A token bucket of our own in front of a CA's limit, shared by all nodes.</summary>
internal sealed class IssuanceBucket : IEntityTypeConfiguration<IssuanceBucket>
{
    /// <summary>What it limits, such as `first https://ca.example/directory`.</summary>
    public required string Name { get; set; }

    /// <summary>How many tokens there were at <see cref="At"/>.</summary>
    public double Tokens { get; set; }

    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<IssuanceBucket> builder)
    {
        builder.ToTable("issuance_buckets");
        builder.HasKey(x => x.Name);
        builder.Property(x => x.Name).HasMaxLength(800);
        builder.HasIndex(x => x.At);
    }
}
