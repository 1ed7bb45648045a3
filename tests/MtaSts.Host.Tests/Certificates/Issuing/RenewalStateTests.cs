using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;
using Xunit;
using static MtaSts.Host.Tests.Certificates.Issuing.Jobs;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>When a certificate is renewed: by its dates, by the CA's window, by people; and not too often.</summary>
public sealed class RenewalStateTests
{
    [Theory]
    [InlineData(90, 60)]
    [InlineData(45, 30)]
    [InlineData(160.0 / 24, 80.0 / 24)]
    [InlineData(0.5, 0.25)]
    [InlineData(60.0 / 86400, 30.0 / 86400)]
    public void Renewal_is_at_two_thirds_of_the_life_or_half_of_a_short_one_less_up_to_five_percent(double lifeInDays, double expectedDays)
    {
        var dates = Dates(lifeInDays, 1);
        Assert.Equal(expectedDays, (RenewalPlan.RenewAt(dates, 0) - dates.NotBefore).TotalDays, 6);
        Assert.Equal(expectedDays - (lifeInDays * 0.05), (RenewalPlan.RenewAt(dates, 1) - dates.NotBefore).TotalDays, 6);
    }

    [Fact]
    public void What_was_issued_is_idle_until_its_renewal_and_forgets_its_failures()
    {
        var job = Ordered();
        (job.Failures, job.CaFailures, job.HasNewKey, job.ReasonCode, job.Problem, job.UnreachableSince, job.IsRevoked, job.RenewNow) = (3, 2, true, "x", "{}", Now, true, true);

        JobRules.Issued(job, Dates(90, 1), "id", Now, Dice);

        Assert.Equal((JobState.Idle, 0, 0, false, false, false), (job.State, job.Failures, job.CaFailures, job.HasNewKey, job.IsRevoked, job.RenewNow));
        Assert.Equal((JobStep.None, (string?)null, (byte[]?)null, (string?)null, (string?)null), (job.Step, job.OrderUrl, job.SealedKey, job.ReasonCode, job.Problem));
        Assert.Equal((Now, "id"), (job.LastIssuedAt, job.AriCertificateId));
        Assert.Null(job.UnreachableSince);
        Assert.Equal(RenewalPlan.RenewAt(Dates(90, 1), job.Jitter), job.RenewAt);
        Assert.InRange(job.AriCheckAt!.Value, Now, Now + TimeSpan.FromHours(6));
        Assert.Equal(job.AriCheckAt, job.DueAt);
    }

    [Fact]
    public void Each_certificate_draws_its_own_jitter_and_names_that_came_together_spread()
    {
        var random = Dice;
        var times = Enumerable.Range(0, 1000).Select(_ =>
        {
            var job = Running();
            JobRules.Issued(job, Dates(90, 1), null, Now, random);
            return job.RenewAt!.Value;
        }).ToList();
        Assert.True(times.Max() - times.Min() > TimeSpan.FromDays(4));
        Assert.Equal(1000, times.Distinct().Count());
    }

    [Fact]
    public void An_imported_certificate_makes_an_idle_job_which_is_due_at_once_when_it_is_old()
    {
        Assert.False(JobRules.IsRenewalDue(Idle(Dates(90, 0.9)), Now));
        var job = Idle(Dates(90, 0.2));
        Assert.True(JobRules.IsRenewalDue(job, Now));
        Assert.Null(job.LastIssuedAt);
    }

    [Fact]
    public void The_order_is_revoked_expired_least_life_left_new_name_normal_renewal()
    {
        var revoked = Idle(Dates(90, 0.9));
        JobRules.Revoked(revoked, Now);
        int[] order =
        [
            revoked.Priority,
            JobPriority.Of(Idle(Dates(90, -0.01)), Dates(90, -0.01), Now),
            JobPriority.Of(Idle(Dates(6, 0.1)), Dates(6, 0.1), Now),
            JobPriority.Of(Idle(Dates(90, 0.2)), Dates(90, 0.2), Now),
            JobPriority.Of(New(), null, Now),
            JobPriority.Of(Idle(Dates(90, 0.3)), Dates(90, 0.3), Now),
        ];
        Assert.Equal(order.Order(), order);
        Assert.Equal(order.Length, order.Distinct().Count());
    }

