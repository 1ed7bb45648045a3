using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Who is taken up next.</summary>
internal sealed partial class JobStore
{
    private static readonly JobState[] LookedAt = [JobState.DnsWait, JobState.Backoff, JobState.Dormant];

    /// <summary>
    /// Takes up to so many due jobs and their leases: orders under way first, then as <see cref="ClaimShares"/> says. Queued ones only as far as the CA
    /// and our buckets will have them, so that a hundred thousand that wait cost nothing. Due renewals and deferred jobs are queued on the way.
    /// </summary>
    /// <returns>They are tracked by nobody; their state says what is to be done.</returns>
    public async Task<List<CertificateJob>> ClaimAsync(int most, CancellationToken cancellationToken)
    {
        await QueueDueAsync(cancellationToken);
        string[] hosts;
        await using (var db = store.Open())
        {
            hosts = await PickAsync(db, most, cancellationToken);
        }

        if (hosts.Length == 0)
        {
            return [];
        }

        var claimed = new List<CertificateJob>();
        await store.WriteAsideAsync(
            async db =>
            {
                claimed.Clear();
                var now = clock.GetUtcNow();
                var owner = NewOwner();
                foreach (var job in (await LockAsync(db, hosts, waits: false, cancellationToken)).Where(job => IsFree(job, now)))
                {
                    (job.LeaseOwner, job.LeaseUntil) = (owner, now + Lease);
                    claimed.Add(job);
                }
            },
            cancellationToken);
        // In the order of the picking.
        return [.. claimed.OrderBy(job => Array.IndexOf(hosts, job.HostName))];
    }

    /// <summary>When <see cref="ClaimAsync"/> will find something, if nobody adds or changes a job before; null: never.</summary>
    public async Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var db = store.Open();
        var times = new List<DateTimeOffset?>
        {
            await db.CertificateJobs.Where(row => row.State == JobState.Running).MinAsync(row => row.LeaseUntil ?? (DateTimeOffset?)row.DueAt, cancellationToken),
        };
        foreach (var state in (JobState[])[.. LookedAt, JobState.Idle, JobState.Deferred])
        {
            // One that is taken up comes again when its lease ends, and earlier only by a write of who holds it.
            var free = db.CertificateJobs.Where(row => row.State == state && (row.LeaseUntil == null || row.LeaseUntil <= now));
            times.Add(await free.OrderBy(row => row.DueAt).Select(row => (DateTimeOffset?)row.DueAt).FirstOrDefaultAsync(cancellationToken));
            times.Add(await db.CertificateJobs.Where(row => row.State == state && row.DueAt <= now && row.LeaseUntil > now).MinAsync(row => row.LeaseUntil, cancellationToken));
        }

        var allowances = await AllowancesAsync(db, now, cancellationToken);
        var away = await IsMainAwayForLongAsync(db, now, cancellationToken);
        foreach (var (role, allowance) in allowances)
        {
            var roles = choice.ServedBy(role);
            var queued = db.CertificateJobs.Where(row => row.State == JobState.Queued && roles.Contains(row.Ca) && (row.LeaseUntil == null || row.LeaseUntil <= now));
            if (await queued.AnyAsync(row => row.Priority == JobPriority.NewName, cancellationToken))
            {
                times.Add(allowance.FirstAt);
            }

            if (await queued.AnyAsync(row => row.Priority < JobPriority.NewName || row.Priority > JobPriority.NewName, cancellationToken))
            {
                times.Add(allowance.RenewalsAt);
            }

            if (role == CaRole.Main && away && await queued.AnyAsync(row => row.Priority < JobPriority.Asked, cancellationToken))
            {
                times.Add(allowances[CaRole.Fallback].FirstAt);
            }
        }

