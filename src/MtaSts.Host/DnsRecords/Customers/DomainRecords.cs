using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>All DNS records of a domain: the customer's by a look at his servers or by the last one, the provider's as the store has them. Safe from all threads.</summary>
internal sealed partial class DomainRecords(
    CustomerLooks looks, Store store, IOptions<DnsOptions> dns, IOptions<PublicOptions> reached, IConfiguration configuration, TimeProvider clock, ILogger<DomainRecords> logger) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    /// <summary>Less than whoever asks waits for.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(4.5);

    // Those that come when so many are looking get what was found last.
    private readonly SemaphoreSlim _looking = new(32);

    public CustomerSettings Settings { get; } = CustomerSettings.Read(dns, reached, configuration);

    /// <param name="row">Visible to whoever asks.</param>
    /// <param name="isKept">Whether the store keeps what a look finds.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<IReadOnlyList<RecordResource>> ReadAsync(HostedDomain row, bool isKept, CancellationToken cancellationToken)
    {
        CustomerLook? last;
        AnnouncementHold? hold;
        List<DnsRecordStatus> provided;
        CaaIssuer? ca;
        await using (var db = store.Open())
        {
            last = await db.CustomerLooks.SingleOrDefaultAsync(look => look.DomainId == row.Id, cancellationToken);
            hold = await db.AnnouncementHolds.SingleOrDefaultAsync(candidate => candidate.DomainId == row.Id, cancellationToken);
            provided = await db.DnsRecords.Where(record => record.DomainId == row.Id).OrderBy(record => record.Name).ThenBy(record => record.Type).ToListAsync(cancellationToken);
            ca = await FindCaAsync(db, cancellationToken);
        }

        var now = clock.GetUtcNow();
        var (look, nextAt) = (RecordReports.Read(last), last?.NextLookAt);
        var domain = CustomerOf(row, hold, look, now);
        // One that a clock set ahead has dated into the future is old.
        if (last is null || look is null || now - last.LookedAt >= Fresh || last.LookedAt > now || row.UpdatedAt > last.LookedAt)
        {
            var facts = await TryLookAsync(domain, ca, cancellationToken);
            if (facts is not null && (!facts.IsSilent || look is null))
            {
                var made = Make(row, domain, facts, last, clock.GetUtcNow());
                (look, nextAt) = (made.Look, made.Row.NextLookAt);
                if (isKept)
                {
                    await KeepAsync([made], cancellationToken);
                }
            }
        }

        return [.. RecordReports.Repeat(domain.Announcing(look?.PolicyId), Settings, look, nextAt), .. provided.Select(record => RecordReports.Of(record, Settings.Zone))];
    }

    /// <summary>What its owner has to set, by the last look.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<(CustomerDomain Domain, IReadOnlyList<CustomerRecord> Records)> WantedAsync(HostedDomain row, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var last = await db.CustomerLooks.SingleOrDefaultAsync(look => look.DomainId == row.Id, cancellationToken);
        var hold = await db.AnnouncementHolds.SingleOrDefaultAsync(candidate => candidate.DomainId == row.Id, cancellationToken);
        var domain = CustomerOf(row, hold, RecordReports.Read(last), clock.GetUtcNow());
        return (domain, CustomerRecords.Of(domain, Settings));
    }

    /// <param name="row">The domain.</param>
    /// <param name="hold">What its first policy waits for; null: nothing.</param>
    /// <param name="look">The last one; null: none.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidDataException">The row's name is damaged.</exception>
    public CustomerDomain CustomerOf(HostedDomain row, AnnouncementHold? hold, StoredLook? look, DateTimeOffset now)
    {
        var domain = CustomerDomain.Of(row, hold, now).Announcing(look?.PolicyId);
        return Settings.IsGuarded ? domain : domain with { Hold = null };
    }

    private async Task<CustomerFacts?> TryLookAsync(CustomerDomain domain, CaaIssuer? ca, CancellationToken cancellationToken)
    {
        if (!_looking.Wait(0, cancellationToken))
        {
            return null;
        }

        try
        {
            return await looks.LookAsync(domain, Settings, ca, LongestLook, cancellationToken);
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <summary>The CA as CAA records speak of it; null: none is asked.</summary>
    public async Task<CaaIssuer?> FindCaAsync(HostDbContext db, CancellationToken cancellationToken)
    {
        if (Settings.CaDirectory is not { } directory)
        {
            return null;
        }

        var account = await db.AcmeRegistrations.Where(row => row.Directory == directory).Select(row => new { row.AccountUrl, row.CaaIdentities }).SingleOrDefaultAsync(cancellationToken);
        return new CaaIssuer(StoredPolicy.Lines(account?.CaaIdentities), account?.AccountUrl, Settings.Challenges);
    }

    /// <summary>From what was found to the row that is kept, and how it differs from the one before.</summary>
    public MadeLook Make(HostedDomain row, CustomerDomain domain, CustomerFacts facts, CustomerLook? before, DateTimeOffset at)
    {
        var report = CustomerRules.Judge(domain, Settings, facts);
        var old = RecordReports.Read(before);
        var first = RecordReports.Of(report, old, at, at);
        var isChanged = old is null || row.UpdatedAt > before!.LookedAt || Summary(old) != Summary(first);
        var nextAt = at + LookSchedule.Next(before, report.IsComplete, isChanged, Random.Shared);
        var look = RecordReports.Of(report, old, at, nextAt);
        var made = new CustomerLook { DomainId = row.Id, LookedAt = at, NextLookAt = nextAt, IsComplete = report.IsComplete, Report = JsonSerializer.Serialize(look, RecordsJson.Default.StoredLook) };
        return new MadeLook(row, made, look, old is null ? null : Summary(old), Summary(look));
    }

    /// <summary>For a row that is damaged: nothing, and not again soon.</summary>
    public static MadeLook Unreadable(HostedDomain row, DateTimeOffset at)
    {
        var look = new StoredLook([]);
        return new MadeLook(row, new CustomerLook { DomainId = row.Id, LookedAt = at, NextLookAt = at + LookSchedule.LatestIncomplete, Report = JsonSerializer.Serialize(look, RecordsJson.Default.StoredLook) }, look, null, "");
    }

    /// <summary>Keeps them, and tells once what has changed. Where one shows what would prove a domain that waits, the look at its proof is due.</summary>
    /// <exception cref="System.Data.Common.DbException">The store is away; nothing was written.</exception>
    public async Task KeepAsync(IReadOnlyList<MadeLook> made, CancellationToken cancellationToken)
    {
        var ids = made.Select(look => look.Domain.Id).ToList();
        var shown = made.Where(look => look.Domain.State == DomainState.Pending && look.Look.ShowsProof).Select(look => look.Domain.Id).ToList();
        // No sooner than a proof may be looked at again; a claim has its day to wait.
        var soon = clock.GetUtcNow() + OwnershipCheck.Between;
        await store.WriteAsideAsync(
            async db =>
            {
                // A domain that is gone by now needs no row.
                var domains = await db.Domains.Where(domain => ids.Contains(domain.Id)).Select(domain => domain.Id).ToListAsync(cancellationToken);
                await db.CustomerLooks.Where(look => ids.Contains(look.DomainId)).ExecuteDeleteAsync(cancellationToken);
                db.CustomerLooks.AddRange(made.Where(look => domains.Contains(look.Domain.Id)).Select(look => look.Row));
                if (shown.Count > 0)
                {
                    await db.DomainProofs.Where(proof => shown.Contains(proof.DomainId) && proof.ClaimSeenAt == null && proof.NextLookAt > soon)
                        .ExecuteUpdateAsync(set => set.SetProperty(proof => proof.NextLookAt, soon), cancellationToken);
                }
            },
            cancellationToken);
        // What a new domain lacks is nobody's fault yet.
        foreach (var look in made.Where(look => look.Before is not null && look.Before != look.Now))
        {
            if (look.Now.Length == 0)
            {
                Log.Right(logger, look.Domain.Name, look.Domain.Tenant?.Name);
            }
            else
            {
                Log.Wrong(logger, look.Domain.Name, look.Domain.Tenant?.Name, look.Now);
            }
        }
    }

    public void Dispose() => _looking.Dispose();

    // What a line in the log is worth: which record is wrong in which way.
    private static string Summary(StoredLook look) => string.Join(", ", look.Items
        .Where(item => item.State is not ("ok" or "optional" or "waitingForHttps"))
        .SelectMany(item => item.Problems.Select(problem => problem.Code).DefaultIfEmpty(item.State).Select(code => $"{item.Name} {item.Type} {code}"))
        .Distinct());

    private static partial class Log
    {
        [LoggerMessage(561, LogLevel.Warning, "The DNS records that {Domain} of {Tenant} sets itself are not right: {Problems}")]
        public static partial void Wrong(ILogger logger, string domain, string? tenant, string problems);

        [LoggerMessage(562, LogLevel.Information, "The DNS records that {Domain} of {Tenant} sets itself are right")]
        public static partial void Right(ILogger logger, string domain, string? tenant);
    }
}

/// <summary>A look that was made, not kept yet.</summary>
/// <param name="Domain">Whose.</param>
/// <param name="Row">For the store.</param>
/// <param name="Look">The same to read.</param>
/// <param name="Before">What was wrong at the look before, for the log; null: there was none.</param>
/// <param name="Now">What is wrong.</param>
internal sealed record MadeLook(HostedDomain Domain, CustomerLook Row, StoredLook Look, string? Before, string Now);