    [Fact]
    public void A_window_gives_one_random_time_in_it_which_stays_while_the_window_stays()
    {
        var dates = Dates(90, 0.9);
        var job = Idle(dates);
        var (start, end) = (Now + TimeSpan.FromDays(10), Now + TimeSpan.FromDays(12));

        JobRules.RenewalInfo(job, dates, start, end, "https://ca.test/why", TimeSpan.FromHours(7), Now, Dice);

        var drawn = job.RenewAt!.Value;
        Assert.InRange(drawn, start, end);
        Assert.Equal((Now + TimeSpan.FromHours(7), "https://ca.test/why", JobState.Idle), (job.AriCheckAt, job.AriExplanation, job.State));
        JobRules.RenewalInfo(job, dates, start, end, null, null, Now, new Random(99));
        Assert.Equal(drawn, job.RenewAt);
        JobRules.RenewalInfo(job, dates, start, end + TimeSpan.FromDays(1), null, null, Now, new Random(99));
        Assert.NotEqual(drawn, job.RenewAt);
    }

    [Fact]
    public void A_window_far_away_never_holds_up_a_renewal_that_the_dates_demand()
    {
        var dates = Dates(90, 0.9);
        var job = Idle(dates);

        JobRules.RenewalInfo(job, dates, dates.NotAfter - TimeSpan.FromHours(2), dates.NotAfter + TimeSpan.FromDays(900), null, null, Now, Dice);

        Assert.InRange(job.RenewAt!.Value, dates.NotBefore + (dates.Life * 0.7), dates.NotBefore + (dates.Life * 0.75));
    }

    [Fact]
    public void A_window_that_ends_before_it_begins_is_like_none()
    {
        var dates = Dates(90, 0.9);
        var job = Idle(dates);
        var planned = job.RenewAt;
        JobRules.RenewalInfo(job, dates, Now, Now - TimeSpan.FromDays(1), null, null, Now, Dice);
        Assert.Equal(planned, job.RenewAt);
        Assert.Null(job.AriStart);
    }

    [Fact]
    public void A_window_in_the_past_calls_the_certificate_back_before_all_others()
    {
        var dates = Dates(90, 0.9);
        var job = Idle(dates);

        JobRules.RenewalInfo(job, dates, Now - TimeSpan.FromDays(2), Now - TimeSpan.FromDays(1), null, null, Now, Dice);

        Assert.Equal((JobState.Queued, JobPriority.Revoked), (job.State, job.Priority));
    }

    [Fact]
    public void A_window_that_passed_while_we_slept_is_no_call_back()
    {
        var dates = Dates(90, 0.28);
        var job = Idle(dates);
        JobRules.RenewalInfo(job, dates, Now - TimeSpan.FromDays(6), Now - TimeSpan.FromDays(4), null, null, Now, Dice);
        Assert.Equal((JobState.Queued, JobPriority.Renewal), (job.State, job.Priority));
    }

    [Fact]
    public void A_CA_whose_windows_are_always_past_does_not_make_a_loop()
    {
        var job = Running();
        JobRules.Issued(job, Dates(90, 1), "second", Now, Dice);

        JobRules.RenewalInfo(job, Dates(90, 1), Now - TimeSpan.FromDays(2), Now - TimeSpan.FromDays(1), null, null, Now, Dice);

        Assert.Equal((JobState.Idle, Now + TimeSpan.FromHours(6)), (job.State, job.RenewAt));
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(1_000_000, 86_400)]
    public void The_CA_is_asked_for_its_window_between_once_a_minute_and_once_a_day(int retryAfter, int expected)
    {
        var job = Idle(Dates(90, 0.9));
        JobRules.RenewalInfo(job, Dates(90, 0.9), Now + TimeSpan.FromDays(1), Now + TimeSpan.FromDays(2), null, TimeSpan.FromSeconds(retryAfter), Now, Dice);
        Assert.Equal(Now + TimeSpan.FromSeconds(expected), job.AriCheckAt);
    }

    [Fact]
    public void Without_an_answer_the_last_window_holds_and_the_CA_is_asked_again_after_six_hours()
    {
        var dates = Dates(90, 0.9);
        var job = Idle(dates);
        JobRules.RenewalInfo(job, dates, Now + TimeSpan.FromDays(10), Now + TimeSpan.FromDays(12), null, null, Now, Dice);
        var drawn = job.RenewAt;

        JobRules.RenewalInfoFailed(job, null, Now, Dice);

        Assert.Equal((drawn, JobState.Idle, job.AriCheckAt), (job.RenewAt, job.State, job.DueAt));
        Assert.InRange(job.AriCheckAt!.Value - Now, TimeSpan.FromHours(4.8), TimeSpan.FromHours(7.2));
    }