        return times.Min();
    }

    /// <summary>Renewals whose time has come and jobs whose deferring is over go to the queue, with the priority that they have now.</summary>
    private async Task QueueDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        string[] due;
        await using (var db = store.Open())
        {
            var free = db.CertificateJobs.Where(row => row.DueAt <= now && (row.LeaseUntil == null || row.LeaseUntil <= now));
            due =
            [
                .. await free.Where(row => row.State == JobState.Idle && row.RenewAt <= now).OrderBy(row => row.DueAt).Take(Batch).Select(row => row.HostName).ToListAsync(cancellationToken),
                .. await free.Where(row => row.State == JobState.Deferred && row.OrderUrl == null).OrderBy(row => row.DueAt).Take(Batch).Select(row => row.HostName).ToListAsync(cancellationToken),
            ];
        }

        if (due.Length == 0)
        {
            return;
        }

        await store.WriteAsideAsync(
            async db =>
            {
                var dates = await DatesAsync(db, due, cancellationToken);
                foreach (var job in (await LockAsync(db, due, waits: false, cancellationToken)).Where(job => IsFree(job, now)))
                {
                    CertificateDates? inService = dates.TryGetValue(job.HostName, out var found) ? found : null;
                    if (JobRules.IsRenewalDue(job, now))
                    {
                        JobRules.RenewalDue(job, inService, now);
                    }
                    else if (job.State == JobState.Deferred && job.OrderUrl is null)
                    {
                        JobRules.Resumed(job, now, inService);
                    }
                }
            },
            cancellationToken);
    }

    private async Task<string[]> PickAsync(HostDbContext db, int most, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var free = db.CertificateJobs.Where(row => row.DueAt <= now && (row.LeaseUntil == null || row.LeaseUntil <= now));
        var allowances = await AllowancesAsync(db, now, cancellationToken);

        var picked = await HostsAsync(free.Where(row => row.State == JobState.Running).OrderBy(row => row.DueAt), most);
        CaRole[] answering = [.. allowances.Where(entry => entry.Value.RenewalsAt <= now).SelectMany(entry => choice.ServedBy(entry.Key))];
        picked.AddRange(await HostsAsync(
            free.Where(row => row.State == JobState.Deferred && row.OrderUrl != null && answering.Contains(row.Ca)).OrderBy(row => row.DueAt), most - picked.Count));

        // Those that run out and whose CA is away go to the second one.
        var late = await IsMainAwayForLongAsync(db, now, cancellationToken) && allowances[CaRole.Fallback].First > 0 ? (CaRole[])[.. answering, CaRole.Main] : answering;
        var queued = free.Where(row => row.State == JobState.Queued);
        var left = most - picked.Count;
        var lateHosts = await HostsAsync(
            queued.Where(row => row.Priority < JobPriority.NewName && late.Contains(row.Ca)).OrderBy(row => row.Priority).ThenBy(row => row.DueAt), left);
        var newHosts = new List<string>();
        foreach (var (role, allowance) in allowances)
        {
            var roles = choice.ServedBy(role);
            newHosts.AddRange(await HostsAsync(
                queued.Where(row => row.Priority == JobPriority.NewName && roles.Contains(row.Ca)).OrderBy(row => row.DueAt), Math.Min(left - newHosts.Count, allowance.First)));
        }

        foreach (var state in LookedAt)
        {
            newHosts.AddRange(await HostsAsync(
                free.Where(row => row.State == state && row.Priority == JobPriority.NewName).OrderBy(row => row.DueAt), left - newHosts.Count));
        }

        var normalHosts = await HostsAsync(
            queued.Where(row => row.Priority > JobPriority.NewName && answering.Contains(row.Ca)).OrderBy(row => row.Priority).ThenBy(row => row.DueAt), left);
        foreach (var state in LookedAt)
        {
            normalHosts.AddRange(await HostsAsync(free.Where(row => row.State == state && row.Priority < JobPriority.NewName).OrderBy(row => row.DueAt), left - normalHosts.Count));
            normalHosts.AddRange(await HostsAsync(free.Where(row => row.State == state && row.Priority > JobPriority.NewName).OrderBy(row => row.DueAt), left - normalHosts.Count));
        }

        normalHosts.AddRange(await HostsAsync(free.Where(row => row.State == JobState.Idle).OrderBy(row => row.DueAt), left - normalHosts.Count));

        var shares = ClaimShares.Split(left, lateHosts.Count, newHosts.Count, normalHosts.Count, Random.Shared.NextDouble());
        return [.. picked, .. lateHosts.Take(shares.Late), .. newHosts.Take(shares.New), .. normalHosts.Take(shares.Normal)];

        async Task<List<string>> HostsAsync(IQueryable<CertificateJob> rows, int count) =>
            count <= 0 ? [] : await rows.Take(count).Select(row => row.HostName).ToListAsync(cancellationToken);
    }

    private static bool IsFree(CertificateJob job, DateTimeOffset now) =>
        job.DueAt <= now && (job.LeaseUntil is null || job.LeaseUntil <= now) && job.State is not (JobState.Blocked or JobState.Retired);
}
