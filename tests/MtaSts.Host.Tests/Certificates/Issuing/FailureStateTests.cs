using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;
using Xunit;
using static MtaSts.Host.Tests.Certificates.Issuing.Jobs;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>What follows a failure depends on whose it is.</summary>
public sealed class FailureStateTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 10)]
    [InlineData(3, 100)]
    [InlineData(4, 1440)]
    [InlineData(50, 1440)]
    public void A_failing_name_backs_off_for_1_10_100_minutes_then_a_day(int failures, int minutes)
    {
        var job = Running();
        job.Failures = failures - 1;

        JobRules.Failed(job, NameFailure, Now, Dice, null, OnlyMain);

        Assert.Equal((JobState.Backoff, failures, "connection"), (job.State, job.Failures, job.ReasonCode));
        Assert.InRange(job.DueAt - Now, TimeSpan.FromMinutes(minutes * 0.8), TimeSpan.FromMinutes(minutes * 1.2));
    }

    [Theory]
    [InlineData(160.0 / 24, 4.8, 7.2)]
    [InlineData(0.5, 0.39, 0.61)]
    public void The_longest_backoff_is_shorter_when_certificates_live_for_days_or_hours(double lifeInDays, double leastHours, double mostHours)
    {
        var dates = Dates(lifeInDays, 0.4);
        var job = Running(dates);
        job.Failures = 10;

        JobRules.Failed(job, NameFailure, Now, Dice, dates, OnlyMain);

        Assert.InRange(job.DueAt - Now, TimeSpan.FromHours(leastHours), TimeSpan.FromHours(mostHours));
    }

    [Fact]
    public void A_name_that_fails_from_the_start_stays_below_five_failed_authorizations_an_hour()
    {
        var job = Running();
        var (now, times) = (Now, new List<DateTimeOffset>());
        for (var i = 0; i < 6; i++)
        {
            times.Add(now);
            JobRules.Failed(job, NameFailure, now, Dice, null, OnlyMain);
            now = job.DueAt;
            JobRules.PreflightPassed(job, now);
            JobRules.Started(job, now);
        }

        Assert.All(times, from => Assert.InRange(times.Count(time => time >= from && time < from + TimeSpan.FromHours(1)), 1, 4));
    }

    [Fact]
    public void A_new_name_that_failed_goes_to_staging_until_it_passes_and_then_back_to_the_main_CA()
    {
        var job = Running();
        JobRules.Failed(job, NameFailure, Now, Dice, null, AllCas);
        Assert.Equal(CaRole.Staging, job.Ca);
        JobRules.Failed(job, NameFailure, Now, Dice, null, AllCas);
        Assert.Equal(CaRole.Staging, job.Ca);

        JobRules.Issued(job, Dates(90, 1), "staging", Now, Dice);

        Assert.Equal((CaRole.Main, JobState.Queued, JobPriority.NewName), (job.Ca, job.State, job.Priority));
        Assert.Null(job.RenewAt);
        Assert.Null(job.LastIssuedAt);
        Assert.Null(job.AriCertificateId);
    }

    [Fact]
    public void A_name_that_passes_at_staging_and_fails_at_the_main_CA_does_not_turn_in_circles()
    {
        var job = Running();
        for (var i = 0; i < 4; i++)
        {
            JobRules.Failed(job, NameFailure, Now, Dice, null, AllCas);
            JobRules.Issued(job, Dates(90, 1), null, Now, Dice);
        }

        JobRules.Failed(job, NameFailure, Now, Dice, null, AllCas);
        Assert.InRange(job.DueAt - Now, TimeSpan.FromHours(19.2), TimeSpan.FromHours(28.8));
    }

    [Fact]
    public void Renewals_never_go_to_staging()
    {
        var dates = Dates(90, 0.3);
        var job = Running(dates);
        JobRules.Failed(job, NameFailure, Now, Dice, dates, AllCas);
        Assert.Equal(CaRole.Main, job.Ca);

        job.Ca = CaRole.Staging;
        JobRules.ChooseCa(job, dates, AllCas, null, Now);
        Assert.Equal(CaRole.Main, job.Ca);
    }

    [Fact]
    public void Staging_and_the_second_CA_are_never_chosen_when_they_are_not_set()
    {
        var dates = Dates(90, 0.1);
        var job = Running();
        JobRules.Failed(job, NameFailure, Now, Dice, null, OnlyMain);
        Assert.Equal(CaRole.Main, job.Ca);
        for (var i = 0; i < 6; i++)
        {
            JobRules.Failed(job, CaFailure, Now, Dice, dates, OnlyMain);
            Assert.Equal(CaRole.Main, job.Ca);
        }

        JobRules.ChooseCa(job, dates, OnlyMain, AwaySince(Now - TimeSpan.FromDays(1)), Now);
        Assert.Equal(CaRole.Main, job.Ca);
        job.Ca = CaRole.Fallback;
        JobRules.ChooseCa(job, dates, OnlyMain, null, Now);
        Assert.Equal(CaRole.Main, job.Ca);
    }

    [Fact]
    public void A_rate_limit_is_no_failure_and_is_over_when_the_CA_says_so()
    {
        var job = Running();
        var retryAt = Now + TimeSpan.FromHours(2);

        JobRules.Failed(job, new(FailureKind.RateLimit, "rateLimited", "Too many.", RetryAt: retryAt), Now, Dice, null, AllCas);

        Assert.Equal((JobState.Deferred, 0, 0, CaRole.Main), (job.State, job.Failures, job.CaFailures, job.Ca));
        Assert.InRange(job.DueAt, retryAt, retryAt + TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void No_word_of_a_CA_holds_a_name_up_for_more_than_a_day()
    {
        var job = Running();
        JobRules.Failed(job, new(FailureKind.RateLimit, "rateLimited", "", RetryAt: Now + TimeSpan.FromDays(400)), Now, Dice, null, OnlyMain);
        Assert.Equal(Now + TimeSpan.FromDays(1), job.DueAt);
    }

    [Fact]
    public void A_limit_of_the_main_CA_sends_a_certificate_that_runs_out_to_the_second_one()
    {
        var dates = Dates(90, 0.2);
        var job = Running(dates);
        JobRules.Failed(job, new(FailureKind.RateLimit, "rateLimited", "", RetryAt: Now + TimeSpan.FromDays(30)), Now, Dice, dates, AllCas);
        Assert.Equal((CaRole.Fallback, Now), (job.Ca, job.DueAt));
    }

    [Fact]
    public void After_a_failure_of_the_CA_the_same_order_is_gone_on_with()
    {
        var job = Ordered();

        JobRules.Failed(job, CaFailure, Now, Dice, null, OnlyMain);

        Assert.Equal((JobState.Deferred, 0, 1), (job.State, job.Failures, job.CaFailures));
        Assert.Equal((JobStep.Finalize, "https://main.test/order/1"), (job.Step, job.OrderUrl));
        Assert.NotNull(job.SealedKey);
        Assert.InRange(job.DueAt - Now, TimeSpan.FromSeconds(48), TimeSpan.FromSeconds(72));
        JobRules.Resumed(job, job.DueAt);
        JobRules.Started(job, job.DueAt);
        Assert.Equal((JobState.Running, JobStep.Finalize), (job.State, job.Step));
    }

    [Fact]
    public void An_order_that_the_CA_cannot_go_on_with_is_given_up_in_the_end()
    {
        var job = Ordered();
        for (var i = 0; i < 10; i++)
        {
            Assert.NotNull(job.OrderUrl);
            JobRules.Failed(job, CaFailure, Now, Dice, null, OnlyMain);
        }

        Assert.Null(job.OrderUrl);
        Assert.Null(job.SealedKey);
    }

    [Theory]
    [InlineData(FailureKind.Ca)]
    [InlineData(FailureKind.Account)]
    internal void After_three_failures_that_are_not_the_names_fault_it_goes_to_the_second_CA_and_back_once_that_has_issued(FailureKind kind)
    {
        var dates = Dates(90, 0.3);
        var job = Ordered(dates);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(CaRole.Main, job.Ca);
            JobRules.Failed(job, new(kind, "x", ""), Now, Dice, dates, AllCas);
        }

        Assert.Equal((CaRole.Fallback, (string?)null, 0), (job.Ca, job.OrderUrl, job.Failures));
        JobRules.Issued(job, Dates(90, 1), null, Now, Dice);
        Assert.Equal((CaRole.Main, 0), (job.Ca, job.CaFailures));
    }

    [Fact]
    public void When_the_second_CA_fails_as_well_it_goes_back_to_the_main_one()
    {
        var job = Running();
        for (var i = 0; i < 6; i++)
        {
            JobRules.Failed(job, CaFailure, Now, Dice, null, AllCas);
        }

        Assert.Equal(CaRole.Main, job.Ca);
    }

    [Theory]
    [InlineData(61, 0.2, true)]
    [InlineData(59, 0.2, false)]
    [InlineData(61, 0.3, false)]
    public void The_second_CA_steps_in_when_the_first_is_away_for_an_hour_and_a_quarter_of_the_life_is_left(int minutes, double remaining, bool expected)
    {
        var job = Ordered(Dates(90, remaining));

        JobRules.ChooseCa(job, Dates(90, remaining), AllCas, AwaySince(Now - TimeSpan.FromMinutes(minutes)), Now);

        Assert.Equal(expected ? CaRole.Fallback : CaRole.Main, job.Ca);
        Assert.Equal(expected, job.OrderUrl is null);
    }

    [Fact]
    public void What_we_sent_wrongly_is_made_anew_once_and_then_the_name_is_blocked()
    {
        var job = Ordered();
        JobRules.Failed(job, new(FailureKind.Own, "badCSR", ""), Now, Dice, null, AllCas);
        Assert.Equal((JobState.Deferred, (string?)null, (byte[]?)null), (job.State, job.OrderUrl, job.SealedKey));

        JobRules.Resumed(job, job.DueAt);
        JobRules.Started(job, job.DueAt);
        JobRules.Failed(job, new(FailureKind.Own, "badCSR", ""), Now, Dice, null, AllCas);

        Assert.Equal((JobState.Blocked, JobRules.Never), (job.State, job.DueAt));
    }

    [Fact]
    public void A_blocked_name_waits_for_people()
    {
        var job = Ordered();
        JobRules.Failed(job, new(FailureKind.Blocked, "rejectedIdentifier", "Not by us.", "{}"), Now, Dice, null, AllCas);
        Assert.Equal((JobState.Blocked, JobRules.Never, "{}"), (job.State, job.DueAt, job.Problem));

        JobRules.RenewalRequested(job, null, Now);

        Assert.Equal((JobState.DnsWait, Now), (job.State, job.DueAt));
    }

    [Fact]
    public void Without_a_token_or_a_CA_a_name_is_deferred_and_nothing_is_counted()
    {
        var job = Running();
        JobRules.NoToken(job, Now + TimeSpan.FromMinutes(5), Now);
        Assert.Equal((JobState.Deferred, Now + TimeSpan.FromMinutes(5), JobStep.None), (job.State, job.DueAt, job.Step));
        JobRules.Resumed(job, job.DueAt);
        Assert.Equal((JobState.Queued, JobPriority.NewName), (job.State, job.Priority));

        job = Ordered();
        JobRules.CaAway(job, Now + TimeSpan.FromMinutes(5), Now);
        Assert.Equal((JobState.Deferred, "https://main.test/order/1", 0, 0), (job.State, job.OrderUrl, job.Failures, job.CaFailures));
    }

    [Fact]
    public void An_account_that_is_lost_takes_its_orders_with_it()
    {
        var job = Ordered();
        JobRules.Failed(job, new(FailureKind.Account, "accountDoesNotExist", ""), Now, Dice, null, OnlyMain);
        Assert.Equal((JobState.Deferred, (string?)null, 0), (job.State, job.OrderUrl, job.Failures));
    }

    private static CaCondition AwaySince(DateTimeOffset since) => new() { Directory = AllCas.Main, OpenSince = since, Failures = 10, Openings = 1 };
}