    [Fact]
    public void A_new_certificate_forgets_the_window_of_the_old_one()
    {
        var dates = Dates(90, 0.9);
        var job = Idle(dates);
        JobRules.RenewalInfo(job, dates, Now - TimeSpan.FromDays(2), Now - TimeSpan.FromDays(1), "why", null, Now, Dice);
        JobRules.Started(job, Now);

        JobRules.Issued(job, Dates(90, 1), "second", Now, Dice);

        Assert.Equal(("second", (DateTimeOffset?)null, (DateTimeOffset?)null, (string?)null), (job.AriCertificateId, job.AriStart, job.AriEnd, job.AriExplanation));
        Assert.True(job.RenewAt > Now + TimeSpan.FromDays(50));
    }

    [Fact]
    public void A_renewal_that_is_asked_for_is_queued_at_once()
    {
        var dates = Dates(90, 0.9);
        var job = Idle(dates);
        JobRules.RenewalRequested(job, dates, Now);
        Assert.Equal((JobState.Queued, JobPriority.Asked, true), (job.State, job.Priority, job.RenewNow));
    }

    [Fact]
    public void Between_two_certificates_of_one_name_lie_36_hours_whoever_asks_unless_it_was_revoked()
    {
        var job = Running();
        JobRules.Issued(job, Dates(90, 1), null, Now, Dice);

        JobRules.RenewalRequested(job, Dates(90, 1), Now);

        Assert.Equal((JobState.Idle, Now + TimeSpan.FromHours(36), JobRules.FloorCode), (job.State, job.DueAt, job.ReasonCode));
        JobRules.Revoked(job, Now);
        Assert.Equal((JobState.Queued, Now, JobPriority.Revoked), (job.State, job.DueAt, job.Priority));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(60.0 / 86400)]
    public void The_floor_is_never_later_than_what_the_dates_ask_for(double lifeInDays)
    {
        var job = Running();
        JobRules.Issued(job, Dates(lifeInDays, 1), null, Now, Dice);
        var planned = job.RenewAt;

        JobRules.RenewalRequested(job, Dates(lifeInDays, 1), Now);

        Assert.Equal(planned, job.RenewAt);
    }

    [Fact]
    public void Who_asks_all_day_for_a_failing_name_gets_no_more_than_four_tries_an_hour()
    {
        var job = Running();
        JobRules.Failed(job, NameFailure, Now, Dice, null, OnlyMain);

        JobRules.RenewalRequested(job, null, Now + TimeSpan.FromSeconds(1));

        Assert.Equal((JobState.DnsWait, Now + TimeSpan.FromMinutes(15)), (job.State, job.DueAt));
    }

    [Fact]
    public void A_revoked_certificate_does_not_disturb_the_attempt_that_replaces_it()
    {
        var job = Ordered(Dates(90, 0.3));
        JobRules.Revoked(job, Now);
        Assert.Equal((JobState.Running, "https://main.test/order/1", true), (job.State, job.OrderUrl, job.IsRevoked));
    }

    [Fact]
    public void A_host_that_is_served_no_longer_retires_until_its_certificate_has_run_out()
    {
        var dates = Dates(90, 0.5);
        var job = Ordered(dates);

        JobRules.Unpublished(job, dates, Now);

        Assert.Equal((JobState.Retired, dates.NotAfter, (string?)null, (byte[]?)null), (job.State, job.DueAt, job.OrderUrl, job.SealedKey));
        JobRules.Revoked(job, Now);
        JobRules.RenewalRequested(job, dates, Now);
        Assert.Equal(JobState.Retired, job.State);
    }

    [Fact]
    public void A_host_that_comes_back_keeps_its_certificate_or_begins_anew()
    {
        var dates = Dates(90, 0.5);
        var job = Idle(dates);
        var renewAt = job.RenewAt;
        JobRules.Unpublished(job, dates, Now);
        JobRules.PublishedAgain(job, dates, Now);
        Assert.Equal((JobState.Idle, renewAt), (job.State, job.RenewAt));

        JobRules.Unpublished(job, dates, Now);
        JobRules.PublishedAgain(job, null, Now);
        Assert.Equal((JobState.DnsWait, Now, JobPriority.NewName), (job.State, job.DueAt, job.Priority));
    }
}
