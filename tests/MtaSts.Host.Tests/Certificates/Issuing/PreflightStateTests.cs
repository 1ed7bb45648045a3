using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;
using Xunit;
using static MtaSts.Host.Tests.Certificates.Issuing.Jobs;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>Waiting for DNS costs no request to a CA and no attention once the name is gone; but no mistake of ours lets a certificate run out.</summary>
public sealed class PreflightStateTests
{
    [Fact]
    public void A_new_host_is_looked_at_at_once_and_queued_when_its_preflight_passes()
    {
        var job = New();
        Assert.Equal((JobState.DnsWait, Now, JobPriority.NewName), (job.State, job.DueAt, job.Priority));

        JobRules.PreflightPassed(job, Now);

        Assert.Equal((JobState.Queued, Now, JobPriority.NewName), (job.State, job.DueAt, job.Priority));
    }

    [Fact]
    public void A_failed_preflight_is_repeated_after_a_minute_and_in_the_end_every_six_hours()
    {
        var job = New();
        var (random, now, waits) = (Dice, Now, new List<TimeSpan>());
        while (job.State == JobState.DnsWait)
        {
            JobRules.PreflightFailed(job, "host.no-address", "No address.", now, random, null);
            waits.Add(job.DueAt - now);
            now = job.DueAt;
        }

        Assert.InRange(waits[0], TimeSpan.FromSeconds(48), TimeSpan.FromSeconds(72));
        Assert.InRange(waits[^3], TimeSpan.FromHours(4.8), TimeSpan.FromHours(7.2));
        Assert.InRange(waits.Count, 110, 180);
        Assert.Equal(("host.no-address", "No address."), (job.ReasonCode, job.Reason));
    }

    [Fact]
    public void After_thirty_days_a_name_is_dormant_and_looked_at_once_a_week()
    {
        var job = New();
        JobRules.PreflightFailed(job, "host.nxdomain", "", Now, Dice, null);

        var later = Now + TimeSpan.FromDays(30);
        JobRules.PreflightFailed(job, "host.nxdomain", "", later, Dice, null);

        Assert.Equal(JobState.Dormant, job.State);
        Assert.InRange(job.DueAt - later, TimeSpan.FromDays(5.6), TimeSpan.FromDays(8.4));
        JobRules.PreflightPassed(job, job.DueAt);
        Assert.Equal((JobState.Queued, (DateTimeOffset?)null, (string?)null), (job.State, job.UnreachableSince, job.ReasonCode));
    }

    [Fact]
    public void A_failed_preflight_holds_up_a_renewal_with_time_left()
    {
        var job = Idle(Dates(90, 0.3));
        JobRules.RenewalDue(job, Dates(90, 0.3), Now);

        JobRules.PreflightFailed(job, "echo.timeout", "", Now, Dice, Dates(90, 0.3));

        Assert.Equal(JobState.DnsWait, job.State);
        Assert.NotNull(job.RenewAt);
    }

    [Theory]
    [InlineData(0.24, true)]
    [InlineData(0.26, false)]
    [InlineData(-0.1, true)]
    public void With_less_than_a_quarter_of_the_life_left_a_failed_preflight_is_advice_only(double remaining, bool expected)
    {
        var job = Idle(Dates(90, remaining));
        JobRules.PreflightFailed(job, "echo.timeout", "Nobody answers.", Now, Dice, Dates(90, remaining));

        Assert.Equal(expected, JobRules.MayOrderDespite(job, Dates(90, remaining), Now));
        Assert.Equal(expected ? JobState.Queued : JobState.DnsWait, job.State);
        Assert.Equal("echo.timeout", job.ReasonCode);
        Assert.NotNull(job.UnreachableSince);
    }

    [Fact]
    public void A_name_that_left_DNS_for_thirty_days_is_not_tried_with_the_CA_although_its_certificate_ran_out()
    {
        var job = Idle(Dates(90, -0.1));
        job.UnreachableSince = Now - TimeSpan.FromDays(30);

        JobRules.PreflightFailed(job, "host.nxdomain", "", Now, Dice, Dates(90, -0.1));

        Assert.Equal(JobState.Dormant, job.State);
    }

    [Fact]
    public void A_name_without_a_certificate_is_never_ordered_despite_its_preflight() =>
        Assert.False(JobRules.MayOrderDespite(New(), null, Now));

    [Fact]
    public void Looks_at_names_whose_certificates_live_for_hours_are_not_hours_apart()
    {
        var job = Idle(Dates(0.5, 0.4));
        job.UnreachableSince = Now - TimeSpan.FromHours(4);

        JobRules.PreflightFailed(job, "dns.timeout", "", Now, Dice, Dates(0.5, 0.4));

        Assert.InRange(job.DueAt - Now, TimeSpan.FromMinutes(24), TimeSpan.FromMinutes(36));
    }

    [Fact]
    public void The_reason_of_the_CA_stays_when_a_later_preflight_passes()
    {
        var job = Running();
        JobRules.Failed(job, NameFailure, Now, Dice, null, OnlyMain);

        JobRules.PreflightPassed(job, job.DueAt);

        Assert.Equal((JobState.Queued, "connection"), (job.State, job.ReasonCode));
    }
}
