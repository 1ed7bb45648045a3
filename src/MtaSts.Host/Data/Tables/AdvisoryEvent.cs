using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>Something about an advisory of a domain that people want to hear of. Names the domain, not its row: it outlives it for a bounded time.</summary>
internal sealed class AdvisoryEvent : IEntityTypeConfiguration<AdvisoryEvent>
{
    public long Id { get; set; }

    public long DomainId { get; set; }

    /// <summary>Lower-case A-labels.</summary>
    public required string Domain { get; set; }

    public int TenantId { get; set; }

    public DateTimeOffset At { get; set; }

    public AdvisoryEventKind Kind { get; set; }

    public required string Code { get; set; }

    public required string Subject { get; set; }

    public AdvisorySeverity Severity { get; set; }

    public required string Message { get; set; }

    /// <summary>Whether the policy that was served at that time was in `enforce`.</summary>
    public bool IsEnforced { get; set; }

    /// <summary>Whoever sends events has taken it over.</summary>
    public bool IsHandedOn { get; set; }

    public void Configure(EntityTypeBuilder<AdvisoryEvent> builder)
    {
        builder.ToTable("advisory_events");
        builder.Property(x => x.Domain).HasMaxLength(253).IsSortedByByte();
        builder.Property(x => x.Code).HasMaxLength(100).IsSortedByByte();
        builder.Property(x => x.Subject).HasMaxLength(DomainAdvisory.LongestSubject);
        builder.Property(x => x.Message).HasMaxLength(DomainAdvisory.LongestMessage);
        builder.HasIndex(x => new { x.DomainId, x.Id });
        builder.HasIndex(x => new { x.Domain, x.Id });
        builder.HasIndex(x => new { x.TenantId, x.Id });
        builder.HasIndex(x => new { x.Code, x.Id });
        builder.HasIndex(x => x.At);
        builder.HasIndex(x => x.Id, "ix_advisory_events_to_hand_on").HasFilter("NOT \"IsHandedOn\"");
    }
}

internal enum AdvisoryEventKind
{
    /// <summary>It is wrong now.</summary>
    Added = 1,

    /// <summary>It still is; once a day.</summary>
    Sustained = 2,

    /// <summary>It was looked for and is not there any more.</summary>
    Cleared = 3,
}
