using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Data;

/// <summary>The tables and the conventions that make SQLite and PostgreSQL behave the same.</summary>
internal abstract class HostDbContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<StoreState> StoreState => Set<StoreState>();

    public DbSet<StoreRevision> Revisions => Set<StoreRevision>();

    public DbSet<Tenant> Tenants => Set<Tenant>();

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    public DbSet<HostedDomain> Domains => Set<HostedDomain>();

    public DbSet<PolicyVersion> PolicyVersions => Set<PolicyVersion>();

    public DbSet<KnownName> KnownNames => Set<KnownName>();

    public DbSet<RemovedDomain> RemovedDomains => Set<RemovedDomain>();

    public DbSet<AuditEntry> Audit => Set<AuditEntry>();

    public DbSet<NodeHeartbeat> NodeHeartbeats => Set<NodeHeartbeat>();

    public DbSet<NodeFault> NodeFaults => Set<NodeFault>();

    public DbSet<JobLease> JobLeases => Set<JobLease>();

    public DbSet<DomainProof> DomainProofs => Set<DomainProof>();

    public DbSet<DnsRecordStatus> DnsRecords => Set<DnsRecordStatus>();

    public DbSet<ZoneReport> ZoneReports => Set<ZoneReport>();

    public DbSet<AnnouncementHold> AnnouncementHolds => Set<AnnouncementHold>();

    public DbSet<Rollout> Rollouts => Set<Rollout>();

    public DbSet<DomainCheckRow> DomainChecks => Set<DomainCheckRow>();

    public DbSet<DomainWatch> DomainWatches => Set<DomainWatch>();

    public DbSet<DomainAdvisory> DomainAdvisories => Set<DomainAdvisory>();

    public DbSet<AdvisoryEvent> AdvisoryEvents => Set<AdvisoryEvent>();

    public DbSet<CustomerLook> CustomerLooks => Set<CustomerLook>();

    public DbSet<StoredCertificate> Certificates => Set<StoredCertificate>();

    public DbSet<CertificateJob> CertificateJobs => Set<CertificateJob>();

    public DbSet<AcmeRegistration> AcmeRegistrations => Set<AcmeRegistration>();

    public DbSet<CaCondition> CaConditions => Set<CaCondition>();

    public DbSet<IssuanceBucket> IssuanceBuckets => Set<IssuanceBucket>();

    public DbSet<ChallengeAnswer> ChallengeAnswers => Set<ChallengeAnswer>();

    public DbSet<LocalAuthority> LocalAuthority => Set<LocalAuthority>();

    /// <summary>Name of a collation that sorts by byte, so that a list's cursor means the same on both providers.</summary>
    protected abstract string ByteCollation { get; }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicksConverter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(HostDbContext).Assembly);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
        {
            if (property.FindAnnotation(ColumnConventions.SortedByByte) is not null)
            {
                property.RemoveAnnotation(ColumnConventions.SortedByByte);
                property.SetCollation(ByteCollation);
            }
        }
    }

    // SQLite cannot order DateTimeOffset; ticks of UTC sort and compare the same everywhere.
    private sealed class UtcTicksConverter() : ValueConverter<DateTimeOffset, long>(
        value => value.UtcTicks,
        ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}

internal static class ColumnConventions
{
    public const string SortedByByte = "MtaSts:SortedByByte";

    /// <summary>Names in lower-case ASCII: compared and sorted by their bytes, whatever the database's language is.</summary>
    public static PropertyBuilder<T> IsSortedByByte<T>(this PropertyBuilder<T> property) => property.HasAnnotation(SortedByByte, true);
}
