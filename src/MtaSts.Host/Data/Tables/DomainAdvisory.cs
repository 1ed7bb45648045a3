using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>What is wrong with a domain at present: errors and warnings of its checks, one row for each code and subject.</summary>
internal sealed class DomainAdvisory : IEntityTypeConfiguration<DomainAdvisory>
{
    public const int LongestSubject = 300;

    public const int LongestMessage = 1000;

    public long DomainId { get; set; }

    /// <summary>Stable, such as `mx.not-in-policy`.</summary>
    public required string Code { get; set; }

    /// <summary>The name, address or pattern that it is about.</summary>
    public required string Subject { get; set; }

    public AdvisorySeverity Severity { get; set; }

    /// <summary>One sentence for people, of the last check that found it.</summary>
    public required string Message { get; set; }

    public DateTimeOffset FirstSeenAt { get; set; }

    public DateTimeOffset LastSeenAt { get; set; }

    /// <summary>When the last event of it was made; null: it may pass, and was seen once.</summary>
    public DateTimeOffset? ToldAt { get; set; }

    public void Configure(EntityTypeBuilder<DomainAdvisory> builder)
    {
        builder.ToTable("domain_advisories");
        builder.HasKey(x => new { x.DomainId, x.Code, x.Subject });
        builder.Property(x => x.Code).HasMaxLength(100).IsSortedByByte();
        builder.Property(x => x.Subject).HasMaxLength(LongestSubject).IsSortedByByte();
        builder.Property(x => x.Message).HasMaxLength(LongestMessage);
        builder.HasIndex(x => new { x.Code, x.DomainId });
    }
}

/// <summary>What it means for mail. Information is not kept.</summary>
internal enum AdvisorySeverity
{
    Warning = 1,
    Error = 2,
}
