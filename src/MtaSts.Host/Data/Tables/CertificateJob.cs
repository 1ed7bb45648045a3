using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace MtaSts.Host.Data.Tables;

/// <summary>
/// How far a policy host is on its way to its (next) certificate from a CA. Serving does not depend on it: what is presented stands in
/// <see cref="StoredCertificate"/>. Who works on a row holds its lease; every write of it is conditional on <see cref="LeaseOwner"/>.
/// </summary>
internal sealed class CertificateJob : IEntityTypeConfiguration<CertificateJob>
{
    /// <summary>The policy host, `mta-sts.` + domain.</summary>
    public required string HostName { get; set; }

    public JobState State { get; set; }

    /// <summary>Since when it is in <see cref="State"/>.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>When somebody has to look at it again, whatever the state. Far in the future: never by itself.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>The smaller the sooner among those that are due.</summary>
    public int Priority { get; set; }

    public CaRole Ca { get; set; }

    /// <summary>Failures in a row that were the name's fault, whatever the CA: the backoff must not begin anew because staging passed in between.</summary>
    public int Failures { get; set; }

    /// <summary>Failures in a row that were not the name's fault.</summary>
    public int CaFailures { get; set; }

    /// <summary>The CA did not take what we sent (a CSR, a key) and everything was made anew once; another refusal blocks.</summary>
    public bool HasNewKey { get; set; }

    /// <summary>Since when the preflight fails; null while it passes. After 30 days the name is dormant.</summary>
    public DateTimeOffset? UnreachableSince { get; set; }

    /// <summary>Stable code of what is waited for or went wrong last, such as `host.no-address`; null when all is well.</summary>
    public string? ReasonCode { get; set; }

    /// <summary>The same for people, with what to do.</summary>
    public string? Reason { get; set; }

    /// <summary>The CA's problem document of the last failed attempt (RFC 8555 §6.7), cut.</summary>
    public string? Problem { get; set; }

    public DateTimeOffset? LastAttemptAt { get; set; }

    /// <summary>When a CA last issued for this name: between two issues lies a floor.</summary>
    public DateTimeOffset? LastIssuedAt { get; set; }

    /// <summary>A renewal now was asked for, whatever the dates say.</summary>
    public bool RenewNow { get; set; }

    /// <summary>The certificate in service was revoked: the next one takes a new key and comes before all others.</summary>
    public bool IsRevoked { get; set; }

    /// <summary>0 ≤ x &lt; 1, drawn anew for each certificate: spreads the renewals of names that came together.</summary>
    public double Jitter { get; set; }

    /// <summary>When the certificate in service is to be renewed; null while there is none.</summary>
    public DateTimeOffset? RenewAt { get; set; }

    /// <summary>The certificate that the window below belongs to (RFC 9773 §4.1).</summary>
    public string? AriCertificateId { get; set; }

    public DateTimeOffset? AriStart { get; set; }

    public DateTimeOffset? AriEnd { get; set; }

    public DateTimeOffset? AriCheckAt { get; set; }

    /// <summary>Where the CA explains its window; for people.</summary>
    public string? AriExplanation { get; set; }

    public DateTimeOffset? PreflightAt { get; set; }

    /// <summary>What the last preflight found, as JSON for the API.</summary>
    public string? PreflightReport { get; set; }

    // The attempt under way. Each is stored before the call that needs it, so that any node can go on after a crash.

    public JobStep Step { get; set; }

    public string? Directory { get; set; }

    public string? AccountUrl { get; set; }

    public string? OrderUrl { get; set; }

    public DateTimeOffset? OrderedAt { get; set; }

    /// <summary>The key of the certificate to come, PKCS#8, sealed like that of a stored one.</summary>
    public byte[]? SealedKey { get; set; }

    public string? CertificateUrl { get; set; }

    public string? LeaseOwner { get; set; }

    public DateTimeOffset? LeaseUntil { get; set; }

    public void Configure(EntityTypeBuilder<CertificateJob> builder)
    {
        builder.ToTable("certificate_jobs");
        builder.HasKey(x => x.HostName);
        builder.Property(x => x.HostName).HasMaxLength(253).IsSortedByByte();
        builder.Property(x => x.ReasonCode).HasMaxLength(100);
        builder.Property(x => x.Reason).HasMaxLength(2000);
        builder.Property(x => x.Problem).HasMaxLength(8000);
        builder.Property(x => x.LeaseOwner).HasMaxLength(32).IsConcurrencyToken();
        // What is due of a state that waits for its time; the queue in its order; lists for people.
        builder.HasIndex(x => new { x.State, x.DueAt });
        builder.HasIndex(x => new { x.State, x.Priority, x.DueAt });
        builder.HasIndex(x => new { x.State, x.HostName });
        builder.HasIndex(x => new { x.State, x.RenewAt });
    }
}

internal enum JobState
{
    /// <summary>The preflight has not passed yet. Costs no request to a CA.</summary>
    DnsWait = 0,

    /// <summary>Waits for its turn with a CA.</summary>
    Queued = 1,

    /// <summary>An order is under way; <see cref="JobStep"/> says how far.</summary>
    Running = 2,

    /// <summary>Has a certificate; due again when that is to be renewed.</summary>
    Idle = 3,

    /// <summary>The name failed; its preflight comes again at the due time.</summary>
    Backoff = 4,

    /// <summary>Something that is not the name's fault: a rate limit, a CA that is away.</summary>
    Deferred = 5,

    /// <summary>Only the operator or the tenant can go on.</summary>
    Blocked = 6,

    /// <summary>The name left DNS for 30 days; a look once a week.</summary>
    Dormant = 7,

    /// <summary>No longer served; the row goes when the last certificate has run out.</summary>
    Retired = 8,
}

/// <summary>What is done next in the attempt under way.</summary>
internal enum JobStep
{
    None = 0,
    Order = 1,
    Authorize = 2,
    Finalize = 3,
    Download = 4,
}

internal enum CaRole
{
    Main = 0,

    /// <summary>The second CA, for when the first is away.</summary>
    Fallback = 1,

    /// <summary>Where a new name that failed tries until it passes; what it issues is never served.</summary>
    Staging = 2,
}
