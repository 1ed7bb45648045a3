using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>Staging for new names that failed, and the second CA for when the main one is away.</summary>
public sealed class SecondCaTests
{
    [Fact]
    public async Task A_new_name_that_failed_proves_itself_at_staging_whose_certificate_is_never_served()
    {
        await using var rig = await StubCaRig.StartAsync(staging: true);
        var staging = rig.Staging!;
        var problem = new StubProblem("unauthorized", "the answer is wrong");
        rig.Ca.Behaviour.InvalidNames["mta-sts.new.example"] = staging.Behaviour.InvalidNames["mta-sts.new.example"] = problem;
        await rig.AddAsync("new.example");
        Assert.Equal((1, 0), (rig.Ca.Orders.Count, staging.Orders.Count));
        Assert.Equal(("backoff", "acme.unauthorized", 1), await rig.StateAsync("new.example"));

        await rig.LiveAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((1, 1), (rig.Ca.Orders.Count, staging.Orders.Count));
        Assert.Equal("staging", (await rig.IssuanceAsync("new.example")).GetProperty("ca").GetString());

        // It is ready now, and the main CA is not.
        rig.Ca.Behaviour.InvalidNames.Clear();
        staging.Behaviour.InvalidNames.Clear();
        rig.Ca.Fail(StubRequestKind.NewOrder, StubFailure.Unavailable("1800"));
        await rig.LiveAsync(TimeSpan.FromMinutes(15));
        Assert.Equal((1, 2, 1), (rig.Ca.Orders.Count, staging.Orders.Count, staging.Certificates.Count));
        Assert.Equal("none", (await rig.CertificateAsync("new.example")).GetProperty("state").GetString());
        await Assert.ThrowsAsync<HttpRequestException>(() => rig.AssertServedAsync("new.example", staging.Certificates[0]));

        await rig.LiveAsync(TimeSpan.FromMinutes(35));
        Assert.Equal((2, 2), (rig.Ca.Orders.Count, staging.Orders.Count));
        await rig.AssertServedAsync("new.example", rig.Certificates("new.example").Single());
        Assert.Equal(("idle", null, 0), await rig.StateAsync("new.example"));
    }

    [Fact]
    public async Task A_renewal_that_fails_by_its_name_never_goes_to_staging()
    {
        await using var rig = await StubCaRig.StartAsync(staging: true);
        var first = await rig.IssueAsync("one.example");
        rig.Ca.Behaviour.InvalidNames["mta-sts.one.example"] = new StubProblem("connection", "no way");
        await rig.AdvanceAsync(TimeSpan.FromHours(7));
        rig.Ca.Revoke(first);
        await rig.LiveAsync(TimeSpan.FromHours(9));

        Assert.InRange(rig.Ca.Orders.Count, 3, 6);
        Assert.Empty(rig.Staging!.Orders);
        await rig.AssertServedAsync("one.example", first);
    }

    [Fact]
    public async Task After_three_failures_of_the_main_CA_a_renewal_comes_from_the_second_and_the_next_one_from_the_main_again()
    {
        await using var rig = await StubCaRig.StartAsync(fallback: true);
        var began = rig.Now;
        rig.Ca.Behaviour.Lifetime = rig.Fallback!.Behaviour.Lifetime = TimeSpan.FromDays(30);
        rig.Ca.Behaviour.HasRenewalInfo = false;
        var first = await rig.IssueAsync("one.example");
        await rig.AdvanceToAsync(began.AddDays(18.3));
        rig.Ca.Behaviour.IsDown = true;
        await rig.LiveAsync(TimeSpan.FromDays(2));

        var second = StubCaRig.CertificatesOf(rig.Fallback, "one.example").Single();
        Assert.Null(rig.Fallback.Orders.Single().Replaces);
        await rig.AssertServedAsync("one.example", second);
        Assert.Equal(("idle", null, 0), await rig.StateAsync("one.example"));

        // The CA that issued it is asked for its window.
        rig.Ca.Behaviour.IsDown = false;
        var asked = rig.Fallback.Count(StubRequestKind.RenewalInfo);
        await rig.LiveAsync(TimeSpan.FromHours(13));
        Assert.True(rig.Fallback.Count(StubRequestKind.RenewalInfo) > asked);
        await rig.AdvanceAsync(TimeSpan.FromDays(22));
        await rig.LiveAsync(TimeSpan.FromMinutes(5));

        Assert.Equal([null, null], rig.Ca.Orders.Select(order => order.Replaces));
        Assert.Single(rig.Fallback.Orders);
        await rig.AssertServedAsync("one.example", rig.Certificates("one.example")[1]);
        Assert.NotEqual(first.CertId, rig.Certificates("one.example")[1].CertId);
    }

    [Fact]
    public async Task While_the_main_CA_is_away_for_an_hour_those_that_run_out_go_to_the_second_one_and_new_names_wait()
    {
        await using var rig = await StubCaRig.StartAsync(fallback: true);
        var began = rig.Now;
        rig.Ca.Behaviour.Lifetime = TimeSpan.FromDays(30);
        string[] domains = [.. Enumerable.Range(0, 12).Select(number => $"d{number}.example")];
        await rig.AddAsync(domains);
        // The machine was off: all are late at one moment, and the CA is away.
        rig.Ca.Behaviour.IsDown = true;
        await rig.AdvanceToAsync(began.AddDays(23));
        await rig.LiveAsync(TimeSpan.FromMinutes(3));
        Assert.Equal("open", (await rig.AuthorityAsync("main")).GetProperty("breaker").GetProperty("state").GetString());
        Assert.Empty(rig.Fallback!.Orders);
        await rig.HealthTellsAsync("ca", "certificates");
        await rig.AssertServedAsync("d0.example", rig.Certificates("d0.example").Single());

        await rig.LiveAsync(TimeSpan.FromMinutes(75));
        foreach (var domain in domains)
        {
            await rig.AssertServedAsync(domain, StubCaRig.CertificatesOf(rig.Fallback, domain).Single());
        }

        Assert.Equal(12, rig.Fallback.Orders.Count);
        await rig.HealthTellsAsync("ca");

        // Nothing asks the main CA now but a new name; with it the breaker closes.
        rig.Ca.Behaviour.IsDown = false;
        await rig.AddAsync("new.example");
        await rig.LiveAsync(TimeSpan.FromMinutes(35));
        await rig.AssertServedAsync("new.example", rig.Certificates("new.example").Single());
        await rig.HealthTellsAsync();
    }
}
