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

    public CertificateOrigin Origin { get; set; }

    /// <summary>Directory URL of the CA that issued it and our account there: only those two may be told that it is replaced (RFC 9773 §5). Null for all but <see cref="CertificateOrigin.Acme"/>.</summary>
    public string? Directory { get; set; }

    public string? AccountUrl { get; set; }

    /// <summary>What renewal information and `replaces` call it (RFC 9773 §4.1).</summary>
    public string? CertificateId { get; set; }

    /// <summary>When it was revoked through us; it is presented until the next one takes its place.</summary>
    public DateTimeOffset? RevokedAt { get; set; }

    public void Configure(EntityTypeBuilder<StoredCertificate> builder)
    {
        builder.ToTable("certificates");
        builder.Property(x => x.HostName).HasMaxLength(253).IsSortedByByte();
        builder.Property(x => x.Directory).HasMaxLength(500);
        builder.Property(x => x.AccountUrl).HasMaxLength(500);
        builder.Property(x => x.CertificateId).HasMaxLength(200);
        builder.HasIndex(x => x.HostName).IsUnique();
        builder.HasIndex(x => x.CreatedAt);
        // All that counts by dates need, so that a look at a million does not read their bytes.
        builder.HasIndex(x => new { x.NotAfter, x.NotBefore, x.RevokedAt, x.HostName }, "ix_certificates_dates");
    }
}

internal enum CertificateOrigin
{
    LocalCa = 0,
    Acme = 1,

    /// <summary>Brought along from another program.</summary>
    Imported = 2,
}
