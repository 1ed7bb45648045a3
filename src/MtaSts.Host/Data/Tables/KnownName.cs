using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>
/// What must be known of a name for ever: the greatest policy id ever made for it, kept when the domain goes: a name that comes back must not repeat an id that a
/// sender may still hold (RFC 8461 §3.1: an id names one policy).
/// </summary>
internal sealed class KnownName : IEntityTypeConfiguration<KnownName>
{
    public required string Name { get; set; }

    public long LastId { get; set; }

    /// <summary>Until when a sender may hold a policy of a domain of this name that was removed; null when none was.</summary>
    public DateTimeOffset? CachedUntil { get; set; }

    public void Configure(EntityTypeBuilder<KnownName> builder)
    {
        builder.ToTable("known_names");
        builder.HasKey(x => x.Name);
        builder.Property(x => x.Name).HasMaxLength(253).IsSortedByByte();
    }
}
