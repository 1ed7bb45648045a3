using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

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
    /// <param name="cancellationToken">Ends it; nothing is kept then.</param>
    /// <exception cref="System.Data.Common.DbException">The store is away; nothing was kept.</exception>
    public async Task RecordAsync(long domainId, int version, CheckReport report, CancellationToken cancellationToken)
    {
        var isHeld = ownSide.Holds(domainId, await SilentAsync(domainId, report, cancellationToken));
        var json = JsonSerializer.Serialize(report, ChecksJson.Default.CheckReport);
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
                    await WatchClaims.ForgetAsync(db, [domainId], cancellationToken);
                    return;
                }

                var watch = await db.DomainWatches.AsTracking().SingleAsync(row => row.DomainId == domainId, cancellationToken);
                if (domain!.Version != version)
                {
                    // What was found was judged by a policy that is served no more.
                    watch.NextCheckAt = report.CheckedAt + LookedAtNewer;
                }
                else if (isHeld)
                {
                    watch.NextCheckAt = report.CheckedAt + (WatchRules.ConfirmAfter * (1 + (2 * Random.Shared.NextDouble())));
                }
                else if (!(watch.CheckedAt > report.CheckedAt && watch.CheckedAt < report.CheckedAt + Overtaken))
                {
                    await KeepAsync(db, domain, watch, report, cancellationToken);
                }
            },
            cancellationToken);
    }

    private async Task KeepAsync(HostDbContext db, HostedDomain domain, DomainWatch watch, CheckReport report, CancellationToken cancellationToken)
    {
        var present = await db.DomainAdvisories.AsTracking().Where(row => row.DomainId == domain.Id).ToListAsync(cancellationToken);
        var outcome = WatchRules.Judge(present, domain.Id, report);
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
    }

    // What has been told already says nothing new of our own network.
    private async Task<IReadOnlyCollection<string>> SilentAsync(long domainId, CheckReport report, CancellationToken cancellationToken)
    {
        var silent = report.Advisories.Where(advisory => CheckCodes.Find(advisory.Code) is { MayBeOurs: true } code && code != MailCodes.NoneReachable)
            .Select(advisory => (advisory.Code, Subject: WatchRules.Cut(advisory.Subject, DomainAdvisory.LongestSubject))).ToHashSet();
        if (silent.Count > 0)
        {
            await using var db = store.Open();
            var told = await db.DomainAdvisories.Where(row => row.DomainId == domainId && row.ToldAt != null).Select(row => new { row.Code, row.Subject }).ToListAsync(cancellationToken);
            silent.ExceptWith(told.Select(row => (row.Code, row.Subject)));
        }

        return silent.Select(advisory => advisory.Subject).ToHashSet();
    }
}
