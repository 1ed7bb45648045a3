using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>How far the patterns of a domain have followed its MX records; a row for each domain with <see cref="MxSource.Dns"/>, and for those that had it before.</summary>
internal sealed class MxFollowing : IEntityTypeConfiguration<MxFollowing>
{
    public long DomainId { get; set; }

    /// <summary>Also who looks: a look puts a time here that is its own, and what it found is written while that stands.</summary>
    public DateTimeOffset NextLookAt { get; set; }

    /// <summary>The last look that DNS answered; null: none yet.</summary>
    public DateTimeOffset? LookedAt { get; set; }

    /// <summary>What stands against a change; null: nothing.</summary>
    public string? Code { get; set; }

    /// <summary>The same for people.</summary>
    public string? Reason { get; set; }

    /// <summary>The MX records at that look, one a line: preference and name.</summary>
    public required string Seen { get; set; }

    /// <summary>Seconds: how long a resolver may go on giving them.</summary>
    public int SeenTtl { get; set; }

    /// <summary>Until when a resolver may go on giving what any look so far has seen.</summary>
    public DateTimeOffset SeenUntil { get; set; }

    /// <summary>Patterns that are about to come, one a line: pattern and since when DNS wants it.</summary>
    public required string Joining { get; set; }

    /// <summary>Patterns that are about to go, one a line: pattern, since when nothing in DNS needs it, and the earliest end.</summary>
    public required string Leaving { get; set; }

    /// <summary>From then on no sender can hold a text that lacks a pattern whose host is in DNS; null: there is none, or its end is not known.</summary>
    public DateTimeOffset? CompleteAt { get; set; }

    public void Configure(EntityTypeBuilder<MxFollowing> builder)
    {
        builder.ToTable("mx_followings");
        builder.HasKey(x => x.DomainId);
        builder.Property(x => x.DomainId).ValueGeneratedNever();
        builder.Property(x => x.Code).HasMaxLength(100);
        builder.Property(x => x.Reason).HasMaxLength(1000);
        builder.HasIndex(x => x.NextLookAt);
    }
}
