using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Customers;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Customers;

/// <summary>When a customer's zone is looked at again.</summary>
public sealed class LookScheduleTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_incomplete_domain_is_looked_at_after_a_minute_and_then_less_and_less_often_up_to_six_hours()
    {
        var waits = new List<TimeSpan>();
        CustomerLook? last = null;
        for (var look = 0; look < 12; look++)
        {
            waits.Add(LookSchedule.Next(last, isComplete: false, isChanged: look == 0, new Even(0.5)));
            last = Look(waits[^1]);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360], waits.Select(wait => wait.TotalMinutes));
    }

    [Fact]
    public void A_change_begins_anew_and_what_is_complete_is_looked_at_once_a_day()
    {
        Assert.Equal(TimeSpan.FromMinutes(1), LookSchedule.Next(Look(TimeSpan.FromDays(1)), isComplete: false, isChanged: true, new Even(0.5)));
        Assert.Equal(TimeSpan.FromDays(1), LookSchedule.Next(Look(TimeSpan.FromMinutes(1)), isComplete: true, isChanged: true, new Even(0.5)));
        Assert.Equal(TimeSpan.FromDays(1), LookSchedule.Next(null, isComplete: true, isChanged: true, new Even(0.5)));
    }

    [Fact]
    public void Looks_spread_by_a_tenth_to_both_sides()
    {
        Assert.Equal(TimeSpan.FromHours(21.6), LookSchedule.Next(null, isComplete: true, isChanged: false, new Even(0)));
        Assert.Equal(TimeSpan.FromHours(26.4), LookSchedule.Next(null, isComplete: true, isChanged: false, new Even(1)));
    }

    [Fact]
    public void A_row_of_a_clock_that_was_set_back_does_not_make_the_wait_longer_than_it_may_be()
    {
        Assert.Equal(TimeSpan.FromHours(6), LookSchedule.Next(Look(TimeSpan.FromDays(4000)), isComplete: false, isChanged: false, new Even(0.5)));
        Assert.Equal(TimeSpan.FromMinutes(1), LookSchedule.Next(Look(TimeSpan.FromDays(-4000)), isComplete: false, isChanged: false, new Even(0.5)));
    }

    private static CustomerLook Look(TimeSpan wait) => new() { LookedAt = Now, NextLookAt = Now + wait, Report = "" };

    private sealed class Even(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
