using System.Net;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Domains.Ownership;
using Xunit;

namespace MtaSts.Host.Tests.Domains.Ownership;

/// <summary>The clock of the machine is set a month ahead, which nobody meant.</summary>
public sealed class JumpedClockTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(31);

    [Theory]
    [InlineData(31 * 24)]
    [InlineData(25)]
    public async Task A_claim_is_not_won_by_a_clock_that_jumped(int hours)
    {
        await using var rig = await OwnershipRig.StartAsync();
        var owner = await rig.AddAsync("owner", "moving.example");
        rig.Dns.Text(owner.TextName, owner.Label);
        (await rig.LookAsync(owner)).Is(HttpStatusCode.OK);
        var next = await rig.AddAsync("next", "moving.example");
        rig.Dns.Text(next.TextName, next.Label);
        (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.claimed");

        rig.Clock.SetBy = TimeSpan.FromHours(hours);
        (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.claimed");
        await rig.LookAtDueAsync();
        Assert.Equal("active", (await owner.GetAsync()).Member("state"));
        Assert.Single(await rig.AuditAsync("owner", "moving.example"), action => action == "domain.claimed");

        // The clock is right again, and the claim goes on where it was: its day has to pass.
        rig.Clock.SetBy = TimeSpan.Zero;
        (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.claimed");
        await rig.LookAtDueAsync(TimeSpan.FromHours(20));
        (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.claimed");
        // The service's own loops look too, also while this test sets the clock: a look may have come just before the wait was over, or another day of waiting have begun.
        for (var look = 0; look < 9; look++)
        {
            await rig.LookAtDueAsync(TimeSpan.FromHours(7));
        }

        Assert.Equal("active", (await next.GetAsync()).Member("state"));
    }

    [Fact]
    public async Task A_lost_proof_stops_nothing_by_a_clock_that_jumped()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var domain = await rig.AddAsync("acme", "one.example");
        rig.Dns.Alias(domain.AliasName, domain.Target);
        (await rig.LookAsync(domain)).Is(HttpStatusCode.OK);
        rig.Dns.Clear(domain.AliasName);
        await rig.LookAtDueAsync(TimeSpan.FromDays(1.2));
        Assert.Equal("lost", await StateAsync(domain));

        rig.Clock.SetBy = Month;
        await rig.LookAtDueAsync();
        var status = rig.App.Services.GetRequiredService<OwnershipStatus>();
        Assert.False(await status.IsLongLostAsync("one.example", TestContext.Current.CancellationToken));
        Assert.Equal("lost", await StateAsync(domain));
    }

    [Fact]
    public async Task A_domain_that_waits_keeps_its_label_and_is_looked_at_on_when_the_clock_jumps()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var domain = await rig.AddAsync("acme", "one.example");
        rig.Clock.SetBy = Month;
        (await rig.LookAsync(domain)).IsProblem(HttpStatusCode.Conflict, "proof.missing");
        Assert.Equal(domain.Label, new Pending(domain.Client, domain.Domain, (await domain.GetAsync()).Json).Label);

        rig.Clock.SetBy = TimeSpan.Zero;
        rig.Dns.Alias(domain.AliasName, domain.Target);
        await rig.LookAtDueAsync(TimeSpan.FromMinutes(5));
        Assert.Equal("active", (await domain.GetAsync()).Member("state"));
    }

    private static async Task<string?> StateAsync(Pending domain) => (await domain.GetAsync()).Json.GetProperty("verification").GetProperty("state").GetString();
}
