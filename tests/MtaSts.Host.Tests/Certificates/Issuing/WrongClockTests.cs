using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;
using Xunit;
using static MtaSts.Host.Tests.Certificates.Issuing.Jobs;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>A clock that was a year ahead, and is right again: nothing of what it left behind holds anything up, and nothing is ordered for it.</summary>
public sealed class WrongClockTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private static readonly CaChoice Choice = new("https://main.test/", "https://second.test/", "https://staging.test/");
    private static readonly DateTimeOffset Ahead = Now.AddYears(1);

    private readonly FakeTimeProvider _clock = new(Now);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_renewal_that_was_queued_by_a_clock_ahead_goes_back_to_rest()
    {
        var dates = Dates(90, 0.9);
        var job = Idle(dates);
        JobRules.RenewalDue(job, dates, Ahead);
        JobRules.Held(job, "clock.wrong", "", Ahead.AddMinutes(10), Ahead);
        JobRules.Resumed(job, Now, dates);

        Assert.True(JobRules.Rests(job, dates, Now));

        Assert.Equal((JobState.Idle, (string?)null, JobPriority.Renewal), (job.State, job.ReasonCode, job.Priority));
        Assert.True(job.DueAt > Now && job.RenewAt > Now);
    }

    public static TheoryData<string> Orders => new("due", "asked for", "revoked", "under way", "no certificate", "expired");

    [Theory, MemberData(nameof(Orders))]
    public void What_is_to_be_ordered_does_not_rest(string why)
    {
        var dates = Dates(90, why is "due" ? 0.2 : why is "expired" ? -0.1 : 0.9);
        var job = why is "no certificate" ? NewQueued() : Idle(dates);
        switch (why)
        {
            case "asked for":
                job.RenewNow = true;
                break;
            case "revoked":
                JobRules.Revoked(job, Now);
                break;
            case "under way":
                job.OrderUrl = "https://main.test/order/1";
                break;
            default:
                break;
        }

        Assert.False(JobRules.Rests(job, why is "no certificate" ? null : dates, Now));
    }

    [Theory, BothStores]
    public async Task Jobs_of_every_state_are_due_again_and_those_with_right_times_stay(StoreKind kind)
    {
        var store = await EmptyAsync(kind);
        _clock.SetUtcNow(Now);
        var jobs = new JobStore(store, Choice, new BudgetLimits(), _clock);
        await AddAsync(store, "waits", job => JobRules.PreflightFailed(job, "host.no-address", "", Ahead, Dice, null));
        await AddAsync(store, "dormant", job =>
        {
            job.UnreachableSince = Now.AddDays(-1);
            JobRules.PreflightFailed(job, "host.no-address", "", Ahead, Dice, null);
            Assert.Equal(JobState.Dormant, job.State);
        });
        await AddAsync(store, "backoff", job => JobRules.Failed(job, NameFailure, Ahead, Dice, null, OnlyMain));
        await AddAsync(store, "deferred", job =>
        {
            JobRules.PreflightPassed(job, Ahead);
            JobRules.CaAway(job, Ahead.AddMinutes(30), Ahead);
        });
        await AddAsync(store, "leased", job => (job.LeaseOwner, job.LeaseUntil) = ("somebody", Ahead + JobStore.Lease));
        await AddAsync(store, "idle", job =>
        {
            JobRules.Adopted(job, Dates(90, 0.9), "id", Now, Dice);
            JobRules.RenewalInfoFailed(job, null, Ahead, Dice);
        });
        await AddAsync(store, "right", job => JobRules.PreflightFailed(job, "host.no-address", "", Now, Dice, null));
        await AddAsync(store, "blocked", job =>
        {
            JobRules.Failed(job, new JobFailure(FailureKind.Blocked, "acme.rejectedIdentifier", ""), Ahead, Dice, null, OnlyMain);
        });
        var right = (await jobs.FindAsync("mta-sts.right.test", Cancel))!.DueAt;

        Assert.Equal(7, await jobs.RepairTimesAsync(clockStepped: false, Cancel));

        foreach (var name in new[] { "waits", "dormant", "backoff", "deferred", "leased", "idle" })
        {
            var job = (await jobs.FindAsync($"mta-sts.{name}.test", Cancel))!;
            Assert.True(job.DueAt <= Now, $"{name} is due at {job.DueAt}");
            Assert.True(job.Since <= Now && !(job.LastAttemptAt > Now) && !(job.PreflightAt > Now) && !(job.UnreachableSince > Now) && job.LeaseUntil is null, name);
        }

        Assert.Equal(JobState.DnsWait, (await jobs.FindAsync("mta-sts.dormant.test", Cancel))!.State);
        Assert.Equal((JobState.Blocked, JobRules.Never), await StateAsync(jobs, "blocked"));
        Assert.Equal((JobState.DnsWait, right), await StateAsync(jobs, "right"));
        Assert.Equal(0, await jobs.RepairTimesAsync(clockStepped: false, Cancel));
    }

    [Theory, BothStores]
    public async Task Budgets_breakers_and_accounts_wait_for_no_time_that_never_was(StoreKind kind)
    {
        var store = await EmptyAsync(kind);
        _clock.SetUtcNow(Now);
        var jobs = new JobStore(store, Choice, new BudgetLimits(), _clock);
        var use = BudgetRules.Renewals(new BudgetLimits(), Choice.Main);
        await store.WriteAsideAsync(
            db =>
            {
                db.IssuanceBuckets.Add(new IssuanceBucket { Name = use.Name, Tokens = 0, At = Ahead });
                db.CaConditions.Add(new CaCondition { Directory = Choice.Main, Failures = 10, OpenSince = Ahead, ProbeAt = Ahead.AddMinutes(30), LimitedUntil = Ahead.AddHours(1) });
                db.AcmeRegistrations.Add(new AcmeRegistration { Directory = Choice.Main, SealedKey = [1], State = AccountState.NeedsOperator, CreatedAt = Ahead, Since = Ahead });
                return Task.CompletedTask;
            },
            Cancel);

        await jobs.RepairTimesAsync(clockStepped: false, Cancel);

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await jobs.TakeTokensAsync([use], Cancel));
        var ca = (await jobs.FindConditionAsync(Choice.Main, Cancel))!;
        Assert.Equal((Now, Now, null), (ca.OpenSince, ca.ProbeAt, ca.LimitedUntil));
        await using var db = store.Open();
        Assert.Equal(Now, (await db.AcmeRegistrations.SingleAsync(row => row.Directory == Choice.Main, Cancel)).Since);
        await store.WriteAsideAsync(write => write.AcmeRegistrations.ExecuteDeleteAsync(Cancel), Cancel);
    }

    [Fact]
    public async Task A_clock_that_was_set_gives_names_that_wait_for_DNS_their_30_days_again()
    {
        var store = await EmptyAsync(StoreKind.Sqlite);
        _clock.SetUtcNow(Now);
        var jobs = new JobStore(store, Choice, new BudgetLimits(), _clock);
        // The clock was a year behind when the preflight failed.
        await AddAsync(store, "waits", job => JobRules.PreflightFailed(job, "host.no-address", "", Now.AddYears(-1), Dice, null));

        Assert.Equal(1, await jobs.RepairTimesAsync(clockStepped: true, Cancel));

        var job = (await jobs.FindAsync("mta-sts.waits.test", Cancel))!;
        JobRules.PreflightFailed(job, "host.no-address", "", Now, Dice, null);
        Assert.Equal(JobState.DnsWait, job.State);
    }

    [Fact]
    public void A_clock_that_is_set_is_told_from_one_that_runs_on()
    {
        var clock = new SettableClock(Now);
        var before = ClockReading.Of(clock);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.False(before.HasStepped(ClockReading.Of(clock), clock));

        clock.SetBy = TimeSpan.FromDays(365);
        Assert.True(before.HasStepped(ClockReading.Of(clock), clock));
        var ahead = ClockReading.Of(clock);
        clock.SetBy = TimeSpan.Zero;
        Assert.True(ahead.HasStepped(ClockReading.Of(clock), clock));
    }

    private static async Task<(JobState State, DateTimeOffset DueAt)> StateAsync(JobStore jobs, string name)
    {
        var job = (await jobs.FindAsync($"mta-sts.{name}.test", Cancel))!;
        return (job.State, job.DueAt);
    }

    private static Task AddAsync(Store store, string name, Action<CertificateJob> change) => store.WriteAsideAsync(
        db =>
        {
            var job = JobRules.New($"mta-sts.{name}.test", Now, 0.5);
            change(job);
            db.CertificateJobs.Add(job);
            return Task.CompletedTask;
        },
        Cancel);

    private async Task<Store> EmptyAsync(StoreKind kind)
    {
        var store = (await apps.GetAsync(kind)).Services.GetRequiredService<Store>();
        await store.WriteAsideAsync(
            async db =>
            {
                await db.CertificateJobs.ExecuteDeleteAsync(Cancel);
                await db.IssuanceBuckets.ExecuteDeleteAsync(Cancel);
                await db.CaConditions.ExecuteDeleteAsync(Cancel);
            },
            Cancel);
        return store;
    }
}
