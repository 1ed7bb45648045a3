using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>What a CA that validates a name is told; in the store, so that whichever node it reaches can tell it.</summary>
internal sealed class ChallengeAnswer : IEntityTypeConfiguration<ChallengeAnswer>
{
    /// <summary>The policy host. With its token it makes one challenge; several may be open for one name.</summary>
    public required string HostName { get; set; }

    public required string Token { get; set; }

    /// <summary>`http-01`, `tls-alpn-01` or `dns-01`.</summary>
    public required string Type { get; set; }

    /// <summary>RFC 8555 §8.1. No secret: it is shown to everybody who asks.</summary>
    public required string KeyAuthorization { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Then it may be deleted, also when who made it has died.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>For `dns-01`: since when every authoritative server gives the record; set by DNS publication, waited for by issuance.</summary>
    public DateTimeOffset? InDnsSince { get; set; }

    public void Configure(EntityTypeBuilder<ChallengeAnswer> builder)
    {
        builder.ToTable("challenge_answers");
        builder.HasKey(x => new { x.HostName, x.Token });
        builder.Property(x => x.HostName).HasMaxLength(253).IsSortedByByte();
        builder.Property(x => x.Token).HasMaxLength(200).IsSortedByByte();
        builder.Property(x => x.Type).HasMaxLength(20);
        builder.Property(x => x.KeyAuthorization).HasMaxLength(300);
        builder.HasIndex(x => x.ExpiresAt);
    }
}
