using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>What the last comparison of `Dns:Zone` with the rows of records found: one node compares, all of them tell of it.</summary>
internal sealed class ZoneReport : IEntityTypeConfiguration<ZoneReport>
{
    public required string Zone { get; set; }

    /// <summary>When the last comparison that came to its end began; null: none did.</summary>
    public DateTimeOffset? ComparedAt { get; set; }

    /// <summary>Records below the service's own parts that the zone held.</summary>
    public long Records { get; set; }

    /// <summary>Record sets that were published and are not there, or not as they were.</summary>
    public int Missing { get; set; }

    /// <summary>Record sets of names that nobody here knows.</summary>
    public int Unknown { get; set; }

    /// <summary>Since when there have been any.</summary>
    public DateTimeOffset? UnknownSince { get; set; }

    /// <summary>The first of both as JSON for the API.</summary>
    public required string Items { get; set; }

    /// <summary>Stable code of why the zone could not be compared since then; null: it could.</summary>
    public string? ProblemCode { get; set; }

    /// <summary>The same for people.</summary>
    public string? Problem { get; set; }

    public DateTimeOffset? ProblemSince { get; set; }

    public void Configure(EntityTypeBuilder<ZoneReport> builder)
    {
        builder.ToTable("zone_reports");
        builder.HasKey(x => x.Zone);
        builder.Property(x => x.Zone).HasMaxLength(253).IsSortedByByte();
        builder.Property(x => x.ProblemCode).HasMaxLength(100);
        builder.Property(x => x.Problem).HasMaxLength(2000);
    }
}
