using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>What the last look at the records in a customer's own zone found.</summary>
internal sealed class CustomerLook : IEntityTypeConfiguration<CustomerLook>
{
    public long DomainId { get; set; }

    public DateTimeOffset LookedAt { get; set; }

    public DateTimeOffset NextLookAt { get; set; }

    /// <summary>Whether all that is needed for senders is there and right.</summary>
    public bool IsComplete { get; set; }

    /// <summary>The findings as JSON for the API.</summary>
    public required string Report { get; set; }

    public void Configure(EntityTypeBuilder<CustomerLook> builder)
    {
        builder.ToTable("customer_looks");
        builder.HasKey(x => x.DomainId);
        builder.Property(x => x.DomainId).ValueGeneratedNever();
        builder.HasIndex(x => x.NextLookAt);
    }
}
