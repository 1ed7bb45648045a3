using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>A domain whose present policy a node does not serve, although it has read it: its id must not be announced (RFC 8461 §8.1).</summary>
internal sealed class NodeFault : IEntityTypeConfiguration<NodeFault>
{
    public required string Node { get; set; }

    public long DomainId { get; set; }

    /// <summary>Of the domain's row, as the node has read it.</summary>
    public long Revision { get; set; }

    /// <summary>Stable code, such as `certificate.none`.</summary>
    public required string Code { get; set; }

    /// <summary>For people.</summary>
    public required string Reason { get; set; }

    public DateTimeOffset Since { get; set; }

    public void Configure(EntityTypeBuilder<NodeFault> builder)
    {
        builder.ToTable("node_faults");
        builder.HasKey(x => new { x.Node, x.DomainId });
        builder.Property(x => x.Node).HasMaxLength(100);
        builder.Property(x => x.Code).HasMaxLength(100);
        builder.Property(x => x.Reason).HasMaxLength(1000);
        builder.HasIndex(x => x.DomainId);
    }
}
