using MtaSts.Host.Certificates.Issuing;
using MtaSts.Measure.Schedule;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>The scheduler in simulated time; at full size it is a measurement, see MtaSts.Measure.</summary>
public sealed class ScheduleTests
{
    [Theory]
    [InlineData(90.0, 120)]
    [InlineData(45.0, 120)]
    [InlineData(160.0 / 24, 40)]
    public void No_certificate_expires_and_no_limit_is_exceeded_over_months_with_an_outage(double lifeInDays, int days)
    {
        var result = ScheduleSimulation.Run(new ScheduleSettings(1_000, days, TimeSpan.FromDays(lifeInDays)));

        Assert.Empty(result.Refused);
        Assert.Equal((0, 0), (result.Expired, result.Unserved));
        Assert.True(result.Issued > 1_000 && result.FirstIssued > 450 && result.CallsInOutage > 0 && result.FailedValidations > 0);
        Assert.True(result.LongestWaitOfCalledBack > TimeSpan.Zero && result.LongestWaitOfCalledBack < TimeSpan.FromHours(14));
    }

    [Fact]
    public void Without_our_budgets_the_model_of_the_CA_refuses()
    {
        var result = ScheduleSimulation.Run(new ScheduleSettings(1_000, 2, TimeSpan.FromDays(90)) { IgnoresBudgets = true });
        Assert.Contains("orders of the account", result.Refused.Keys);
    }

    [Fact]
    public void With_too_small_a_budget_for_renewals_certificates_expire_and_it_shows()
    {
        var result = ScheduleSimulation.Run(new ScheduleSettings(1_000, 40, TimeSpan.FromDays(160.0 / 24)) { Limits = new BudgetLimits(RenewalsPerHour: 2) });
        Assert.True(result.Expired > 0);
    }
}
