using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>
/// One RRset that this service publishes or waits for: what is wanted, what was found in DNS. Wanted is derived from domains and challenges at any time; the row
/// remembers what outside work found out.
/// </summary>
internal sealed class DnsRecordStatus : IEntityTypeConfiguration<DnsRecordStatus>
{
    /// <summary>Owner, lower case, no final dot. With its type it makes one RRset.</summary>
    public required string Name { get; set; }

    /// <summary>`A`, `AAAA`, `CAA`, `TXT`.</summary>
    public required string Type { get; set; }

    /// <summary>The domain it is for.</summary>
    public long DomainId { get; set; }

    /// <summary>The data of each record as in a zone file, one a line, sorted; null: the RRset is to go.</summary>
    public string? Wanted { get; set; }

    /// <summary>Seconds.</summary>
    public int Ttl { get; set; }

    /// <summary>The domain's revision that <see cref="Wanted"/> announces: it waits until every node serves that; 0: nothing is waited for.</summary>
    public long Gate { get; set; }

    /// <summary>What was handed to DNS last and found at every server; null: nothing.</summary>
    public string? Published { get; set; }

    /// <summary>Since when every server gives <see cref="Published"/>.</summary>
    public DateTimeOffset? PublishedAt { get; set; }

    /// <summary>What was handed to DNS last, found there or not.</summary>
    public string? Offered { get; set; }

    /// <summary>Since when <see cref="Offered"/> is what it is; set with every change of it, also to null: nodes find by it what changed.</summary>
    public DateTimeOffset? OfferedAt { get; set; }

    public DnsRecordState State { get; set; }

    /// <summary>Since when it is in <see cref="State"/>.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>When somebody has to look at it again.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>Failures in a row.</summary>
    public int Failures { get; set; }

    /// <summary>What each authoritative server gave at the last check, as JSON for the API.</summary>
    public string? Observed { get; set; }

    public DateTimeOffset? CheckedAt { get; set; }

    /// <summary>Stable code of what is waited for or went wrong; null: all is well.</summary>
    public string? Code { get; set; }

    /// <summary>The same for people.</summary>
    public string? Reason { get; set; }

    public void Configure(EntityTypeBuilder<DnsRecordStatus> builder)
    {
        builder.ToTable("dns_records");
        builder.HasKey(x => new { x.Name, x.Type });
        builder.Property(x => x.Name).HasMaxLength(253).IsSortedByByte();
        builder.Property(x => x.Type).HasMaxLength(10);
        builder.Property(x => x.Wanted).HasMaxLength(4000);
        builder.Property(x => x.Published).HasMaxLength(4000);
        builder.Property(x => x.Offered).HasMaxLength(4000);
        builder.Property(x => x.Observed).HasMaxLength(8000);
        builder.Property(x => x.Code).HasMaxLength(100);
        builder.Property(x => x.Reason).HasMaxLength(1000);
        builder.HasIndex(x => x.DomainId);
        // Ids on their way into DNS: few, and always looked for among all; 4 is Live.
        builder.HasIndex(x => x.DomainId, "ix_dns_records_ids_on_their_way").HasFilter("\"Gate\" > 0 AND \"Wanted\" IS NOT NULL AND \"State\" <> 4");
        builder.HasIndex(x => x.DueAt);
        builder.HasIndex(x => x.OfferedAt);
    }
}

/// <summary>Where a record is on its way into DNS, or out of it.</summary>
internal enum DnsRecordState
{
    Absent = 0,

    /// <summary>Held back until every node serves the text; no failure.</summary>
    WaitingForHttps = 1,

    /// <summary>To be handed to DNS.</summary>
    Publishing = 2,

    /// <summary>Handed over; not every authoritative server gives it yet.</summary>
    Verifying = 3,

    Live = 4,

    /// <summary>DNS gives something else than what was published.</summary>
    Drift = 5,

    Failed = 6,

    /// <summary>To be taken out of DNS.</summary>
    Removing = 7,
}
