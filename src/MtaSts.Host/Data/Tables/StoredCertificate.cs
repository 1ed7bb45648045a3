using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>The certificate that a policy host presents, and its sealed key.</summary>
internal sealed class StoredCertificate : IEntityTypeConfiguration<StoredCertificate>
{
    public long Id { get; set; }

    /// <summary>The policy host, `mta-sts.` + domain.</summary>
    public required string HostName { get; set; }

    /// <summary>DER: a million rows are read at start, and PEM would be a third longer and had to be decoded.</summary>
    public required byte[] Leaf { get; set; }

    /// <summary>The intermediates in order, DER, one after the other; never the root.</summary>
    public required byte[] Issuers { get; set; }

    /// <summary>PKCS#8, sealed; see KeySealing.</summary>
    public required byte[] SealedKey { get; set; }

    public DateTimeOffset NotBefore { get; set; }

    public DateTimeOffset NotAfter { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<StoredCertificate> builder)
    {
        builder.ToTable("certificates");
        builder.Property(x => x.HostName).HasMaxLength(253).IsSortedByByte();
        builder.HasIndex(x => x.HostName).IsUnique();
    }
}
