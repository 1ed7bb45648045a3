using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>Our one account at a CA (RFC 8555 §7.3). The key is stored before the account is asked for, so that no crash makes a second one.</summary>
internal sealed class AcmeRegistration : IEntityTypeConfiguration<AcmeRegistration>
{
    /// <summary>URL of the CA's directory.</summary>
    public required string Directory { get; set; }

    /// <summary>The `kid`; null until the CA has answered.</summary>
    public string? AccountUrl { get; set; }

    /// <summary>PKCS#8, sealed.</summary>
    public required byte[] SealedKey { get; set; }

    /// <summary>A new key on its way to the CA (§7.3.5): whether it arrived is only known by trying both.</summary>
    public byte[]? SealedNextKey { get; set; }

    public AccountState State { get; set; }

    /// <summary>Why it cannot be used, for the operator.</summary>
    public string? Reason { get; set; }

    /// <summary>The terms that were agreed to.</summary>
    public string? TermsOfService { get; set; }

    /// <summary>The names that the CA goes by in CAA records, one a line, as its directory says; null: not known, or a CA that is not used any more.</summary>
    public string? CaaIdentities { get; set; }

    /// <summary>The challenge types that we answer, by comma, for the CAA records of our own zone (RFC 8657 §4).</summary>
    public string? ChallengeTypes { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset Since { get; set; }

    public void Configure(EntityTypeBuilder<AcmeRegistration> builder)
    {
        builder.ToTable("acme_registrations");
        builder.HasKey(x => x.Directory);
        builder.Property(x => x.Directory).HasMaxLength(500);
        builder.Property(x => x.AccountUrl).HasMaxLength(500);
        builder.Property(x => x.Reason).HasMaxLength(2000);
        builder.Property(x => x.CaaIdentities).HasMaxLength(1000);
        builder.Property(x => x.ChallengeTypes).HasMaxLength(100);
    }
}

internal enum AccountState
{
    /// <summary>There is a key; the CA has not confirmed an account yet.</summary>
    Wanted = 0,
    Valid = 1,

    /// <summary>Deactivated at the CA, or its key is not accepted; it cannot be undone (§7.3.6).</summary>
    Dead = 2,

    /// <summary>The CA waits for the operator: changed terms, an external account binding.</summary>
    NeedsOperator = 3,
}
