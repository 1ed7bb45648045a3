using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>What an order says and what the CA says to it: profiles, subproblems, names that it will not issue for.</summary>
public sealed class OrderTests
{
    [Fact]
    public async Task A_profile_is_asked_for_once_the_CA_lists_it()
    {
        await using var rig = await StubCaRig.StartAsync();
        await rig.IssueAsync("before.example");
        rig.Ca.Behaviour.Profiles = new Dictionary<string, string> { ["classic"] = "as ever", ["tlsserver"] = "smaller" };
        await rig.LiveAsync(TimeSpan.FromHours(25));
        await rig.IssueAsync("after.example");
        rig.Ca.Behaviour.Profiles = new Dictionary<string, string> { ["classic"] = "as ever" };
        await rig.LiveAsync(TimeSpan.FromHours(25));
        await rig.IssueAsync("later.example");

        Assert.Equal([null, "tlsserver", null], rig.Ca.Orders.Select(order => order.Profile));
        Assert.Equal(0, rig.LogCount("profile"));
    }

    [Fact]
    public async Task A_profile_that_is_refused_is_left_out_and_a_warning_says_so()
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Behaviour.Profiles = new Dictionary<string, string> { ["tlsserver"] = "smaller" };
        rig.Ca.Fail(StubRequestKind.NewOrder, StubFailure.Of(400, "invalidProfile", "not for this account"));

        await rig.IssueAsync("one.example");

        Assert.Null(rig.Ca.Orders.Single().Profile);
        Assert.Equal(2, rig.Ca.Count(StubRequestKind.NewOrder));
        var line = Assert.Single(rig.Log.Lines, line => line.Contains("refuses the profile tlsserver", StringComparison.Ordinal));
        Assert.StartsWith("Warning", line, StringComparison.Ordinal);
        Assert.Equal(("idle", null, 0), await rig.StateAsync("one.example"));
    }

    [Fact]
    public async Task A_name_that_the_CA_will_not_issue_for_is_blocked_with_the_words_of_the_CA_until_somebody_asks_again()
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Behaviour.RejectedNames = ["mta-sts.bank.example"];
        await rig.AddAsync("bank.example");

        Assert.Equal(("blocked", "acme.rejectedIdentifier", 0), await rig.StateAsync("bank.example"));
        var problem = (await rig.IssuanceAsync("bank.example")).GetProperty("problem");
        var sub = problem.GetProperty("subproblems")[0];
        Assert.Equal("forbidden by policy", sub.GetProperty("detail").GetString());
        Assert.Contains("forbidden by policy", (await rig.IssuanceAsync("bank.example")).GetProperty("reason").GetString(), StringComparison.Ordinal);

        rig.Ca.Behaviour.RejectedNames = [];
        await rig.LiveAsync(TimeSpan.FromDays(3));
        Assert.Equal((1, 0), (rig.Ca.Count(StubRequestKind.NewOrder), rig.Ca.Orders.Count));
        await rig.RenewAsync("bank.example");
        await rig.AssertServedAsync("bank.example", rig.Certificates("bank.example").Single());
    }

    [Fact]
    public async Task A_paused_name_shows_the_link_that_lifts_it_holds_up_nobody_for_long_and_goes_on_once_it_is_lifted()
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Behaviour.PausedNames = ["mta-sts.paused.example"];
        await rig.AddAsync("paused.example");

        Assert.Equal(("deferred", "acme.rateLimited", 0), await rig.StateAsync("paused.example"));
        const string Link = "https://stub-ca.example/unpause?name=mta-sts.paused.example";
        var issuance = await rig.IssuanceAsync("paused.example");
        Assert.Contains(Link, issuance.GetProperty("problem").GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains(Link, issuance.GetProperty("reason").GetString(), StringComparison.Ordinal);
        await rig.AddAsync("other.example");
        await rig.LiveAsync(TimeSpan.FromMinutes(1));
        await rig.AssertServedAsync("other.example", rig.Certificates("other.example").Single());

        // An order an hour, no more, for as long as nobody lifts it.
        await rig.LiveAsync(TimeSpan.FromHours(12));
        Assert.InRange(rig.Ca.Count(StubRequestKind.NewOrder), 12, 14);
        rig.Ca.Behaviour.PausedNames = [];
        await rig.LiveAsync(TimeSpan.FromHours(1.1));
        await rig.AssertServedAsync("paused.example", rig.Certificates("paused.example").Single());
    }

    [Fact]
    public async Task What_the_CA_met_at_the_name_stands_in_the_problem_with_its_parts()
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Behaviour.InvalidNames["mta-sts.one.example"] = new StubProblem("compound", "two things")
        {
            Subproblems = [("mta-sts.one.example", new StubProblem("dns", "SERVFAIL looking up A")), ("mta-sts.one.example", new StubProblem("caa", "CAA forbids"))],
        };
        await rig.AddAsync("one.example");

        Assert.Equal(("backoff", "acme.compound", 1), await rig.StateAsync("one.example"));
        var subproblems = (await rig.IssuanceAsync("one.example")).GetProperty("problem").GetProperty("subproblems").EnumerateArray().ToList();
        Assert.Equal(["SERVFAIL looking up A", "CAA forbids"], subproblems.Select(sub => sub.GetProperty("detail").GetString()));

        rig.Ca.Behaviour.InvalidNames.Clear();
        await rig.LiveAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(("idle", null, 0), await rig.StateAsync("one.example"));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await rig.IssuanceAsync("one.example")).GetProperty("problem").ValueKind);
    }
}
