using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>The local CA, one row: root, intermediate, and the intermediate's sealed key. It lives in the store so that all nodes are one CA.</summary>
internal sealed class LocalAuthority : IEntityTypeConfiguration<LocalAuthority>
{
    public const int OnlyId = 1;

    public int Id { get; set; } = OnlyId;

    public required string RootPem { get; set; }

    public required string IntermediatePem { get; set; }

    /// <summary>PKCS#8, sealed. The root's key is not kept: it signed one intermediate and is gone.</summary>
    public required byte[] SealedIntermediateKey { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<LocalAuthority> builder)
    {
        builder.ToTable("local_authority");
        builder.Property(x => x.Id).ValueGeneratedNever();
    }
}
