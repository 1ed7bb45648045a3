using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>One node says what it serves. A revision means something only within its epoch.</summary>
internal sealed class NodeHeartbeat : IEntityTypeConfiguration<NodeHeartbeat>
{
    public required string Node { get; set; }

    public required string Epoch { get; set; }

    public long Revision { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>Where its Policy endpoint listens, as `address:port` by comma: a node that is silent is asked there what it serves.</summary>
    public string PolicyAddresses { get; set; } = "";

    public void Configure(EntityTypeBuilder<NodeHeartbeat> builder)
    {
        builder.ToTable("node_heartbeats");
        builder.HasKey(x => x.Node);
        builder.Property(x => x.Node).HasMaxLength(100);
        builder.Property(x => x.Epoch).HasMaxLength(32);
        builder.Property(x => x.PolicyAddresses).HasMaxLength(1000);
    }
}
