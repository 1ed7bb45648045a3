using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>How a CA does, for all nodes: the breaker in front of it.</summary>
internal sealed class CaCondition : IEntityTypeConfiguration<CaCondition>
{
    /// <summary>URL of the CA's directory.</summary>
    public required string Directory { get; set; }

    /// <summary>Failures of the CA in a row, over different names.</summary>
    public int Failures { get; set; }

    /// <summary>The name that failed last: one that fails again and again says little about the CA.</summary>
    public string? LastHost { get; set; }

    /// <summary>How often in a row it opened; doubles the time it stays open.</summary>
    public int Openings { get; set; }

    /// <summary>Since when it is open; null while it is closed.</summary>
    public DateTimeOffset? OpenSince { get; set; }

    /// <summary>From when one attempt at a time may try whether the CA is back.</summary>
    public DateTimeOffset? ProbeAt { get; set; }

    /// <summary>Nobody asks for anything that falls under a limit of the CA before: its 429 said so.</summary>
    public DateTimeOffset? LimitedUntil { get; set; }

    /// <summary>Refusals for a limit in a row; doubles how long they hold up all names.</summary>
    public int Limitings { get; set; }

    public string? Reason { get; set; }

    public void Configure(EntityTypeBuilder<CaCondition> builder)
    {
        builder.ToTable("ca_conditions");
        builder.HasKey(x => x.Directory);
        builder.Property(x => x.Directory).HasMaxLength(500);
        builder.Property(x => x.LastHost).HasMaxLength(253);
        builder.Property(x => x.Reason).HasMaxLength(2000);
    }
}
