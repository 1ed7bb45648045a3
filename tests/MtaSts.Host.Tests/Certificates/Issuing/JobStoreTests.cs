using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>Jobs in both stores: who takes one up, who may write it, and what is due when.</summary>
public sealed class JobStoreTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private static readonly CaChoice Choice = new("https://main.test/", "https://second.test/", "https://staging.test/");

    private readonly FakeTimeProvider _clock = new(Jobs.Now);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task Missing_hosts_are_added_once_and_those_that_are_there_stay(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        string[] hosts = [.. Enumerable.Range(0, 1200).Select(Host)];
        Assert.Equal(1200, await jobs.AddMissingAsync(hosts, Cancel));
        await jobs.ChangeAsync([hosts[3]], (job, _) => job.ReasonCode = "kept", Cancel);

        Assert.Equal(1, await jobs.AddMissingAsync([.. hosts, "mta-sts.another.test", "mta-sts.another.test"], Cancel));

        Assert.Equal("kept", (await jobs.FindAsync(hosts[3], Cancel))!.ReasonCode);
        Assert.Equal(1201, (await jobs.CountAsync(Cancel)).ByState[JobState.DnsWait]);
    }

    [Theory, BothStores]
    public async Task Two_owners_who_race_never_both_get_one(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        // As another node: it shares the store and nothing else.
        var other = new JobStore(await StoreAsync(kind), Choice, new BudgetLimits(), _clock);
        await jobs.AddMissingAsync([.. Enumerable.Range(0, 200).Select(Host)], Cancel);

        var claims = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => (i % 2 == 0 ? jobs : other).ClaimAsync(10, Cancel), Cancel)));

        var hosts = claims.SelectMany(claim => claim).Select(job => job.HostName).ToList();
        Assert.Equal(hosts.Count, hosts.Distinct().Count());
        while ((await jobs.ClaimAsync(50, Cancel)) is { Count: > 0 } rest)
        {
            hosts.AddRange(rest.Select(job => job.HostName));
        }

        Assert.Equal(200, hosts.Distinct().Count());
        Assert.Equal(200, hosts.Count);
    }

    [Theory, BothStores]
    public async Task A_lease_that_ran_out_goes_to_the_next_and_the_first_owner_writes_nothing_more(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        await jobs.AddMissingAsync([Host(1)], Cancel);
        var first = Assert.Single(await jobs.ClaimAsync(1, Cancel));
        Assert.Empty(await jobs.ClaimAsync(1, Cancel));
        _clock.Advance(JobStore.Lease);

        var second = Assert.Single(await jobs.ClaimAsync(1, Cancel));

        first.ReasonCode = "late";
        Assert.False(await jobs.SaveAsync(first, Cancel));
        Assert.False(await jobs.RenewLeaseAsync(first.HostName, first.LeaseOwner, Cancel));
        Assert.False(await jobs.ReleaseAsync(first, Cancel));
        second.ReasonCode = "good";
        Assert.True(await jobs.SaveAsync(second, Cancel));
        Assert.Equal("good", (await jobs.FindAsync(Host(1), Cancel))!.ReasonCode);
    }

    [Theory, BothStores]
    public async Task A_lease_that_is_renewed_or_written_under_lasts_on(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        await jobs.AddMissingAsync([Host(1)], Cancel);
        var job = Assert.Single(await jobs.ClaimAsync(1, Cancel));
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(60));
            Assert.True(await jobs.RenewLeaseAsync(job.HostName, job.LeaseOwner, Cancel));
            Assert.Empty(await jobs.ClaimAsync(1, Cancel));
            _clock.Advance(TimeSpan.FromSeconds(60));
            Assert.True(await jobs.SaveAsync(job, Cancel));
            Assert.Empty(await jobs.ClaimAsync(1, Cancel));
        }

        JobRules.PreflightPassed(job, _clock.GetUtcNow());
        Assert.True(await jobs.ReleaseAsync(job, Cancel));
        Assert.Equal(JobState.Queued, Assert.Single(await jobs.ClaimAsync(1, Cancel)).State);
    }

    [Theory, BothStores]
    public async Task Every_step_that_was_saved_is_there_for_the_next_owner(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        var job = await QueuedAsync(jobs, Host(1));
        JobRules.Started(job, _clock.GetUtcNow());
        (job.Step, job.OrderUrl, job.SealedKey, job.Directory) = (JobStep.Finalize, "https://main.test/order/1", [1, 2, 3], Choice.Main);
        Assert.True(await jobs.SaveAsync(job, Cancel));
        _clock.Advance(JobStore.Lease);

        var next = Assert.Single(await jobs.ClaimAsync(5, Cancel));

        Assert.Equal((JobState.Running, JobStep.Finalize, "https://main.test/order/1", Choice.Main), (next.State, next.Step, next.OrderUrl, next.Directory));
        Assert.Equal([1, 2, 3], next.SealedKey!);
    }

    [Theory, BothStores]
    public async Task A_change_from_outside_takes_the_lease_from_who_works(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        var job = await QueuedAsync(jobs, Host(1));
        JobRules.Started(job, _clock.GetUtcNow());
        Assert.True(await jobs.SaveAsync(job, Cancel));

        Assert.Equal(1, await jobs.ChangeAsync([Host(1), Host(2)], (row, _) => JobRules.Unpublished(row, null, _clock.GetUtcNow()), Cancel));

        Assert.False(await jobs.SaveAsync(job, Cancel));
        Assert.Equal(JobState.Retired, (await jobs.FindAsync(Host(1), Cancel))!.State);
        Assert.Equal(1, await jobs.DeleteRetiredAsync(Cancel));
        Assert.Null(await jobs.FindAsync(Host(1), Cancel));
    }

    [Theory, BothStores]
    public async Task Retired_jobs_stay_until_their_certificate_has_run_out_and_come_back_when_the_host_does(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        await CertificateAsync(kind, Host(1), TimeSpan.FromDays(-10), TimeSpan.FromDays(80));
        await jobs.AddMissingAsync([Host(1)], Cancel);
        Assert.Equal(JobState.Idle, (await jobs.FindAsync(Host(1), Cancel))!.State);
        await jobs.ChangeAsync([Host(1)], (row, dates) => JobRules.Unpublished(row, dates, _clock.GetUtcNow()), Cancel);
        Assert.Equal(0, await jobs.DeleteRetiredAsync(Cancel));
        Assert.Empty(await jobs.ClaimAsync(5, Cancel));

        Assert.Equal(1, await jobs.AddMissingAsync([Host(1)], Cancel));

        Assert.Equal(JobState.Idle, (await jobs.FindAsync(Host(1), Cancel))!.State);
        await jobs.ChangeAsync([Host(1)], (row, dates) => JobRules.Unpublished(row, dates, _clock.GetUtcNow()), Cancel);
        _clock.Advance(TimeSpan.FromDays(80));
        Assert.Equal(1, await jobs.DeleteRetiredAsync(Cancel));
    }

    [Theory, BothStores]
    public async Task Expired_comes_before_late_before_new_before_normal(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        await QueuedAsync(jobs, Host(1), release: true);
        await RenewalAsync(kind, jobs, Host(2), daysLeft: 28);
        await RenewalAsync(kind, jobs, Host(3), daysLeft: 5);
        await RenewalAsync(kind, jobs, Host(4), daysLeft: -1);
        await RenewalAsync(kind, jobs, Host(5), daysLeft: 20);

        Assert.Equal([Host(4), Host(3), Host(5), Host(1), Host(2)], (await jobs.ClaimAsync(8, Cancel)).Select(job => job.HostName));
    }

    [Theory, BothStores]
    public async Task Of_many_that_wait_new_names_get_their_share_although_renewals_are_late(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        await jobs.AddMissingAsync([.. Enumerable.Range(0, 20).Select(Host)], Cancel);
        for (var i = 100; i < 120; i++)
        {
            await RenewalAsync(kind, jobs, Host(i), daysLeft: 5);
        }

        var claimed = await jobs.ClaimAsync(10, Cancel);

        Assert.InRange(claimed.Count(job => job.RenewAt is null), 3, 4);
        Assert.InRange(claimed.Count(job => job.RenewAt is not null), 6, 7);
    }

    [Theory, BothStores]
    public async Task New_names_are_taken_up_only_as_far_as_there_are_tokens_and_sleep_until_the_next(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind, new BudgetLimits(FirstPerHour: 1));
        for (var i = 0; i < 6; i++)
        {
            await QueuedAsync(jobs, Host(i), release: true);
        }

        var claimed = await jobs.ClaimAsync(10, Cancel);
        Assert.Equal(3, claimed.Count);
        foreach (var job in claimed)
        {
            Assert.Null(await jobs.TakeTokensAsync(Uses(job.HostName, new BudgetLimits(FirstPerHour: 1)), Cancel));
            JobRules.Started(job, _clock.GetUtcNow());
            JobRules.Issued(job, new CertificateDates(_clock.GetUtcNow(), _clock.GetUtcNow() + TimeSpan.FromDays(90)), null, _clock.GetUtcNow(), Jobs.Dice);
            Assert.True(await jobs.ReleaseAsync(job, Cancel));
        }

        Assert.Empty(await jobs.ClaimAsync(10, Cancel));
        var next = (await jobs.NextDueAsync(Cancel))!.Value;
        Assert.InRange(next - _clock.GetUtcNow(), TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        _clock.SetUtcNow(next);
        Assert.Single(await jobs.ClaimAsync(10, Cancel));
        Assert.Equal(3, (await jobs.CountAsync(Cancel)).WaitingNames);
        Assert.InRange((await jobs.EstimateAsync(8, Cancel)).Left!.Value, TimeSpan.FromHours(1.9), TimeSpan.FromHours(2.1));
    }

    [Theory, BothStores]
    public async Task Tokens_are_taken_from_all_buckets_or_from_none_and_never_twice(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        BucketUse[] uses = [new("a", new(1, 50)), new("b", new(1, 5))];

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => jobs.TakeTokensAsync(uses, Cancel), Cancel)));

        Assert.Equal(5, answers.Count(answer => answer is null));
        Assert.All(answers.Where(answer => answer is not null), answer => Assert.Equal(1, (answer!.Value - _clock.GetUtcNow()).TotalHours, 0.01));
        await using (var db = (await StoreAsync(kind)).Open())
        {
            Assert.Equal(45, (await db.IssuanceBuckets.SingleAsync(row => row.Name == "a", Cancel)).Tokens, 0.001);
        }

        _clock.Advance(TimeSpan.FromHours(1.1));
        Assert.Null(await jobs.TakeTokensAsync(uses, Cancel));
        _clock.Advance(TimeSpan.FromDays(8));
        Assert.Equal(2, await jobs.DeleteFullBucketsAsync(Cancel));
    }

    [Theory, BothStores]
    public async Task While_the_breaker_is_open_the_queue_waits_one_at_a_time_tries_and_what_runs_out_goes_to_the_second_CA(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        await QueuedAsync(jobs, Host(1), release: true);
        await RenewalAsync(kind, jobs, Host(2), daysLeft: 28);
        await RenewalAsync(kind, jobs, Host(3), daysLeft: 5);
        for (var i = 0; i < 10; i++)
        {
            await jobs.FailedAsync(Choice.Main, $"n{i}.test", "500", Cancel);
        }

        Assert.Empty(await jobs.ClaimAsync(10, Cancel));
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromMinutes(1), await jobs.NextDueAsync(Cancel));
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromMinutes(1), await jobs.EnterAsync(Choice.Main, Host(1), Cancel));
        _clock.Advance(TimeSpan.FromMinutes(1));
        var turns = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Task.Run(() => jobs.EnterAsync(Choice.Main, Host(i), Cancel), Cancel)));
        Assert.Single(turns, turn => turn is null);
        _clock.Advance(TimeSpan.FromHours(1));
        var winner = Array.IndexOf(turns, null);
        await jobs.FailedAsync(Choice.Main, Host(winner), "500", Cancel);

        var late = Assert.Single(await jobs.ClaimAsync(10, Cancel));

        Assert.Equal(Host(3), late.HostName);
        JobRules.ChooseCa(late, Jobs.Dates(90, 0.05), Choice, await jobs.FindConditionAsync(Choice.Main, Cancel), _clock.GetUtcNow());
        Assert.Equal(CaRole.Fallback, late.Ca);
        await jobs.SucceededAsync(Choice.Main, Cancel);
        Assert.Equal(2, (await jobs.ClaimAsync(10, Cancel)).Count);
    }

    [Theory, BothStores]
    public async Task A_deferred_job_comes_back_to_the_queue_and_one_with_an_order_goes_on_with_it(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        var waits = await QueuedAsync(jobs, Host(1));
        JobRules.NoToken(waits, _clock.GetUtcNow() + TimeSpan.FromMinutes(5), _clock.GetUtcNow());
        Assert.True(await jobs.ReleaseAsync(waits, Cancel));
        var ordered = await QueuedAsync(jobs, Host(2));
        JobRules.Started(ordered, _clock.GetUtcNow());
        (ordered.Step, ordered.OrderUrl) = (JobStep.Download, "https://main.test/order/2");
        JobRules.CaAway(ordered, _clock.GetUtcNow() + TimeSpan.FromMinutes(5), _clock.GetUtcNow());
        Assert.True(await jobs.ReleaseAsync(ordered, Cancel));
        Assert.Empty(await jobs.ClaimAsync(10, Cancel));
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromMinutes(5), await jobs.NextDueAsync(Cancel));
        _clock.Advance(TimeSpan.FromMinutes(5));

        var claimed = await jobs.ClaimAsync(10, Cancel);

        Assert.Equal([(Host(2), JobState.Deferred), (Host(1), JobState.Queued)], claimed.Select(job => (job.HostName, job.State)));
        Assert.Equal(JobStep.Download, claimed[0].Step);
    }

    [Theory, BothStores]
    public async Task A_job_whose_CA_is_no_longer_set_is_taken_up_for_the_main_one(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind, choice: new CaChoice("https://main.test/"));
        await QueuedAsync(jobs, Host(1), release: true);
        await jobs.ChangeAsync([Host(1)], (job, _) => job.Ca = CaRole.Staging, Cancel);
        Assert.Single(await jobs.ClaimAsync(10, Cancel));
    }

    [Theory, BothStores]
    public async Task Blocked_and_idle_jobs_are_left_alone_and_looks_at_windows_come_when_they_are_due(StoreKind kind)
    {
        var jobs = await EmptyAsync(kind);
        await QueuedAsync(jobs, Host(1), release: true);
        await jobs.ChangeAsync([Host(1)], (job, _) => JobRules.Failed(job, new(FailureKind.Blocked, "x", ""), _clock.GetUtcNow(), Jobs.Dice, null, Choice), Cancel);
        await CertificateAsync(kind, Host(2), TimeSpan.FromDays(-10), TimeSpan.FromDays(80));
        await jobs.AddMissingAsync([Host(2)], Cancel);
        var look = _clock.GetUtcNow() + TimeSpan.FromHours(3);
        await jobs.ChangeAsync([Host(2)], (job, _) => job.DueAt = look, Cancel);
        Assert.Empty(await jobs.ClaimAsync(10, Cancel));
        Assert.Equal(look, await jobs.NextDueAsync(Cancel));
        _clock.SetUtcNow(look);

        var job = Assert.Single(await jobs.ClaimAsync(10, Cancel));

        Assert.Equal((Host(2), JobState.Idle), (job.HostName, job.State));
        // Nothing to do until its lease runs out or is given up.
        Assert.Equal(look + JobStore.Lease, await jobs.NextDueAsync(Cancel));
        Assert.Equal(look, (await jobs.CountAsync(Cancel)).OldestRenewal);
    }

    private static string Host(int i) => $"mta-sts.d{i}.test";

    private static IReadOnlyList<BucketUse> Uses(string host, BudgetLimits limits) => BudgetRules.Uses(limits, CaRole.Main, Choice.Main, host, isRenewal: false);

    private async Task<Store> StoreAsync(StoreKind kind) => (await apps.GetAsync(kind)).Services.GetRequiredService<Store>();

    /// <summary>A store of jobs on empty tables; the service of the fixture makes none while it has no domains.</summary>
    private async Task<JobStore> EmptyAsync(StoreKind kind, BudgetLimits? limits = null, CaChoice? choice = null)
    {
        var store = await StoreAsync(kind);
        await store.WriteAsideAsync(
            async db =>
            {
                await db.CertificateJobs.ExecuteDeleteAsync(Cancel);
                await db.Certificates.ExecuteDeleteAsync(Cancel);
                await db.IssuanceBuckets.ExecuteDeleteAsync(Cancel);
                await db.CaConditions.ExecuteDeleteAsync(Cancel);
            },
            Cancel);
        return new JobStore(store, choice ?? Choice, limits ?? new BudgetLimits(), _clock);
    }

    /// <returns>The job with its lease; or given back, waiting in the queue.</returns>
    private async Task<CertificateJob> QueuedAsync(JobStore jobs, string host, bool release = false)
    {
        await jobs.AddMissingAsync([host], Cancel);
        await jobs.ChangeAsync([host], (job, _) => JobRules.PreflightPassed(job, _clock.GetUtcNow()), Cancel);
        if (release)
        {
            return (await jobs.FindAsync(host, Cancel))!;
        }

        return Assert.Single(await jobs.ClaimAsync(1, Cancel));
    }

    private async Task RenewalAsync(StoreKind kind, JobStore jobs, string host, int daysLeft)
    {
        await CertificateAsync(kind, host, TimeSpan.FromDays(daysLeft - 90), TimeSpan.FromDays(daysLeft));
        await jobs.AddMissingAsync([host], Cancel);
        if (daysLeft < 0)
        {
            // What is not valid any more when its host comes is no certificate to adopt; this one ran out while it was served.
            await jobs.ChangeAsync([host], (job, dates) => JobRules.Adopted(job, dates!.Value, null, _clock.GetUtcNow(), Jobs.Dice), Cancel);
        }
    }

    private async Task CertificateAsync(StoreKind kind, string host, TimeSpan from, TimeSpan until)
    {
        var now = _clock.GetUtcNow();
        await (await StoreAsync(kind)).WriteAsideAsync(
            db =>
            {
                db.Certificates.Add(new StoredCertificate
                {
                    HostName = host,
                    Leaf = [1],
                    Issuers = [],
                    SealedKey = [1],
                    NotBefore = now + from,
                    NotAfter = now + until,
                    CreatedAt = now,
                    Origin = CertificateOrigin.Acme,
                });
                return Task.CompletedTask;
            },
            Cancel);
    }
}
