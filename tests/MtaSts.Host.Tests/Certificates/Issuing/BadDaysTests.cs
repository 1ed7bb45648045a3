using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>Days on which the CA or DNS is away: what is served stays, nobody is stormed, and all is made up for afterwards.</summary>
public sealed class BadDaysTests
{
    private static readonly string[] Domains = [.. Enumerable.Range(0, 12).Select(number => $"d{number}.example")];

    [Fact]
    public async Task A_CA_that_is_away_for_days_is_asked_twice_an_hour_and_renews_all_once_it_is_back()
    {
        await using var rig = await StubCaRig.StartAsync();
        var began = rig.Now;
        // Renewed by their dates, between the days 18.4 and 20.
        (rig.Ca.Behaviour.Lifetime, rig.Ca.Behaviour.HasRenewalInfo) = (TimeSpan.FromDays(30), false);
        await rig.AddAsync(Domains);
        foreach (var kind in Enum.GetValues<StubRequestKind>())
        {
            rig.Ca.Fail(kind, StubFailure.RequestLost, times: int.MaxValue);
        }

        var asked = StubCaRig.Requests(rig.Ca);
        await rig.AdvanceToAsync(began.AddDays(20));
        await rig.LiveAsync(TimeSpan.FromHours(8));

        // The failures that opened the breaker, some of which share a request; 1, 2, 4, 8, 16 minutes, then each half hour.
        Assert.InRange(StubCaRig.Requests(rig.Ca) - asked, 5 + 13, 20 + 5 + 16);
        for (var leap = 0; leap < 9; leap++)
        {
            await rig.AdvanceAsync(TimeSpan.FromHours(5));
        }

        Assert.InRange(StubCaRig.Requests(rig.Ca) - asked, 5 + 13 + 9, 20 + 5 + 16 + 9);
        await rig.HealthTellsAsync("ca");
        foreach (var domain in Domains)
        {
            await rig.AssertServedAsync(domain, rig.Certificates(domain).Single());
            Assert.Equal(0, (await rig.StateAsync(domain)).Failures);
        }

        rig.Ca.StopFailing();
        await rig.LiveAsync(TimeSpan.FromMinutes(65));
        Assert.Equal((24, 24), (rig.Ca.Orders.Count, rig.Ca.Certificates.Count));
        foreach (var domain in Domains)
        {
            Assert.Equal([null, rig.Certificates(domain)[0].CertId], rig.Certificates(domain).Select(certificate => certificate.Replaces));
            await rig.AssertServedAsync(domain, rig.Certificates(domain)[1]);
            Assert.Equal(("idle", null, 0), await rig.StateAsync(domain));
        }

        await rig.HealthTellsAsync();
    }

    [Fact]
    public async Task Names_that_DNS_does_not_find_for_days_cost_the_CA_nothing_until_a_certificate_runs_out()
    {
        await using var rig = await StubCaRig.StartAsync();
        var began = rig.Now;
        // Renewed by their dates, between the days 18.4 and 20.
        (rig.Ca.Behaviour.Lifetime, rig.Ca.Behaviour.HasRenewalInfo) = (TimeSpan.FromDays(30), false);
        var first = await rig.IssueAsync("old.example");
        await rig.AdvanceToAsync(began.AddDays(18.3));
        rig.DnsIsBroken = true;
        await rig.AddAsync("new.example");
        var asked = Asked(rig.Ca);
        await rig.LiveAsync(TimeSpan.FromDays(4));

        Assert.Equal(asked, Asked(rig.Ca));
        foreach (var domain in new[] { "old.example", "new.example" })
        {
            Assert.Equal(("dnsWait", "dns.servfail", 0), await rig.StateAsync(domain));
        }

        await rig.AssertServedAsync("old.example", first);
        await rig.HealthTellsAsync("certificates");

        // Less than a quarter of its life: it may be our resolver that is broken.
        await rig.LiveAsync(TimeSpan.FromHours(14));
        await rig.AssertServedAsync("old.example", rig.Certificates("old.example")[1]);
        Assert.Equal("dnsWait", (await rig.StateAsync("new.example")).State);

        rig.DnsIsBroken = false;
        await rig.LiveAsync(TimeSpan.FromHours(7.5));
        await rig.AssertServedAsync("new.example", rig.Certificates("new.example").Single());
        await rig.HealthTellsAsync();
    }

    [Theory]
    [InlineData(365)]
    [InlineData(-365)]
    public async Task Nothing_is_ordered_while_our_clock_and_that_of_the_CA_are_a_year_apart(int days)
    {
        await using var rig = await StubCaRig.StartAsync();
        var kept = await rig.IssueAsync("kept.example");
        await rig.AdvanceAsync(TimeSpan.FromMinutes(61));
        rig.Ca.Behaviour.DateOffset = TimeSpan.FromDays(days);
        await rig.AddAsync(Domains);

        foreach (var domain in Domains)
        {
            Assert.Equal(("deferred", "clock.wrong", 0), await rig.StateAsync(domain));
        }

        await rig.HealthTellsAsync("clock", "certificates");
        Assert.Equal(days * 86400.0, (await rig.SummaryAsync()).GetProperty("clock").GetProperty("caAheadSeconds").GetDouble(), tolerance: 5);
        await rig.LiveAsync(TimeSpan.FromMinutes(90));
        var line = Assert.Single(rig.Log.Lines, line => line.Contains("The clock of this machine is wrong", StringComparison.Ordinal));
        Assert.StartsWith("Error", line, StringComparison.Ordinal);
        Assert.Single(rig.Ca.Orders);

        rig.Ca.Behaviour.DateOffset = TimeSpan.Zero;
        await rig.LiveAsync(TimeSpan.FromMinutes(11));
        foreach (var domain in Domains)
        {
            await rig.AssertServedAsync(domain, rig.Certificates(domain).Single());
        }

        await rig.AssertServedAsync("kept.example", kept);
        await rig.HealthTellsAsync();
        Assert.Equal(1, rig.LogCount("is right again"));
    }

    [Fact]
    public async Task A_clock_that_leaps_months_ahead_lets_all_certificates_seem_to_have_run_out_and_renews_none()
    {
        await using var rig = await StubCaRig.StartAsync();
        await rig.AddAsync(Domains);
        rig.Ca.Behaviour.DateOffset = TimeSpan.FromDays(-100);
        await rig.AdvanceAsync(TimeSpan.FromDays(100));
        await rig.LiveAsync(TimeSpan.FromMinutes(40));

        Assert.Equal(12, rig.Ca.Orders.Count);
        Assert.Equal(1, rig.LogCount("The clock of this machine is wrong"));
        await rig.HealthTellsAsync("clock", "certificates");
        foreach (var domain in Domains)
        {
            // For a sender whose clock is right nothing has happened.
            await rig.AssertServedAsync(domain, rig.Certificates(domain).Single());
            Assert.Equal(("deferred", "clock.wrong", 0), await rig.StateAsync(domain));
        }
    }

    // Besides the directory, which is read anew each day.
    private static int Asked(StubCa ca) => StubCaRig.Requests(ca) - ca.Count(StubRequestKind.Directory);
}
