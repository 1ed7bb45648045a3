using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Checks.Watching;

/// <summary>Keeps what a check of a hosted domain has found, whoever asked for it: report, what is wrong, events, next check, all in one transaction. Safe from all threads.</summary>
internal sealed class CheckRecording(Store store, OwnSide ownSide, IOptions<ChecksOptions> options)
{
    // Two checks of a domain may end in another order than they began.
    private static readonly TimeSpan Overtaken = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LookedAtNewer = TimeSpan.FromMinutes(1);

    /// <param name="domainId">Of its row.</param>
    /// <param name="version">Number of the policy version that was served when the check began.</param>
    /// <param name="report">What it found.</param>
    /// <param name="isScheduled">Whether the watch made it, and nobody asked for it.</param>
    /// <param name="cancellationToken">Ends it; nothing is kept then.</param>
    /// <exception cref="System.Data.Common.DbException">The store is away; nothing was kept.</exception>
    public async Task RecordAsync(long domainId, int version, CheckReport report, bool isScheduled, CancellationToken cancellationToken)
    {
        if (isScheduled)
        {
            await NoteAsync(domainId, report, cancellationToken);
        }

        var isHeld = ownSide.Since is not null;
        var json = StoredReports.Text(report);
        await store.WriteAsideAsync(
            async db =>
            {
                // Locks the row: one that is being removed, or checked by another node, is waited for.
                await WatchClaims.AddAsync(db, domainId, report.CheckedAt, cancellationToken);
                await db.DomainWatches.Where(row => row.DomainId == domainId).ExecuteUpdateAsync(set => set.SetProperty(row => row.ClaimedUntil, (DateTimeOffset?)null), cancellationToken);
                var domain = await db.Domains.SingleOrDefaultAsync(row => row.Id == domainId, cancellationToken);
                if (domain is not null)
                {
                    await db.DomainChecks.Where(check => check.DomainId == domainId).ExecuteDeleteAsync(cancellationToken);
                    db.DomainChecks.Add(new DomainCheckRow { DomainId = domainId, CheckedAt = report.CheckedAt, Errors = report.Errors, Warnings = report.Warnings, Report = json });
                }

                if (!WatchClaims.IsWatched(domain?.State))
                {
                    await AdvisoryEnd.ForgetAsync(db, [domainId], report.CheckedAt, cancellationToken);
                    return;
                }

                var watch = await db.DomainWatches.AsTracking().SingleAsync(row => row.DomainId == domainId, cancellationToken);
                if (domain!.Version != version)
                {
                    // What was found was judged by a policy that is served no more.
                    watch.NextCheckAt = report.CheckedAt + LookedAtNewer;
                }
                else if (!(watch.CheckedAt > report.CheckedAt && watch.CheckedAt < report.CheckedAt + Overtaken))
                {
                    await KeepAsync(db, domain, watch, report, isHeld, cancellationToken);
                }
            },
            cancellationToken);
    }

    private async Task KeepAsync(HostDbContext db, HostedDomain domain, DomainWatch watch, CheckReport report, bool isHeld, CancellationToken cancellationToken)
    {
        var present = await db.DomainAdvisories.AsTracking().Where(row => row.DomainId == domain.Id).ToListAsync(cancellationToken);
        var outcome = WatchRules.Judge(present, domain.Id, report, isHeld);
        db.DomainAdvisories.AddRange(outcome.Added);
        db.DomainAdvisories.RemoveRange(outcome.Gone);
        db.AdvisoryEvents.AddRange(outcome.Events.Select(told => new AdvisoryEvent
        {
            DomainId = domain.Id,
            Domain = domain.Name,
            TenantId = domain.TenantId,
            At = report.CheckedAt,
            Kind = told.Kind,
            Code = told.Advisory.Code,
            Subject = told.Advisory.Subject,
            Severity = told.Advisory.Severity,
            Message = told.Advisory.Message,
            IsEnforced = domain.Mode == StsMode.Enforce,
        }));
        WatchRules.Settle(watch, outcome.Rows, report, options.Value);
        watch.VersionChecked = domain.Version;
        if (isHeld && outcome.Rows.Any(row => row.ToldAt is null))
        {
            // So it is with nearly all domains.
            watch.NextCheckAt = report.CheckedAt + (WatchRules.ConfirmAfter * (1 + (2 * Random.Shared.NextDouble())));
        }
    }

    private async Task NoteAsync(long domainId, CheckReport report, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        if (await db.Domains.Where(row => row.Id == domainId).Select(row => (int?)row.TenantId).SingleOrDefaultAsync(cancellationToken) is not { } tenantId)
        {
            return;
        }

        var tenants = await db.Tenants.Where(tenant => db.Domains.Any(row => row.TenantId == tenant.Id)).Take(OwnSide.Tenants).CountAsync(cancellationToken);
        var silent = report.Advisories.Where(Silence.Is).ToList();
        if (silent.Count == 0)
        {
            ownSide.Note(domainId, tenantId, Silence.None, tenants);
            return;
        }

        var told = (await db.DomainAdvisories.Where(row => row.DomainId == domainId && row.ToldAt != null).Select(row => new { row.Code, row.Subject }).ToListAsync(cancellationToken))
            .Select(row => (row.Code, row.Subject)).ToHashSet();
        // What has been told already says nothing of our own network, neither good nor bad.
        var untold = silent.Where(advisory => !told.Contains((advisory.Code, WatchRules.Cut(advisory.Subject, DomainAdvisory.LongestSubject)))).ToList();
        if (untold.Count > 0)
        {
            ownSide.Note(domainId, tenantId, Silence.Of(report, untold), tenants);
        }
    }
}
