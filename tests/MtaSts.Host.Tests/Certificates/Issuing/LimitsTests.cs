using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>A CA that asks for patience, or that fails for name after name.</summary>
public sealed class LimitsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_limited_name_is_left_alone_until_the_CA_says_so_and_others_wait_for_a_moment_only(bool inSeconds)
    {
        await using var rig = await StubCaRig.StartAsync();
        var kept = await rig.IssueAsync("kept.example");
        var until = rig.Now.AddHours(2);
        var failure = inSeconds ? StubFailure.RateLimited(TimeSpan.FromHours(2)) : StubFailure.RateLimitedUntil(until);
        rig.Ca.Fail(StubRequestKind.NewOrder, failure with { Name = "mta-sts.limited.example" });
        await rig.AddAsync("limited.example");
        Assert.Equal(("deferred", "acme.rateLimited", 0), await rig.StateAsync("limited.example"));
        Assert.InRange(await rig.NextAtAsync("limited.example"), until, until.AddMinutes(1));
        Assert.Equal("limited", (await rig.AuthorityAsync("main")).GetProperty("breaker").GetProperty("state").GetString());

        await rig.AddAsync("other.example");
        await rig.LiveAsync(TimeSpan.FromMinutes(1.1));
        await rig.AssertServedAsync("other.example", rig.Certificates("other.example").Single());
        Assert.Equal("closed", (await rig.AuthorityAsync("main")).GetProperty("breaker").GetProperty("state").GetString());

        var orders = rig.Ca.Count(StubRequestKind.NewOrder);
        await rig.AdvanceToAsync(until.AddMinutes(-10));
        await rig.LiveAsync(TimeSpan.FromMinutes(9.9));
        Assert.Equal(orders, rig.Ca.Count(StubRequestKind.NewOrder));
        await rig.LiveAsync(TimeSpan.FromMinutes(2));
        await rig.AssertServedAsync("limited.example", rig.Certificates("limited.example").Single());
        await rig.AssertServedAsync("kept.example", kept);
        Assert.Equal(("idle", null, 0), await rig.StateAsync("limited.example"));
    }

    [Theory]
    [InlineData(StubRequestKind.Order)]
    [InlineData(StubRequestKind.Authorization)]
    [InlineData(StubRequestKind.AnswerChallenge)]
    [InlineData(StubRequestKind.Finalize)]
    [InlineData(StubRequestKind.Certificate)]
    public async Task What_stands_in_front_of_the_CA_defers_and_the_same_order_is_gone_on_with(StubRequestKind kind)
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Fail(kind, StubFailure.Unavailable("600"));
        await rig.AddAsync("one.example");
        Assert.Equal(("deferred", "acme.unreachable", 0), await rig.StateAsync("one.example"));
        Assert.Equal(rig.Now.AddMinutes(10), await rig.NextAtAsync("one.example"), TimeSpan.FromSeconds(30));

        await rig.LiveAsync(TimeSpan.FromMinutes(9));
        Assert.Equal("deferred", (await rig.StateAsync("one.example")).State);
        await rig.LiveAsync(TimeSpan.FromMinutes(2));
        await rig.AssertServedAsync("one.example", rig.Certificates("one.example").Single());
        Assert.Single(rig.Ca.Orders);
    }

    [Fact]
    public async Task Tries_that_end_without_an_order_use_up_no_budget_of_ours()
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Fail(StubRequestKind.NewOrder, StubFailure.Unavailable(), times: int.MaxValue);
        await rig.AddAsync("one.example");
        // More than the 20 tries that a registered domain has in a week.
        await rig.LiveAsync(TimeSpan.FromHours(15));
        Assert.InRange(rig.Ca.Count(StubRequestKind.NewOrder), 21, 40);
        Assert.Equal(("deferred", "acme.unreachable", 0), await rig.StateAsync("one.example"));
        var budget = (await rig.AuthorityAsync("main")).GetProperty("budgets")[0];
        Assert.Equal(budget.GetProperty("capacity").GetInt32(), budget.GetProperty("tokens").GetInt32());

        rig.Ca.StopFailing();
        await rig.LiveAsync(TimeSpan.FromMinutes(40));
        await rig.AssertServedAsync("one.example", rig.Certificates("one.example").Single());
    }

    [Fact]
    public async Task After_ten_failures_the_CA_is_left_alone_tried_by_one_name_at_a_time_and_taken_up_again()
    {
        await using var rig = await StubCaRig.StartAsync();
        var kept = await rig.IssueAsync("kept.example");
        rig.Ca.Fail(StubRequestKind.NewOrder, StubFailure.Unavailable(), times: int.MaxValue);
        string[] domains = [.. Enumerable.Range(0, 14).Select(number => $"d{number}.example")];
        await rig.AddAsync(domains);

        Assert.InRange(rig.Ca.Count(StubRequestKind.NewOrder) - 1, 10, 14);
        Assert.Equal("open", (await rig.AuthorityAsync("main")).GetProperty("breaker").GetProperty("state").GetString());
        await rig.HealthTellsAsync("ca", "certificates");

        // 1, 2, 4, 8, 16 minutes, then each half hour.
        var before = rig.Ca.Count(StubRequestKind.NewOrder);
        for (var probe = 0; probe < 7; probe++)
        {
            var asked = rig.Ca.Count(StubRequestKind.NewOrder);
            var probeAt = (await rig.AuthorityAsync("main")).GetProperty("breaker").GetProperty("probeAt").GetDateTimeOffset();
            // Not to the last second: the rig lets one pass while it waits for quiet.
            await rig.AdvanceToAsync(probeAt.AddSeconds(-30));
            Assert.Equal(asked, rig.Ca.Count(StubRequestKind.NewOrder));
            await rig.AdvanceAsync(TimeSpan.FromSeconds(31));
            await rig.LiveAsync(TimeSpan.FromSeconds(40));
            Assert.Equal(asked + 1, rig.Ca.Count(StubRequestKind.NewOrder));
        }

        await rig.LiveAsync(TimeSpan.FromHours(6));
        Assert.InRange(rig.Ca.Count(StubRequestKind.NewOrder) - before, 7 + 10, 7 + 13);
        await rig.AssertServedAsync("kept.example", kept);

        rig.Ca.StopFailing();
        await rig.LiveAsync(TimeSpan.FromMinutes(65));
        Assert.Equal("closed", (await rig.AuthorityAsync("main")).GetProperty("breaker").GetProperty("state").GetString());
        foreach (var domain in domains)
        {
            await rig.AssertServedAsync(domain, rig.Certificates(domain).Single());
            Assert.Equal(("idle", null, 0), await rig.StateAsync(domain));
        }

        await rig.HealthTellsAsync();
    }
}
