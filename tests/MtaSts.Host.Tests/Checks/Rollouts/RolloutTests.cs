using System.Net;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Rollouts;

/// <summary>From `testing` to `enforce` by stages, in simulated time.</summary>
public sealed class RolloutTests(PostgresServer postgres)
{
    private static readonly (string, AdvisorySeverity) BadCertificate = ("mx.certificate-expired", AdvisorySeverity.Error);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task It_goes_from_testing_by_a_day_and_a_week_to_the_wanted_max_age(StoreKind kind)
    {
        await using var rig = await RolloutRig.StartAsync(kind, postgres);
        await rig.CheckAsync();
        var started = await rig.StartRolloutAsync();
        Assert.Equal(["testing", "day", "week", "wanted"], started.Json.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("stage").GetString()!));
        var begun = rig.Now;
        DateTimeOffset[] dates = [.. started.Json.GetProperty("stages").EnumerateArray().Skip(1).Select(stage => stage.GetProperty("earliestAt").GetDateTimeOffset())];
        Assert.Equal([begun.AddDays(14), begun.AddDays(21), begun.AddDays(28)], dates);

        await rig.DaysAsync(13);
        Assert.Equal(("testing", 604800), await rig.PolicyAsync());
        await rig.DayAsync();
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());
        await rig.DaysAsync(6);
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());
        await rig.DayAsync();
        Assert.Equal(("enforce", 604800), await rig.PolicyAsync());
        await rig.DaysAsync(7);
        Assert.Equal(("enforce", 2592000), await rig.PolicyAsync());
        Assert.Equal(("done", "wanted", null), await rig.StateAsync());
        Assert.Equal(3, rig.Guard.Judged.Count);

        var versions = (await rig.App.Admin.GetAnswerAsync($"domains/{RolloutRig.Domain}/versions")).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(4, versions.Count);
        Assert.All(versions.Take(3), version => Assert.StartsWith("Roll-out: ", version.GetProperty("reason").GetString(), StringComparison.Ordinal));
        Assert.Null(versions[3].GetProperty("reason").GetString());
        Assert.Equal(["domain.rollout.start", "domain.rollout.stage", "domain.rollout.stage", "domain.rollout.stage"], await rig.AuditAsync());

        await rig.DaysAsync(40);
        Assert.Equal(("enforce", 2592000), await rig.PolicyAsync());
        Assert.Equal(3, rig.Guard.Judged.Count);
    }

    [Fact]
    public async Task The_answer_says_until_when_senders_may_hold_each_version()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 1 });
        await rig.DayAsync();
        var shown = await rig.ShowAsync();
        var versions = shown.Json.GetProperty("versions").EnumerateArray().ToList();
        Assert.Equal([2, 1], versions.Select(version => version.GetProperty("number").GetInt32()));
        // RFC 8461 §8.2: a proxy may hold it for a minute more.
        Assert.Equal(rig.Now.AddSeconds(86400 + 60), versions[0].GetProperty("mayBeCachedUntil").GetDateTimeOffset());
        Assert.InRange(versions[1].GetProperty("mayBeCachedUntil").GetDateTimeOffset(), rig.Now.AddDays(7), rig.Now.AddDays(7).AddSeconds(60));
        Assert.Equal(versions[1].GetProperty("mayBeCachedUntil").GetDateTimeOffset(), shown.Json.GetProperty("cachedUntil").GetDateTimeOffset());
    }

    [Fact]
    public async Task An_error_halts_it_and_it_goes_on_by_itself_three_clean_days_later()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync();
        await rig.DaysAsync(12);
        await rig.DayAsync(BadCertificate);
        Assert.Equal(("halted", "testing", "rollout.errors"), await rig.StateAsync());
        var shown = await rig.ShowAsync();
        Assert.Contains("mx.certificate-expired", shown.Member("message"), StringComparison.Ordinal);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, shown.Json.GetProperty("nextAt").ValueKind);

        await rig.DayAsync(BadCertificate);
        await rig.DayAsync();
        Assert.Equal(("running", "testing", null), await rig.StateAsync());
        Assert.Equal(rig.Now.AddDays(3), (await rig.ShowAsync()).Json.GetProperty("nextAt").GetDateTimeOffset());
        await rig.DaysAsync(2);
        Assert.Equal("testing", (await rig.PolicyAsync()).Mode);
        await rig.DayAsync();
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());
        Assert.Equal(["domain.rollout.start", "domain.rollout.halt", "domain.rollout.goes-on", "domain.rollout.stage"], await rig.AuditAsync());
    }

    [Fact]
    public async Task Warnings_do_not_keep_it_but_a_record_that_does_not_announce_the_policy_does()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 1 });
        await rig.DayAsync(("id.behind", AdvisorySeverity.Warning));
        Assert.Equal(("halted", "testing", "rollout.errors"), await rig.StateAsync());
        await rig.DayAsync(("txt.lame-server", AdvisorySeverity.Warning));
        await rig.DayAsync();
        Assert.Equal(("running", "day", null), await rig.StateAsync());
    }

    [Fact]
    public async Task Without_checks_no_stage_begins()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.StartRolloutAsync(new { testingDays = 1, stageDays = 1 });
        rig.Pass(TimeSpan.FromDays(2));
        await rig.LookAsync();
        Assert.Equal(("running", "testing", "rollout.unchecked"), await rig.StateAsync());

        // Those of the version before say nothing of the one that a stage has made.
        await rig.DayAsync();
        rig.Pass(TimeSpan.FromDays(1));
        await rig.CheckAsync();
        await rig.LookAsync();
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());
        rig.Pass(TimeSpan.FromDays(1.5));
        await rig.LookAsync();
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());
        rig.Pass(TimeSpan.FromDays(3));
        await rig.LookAsync();
        Assert.Equal(("halted", "day", "rollout.unchecked"), await rig.StateAsync());
    }

    [Fact]
    public async Task What_the_guard_refuses_halts_it_until_an_admin_takes_it_upon_himself()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 1 });
        rig.Guard.Finding = new GuardFinding(true, "guard.refused", "Senders would not deliver to mx.example.test any more.", [new FieldError("mx.no-starttls", "policy.mx", "mx.example.test: It offers no STARTTLS.")]);
        await rig.DayAsync();
        Assert.Equal(("halted", "testing", "guard.refused"), await rig.StateAsync());
        Assert.Contains("It offers no STARTTLS.", (await rig.ShowAsync()).Member("message"), StringComparison.Ordinal);
        await rig.DayAsync();
        Assert.Equal(("testing", 604800), await rig.PolicyAsync());

        using var editor = rig.App.Client(await rig.App.AddKeyAsync("acme", "editor"));
        (await editor.CallAsync("POST", $"domains/{RolloutRig.Domain}/rollout/resume?force=true")).Is(HttpStatusCode.Forbidden);
        (await rig.CallAsync("POST", "/resume?force=true")).Is(HttpStatusCode.OK);
        await rig.LookAsync();
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());
        Assert.Contains("domain.rollout.force", await rig.AuditAsync());

        // The next stage is judged anew.
        await rig.DaysAsync(8);
        Assert.Equal(("halted", "day", "guard.refused"), await rig.StateAsync());
    }

    [Fact]
    public async Task A_refusal_that_was_accepted_long_ago_is_not_accepted_any_more()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 1 });
        rig.Guard.Finding = new GuardFinding(true, "guard.unknown", "Nobody knows.", []);
        await rig.DayAsync();
        (await rig.CallAsync("POST", "/resume?force=true")).Is(HttpStatusCode.OK);
        rig.Pass(TimeSpan.FromHours(2));
        await rig.LookAsync();
        Assert.Equal(("testing", 604800), await rig.PolicyAsync());
    }

    [Fact]
    public async Task Errors_that_an_admin_accepts_do_not_halt_this_stage_and_others_do()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 4 });
        await rig.DayAsync(BadCertificate);
        (await rig.CallAsync("POST", "/resume")).IsProblem(HttpStatusCode.Conflict, "rollout.errors");
        (await rig.CallAsync("POST", "/resume?force=true")).Is(HttpStatusCode.OK);
        await rig.DayAsync(BadCertificate);
        Assert.Equal(("running", "testing", null), await rig.StateAsync());
        await rig.DayAsync(BadCertificate, ("mx.no-starttls", AdvisorySeverity.Error));
        Assert.Equal(("halted", "testing", "rollout.errors"), await rig.StateAsync());
        // Three days without other errors.
        for (var day = 0; day < 4; day++)
        {
            Assert.Equal(("testing", 604800), await rig.PolicyAsync());
            await rig.DayAsync(BadCertificate);
        }

        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());
        Assert.Equal(("halted", "day", "rollout.errors"), await rig.StateAsync());
    }

    [Fact]
    public async Task An_edit_of_mode_or_max_age_ends_it_and_other_patterns_do_not()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 2 });
        await rig.DayAsync();
        (await rig.App.Admin.CallAsync("PATCH", $"domains/{RolloutRig.Domain}", new { policy = new { mx = new[] { "mx.example.test", "mx2.example.test" } } })).Is(HttpStatusCode.OK);
        await rig.LookAsync();
        Assert.Equal(("running", "testing", "rollout.unchecked"), await rig.StateAsync());
        await rig.CheckAsync();
        // Two clean days of the patterns as they are now.
        Assert.Equal(rig.Now.AddDays(2), (await rig.ShowAsync()).Json.GetProperty("nextAt").GetDateTimeOffset());
        await rig.DaysAsync(2);
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());

        (await rig.App.Admin.CallAsync("PATCH", $"domains/{RolloutRig.Domain}", new { policy = new { maxAge = 100000 } })).Is(HttpStatusCode.OK);
        await rig.DayAsync();
        Assert.Equal(("ended", "day", "rollout.edited"), await rig.StateAsync());
        await rig.DaysAsync(20);
        Assert.Equal(("enforce", 100000), await rig.PolicyAsync());

        // A new one begins where the domain is.
        var again = await rig.StartRolloutAsync();
        Assert.Equal(("running", "day"), (again.Member("state"), again.Member("stage")));
    }

    [Fact]
    public async Task Whoever_has_gone_to_enforce_by_hand_and_back_is_not_taken_there_again()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 1 });
        rig.Pass(TimeSpan.FromMinutes(10));
        foreach (var mode in new[] { "enforce", "testing" })
        {
            (await rig.App.Admin.CallAsync("PATCH", $"domains/{RolloutRig.Domain}", new { policy = new { mode } })).Is(HttpStatusCode.OK);
        }

        await rig.DaysAsync(5);
        Assert.Equal(("ended", "testing", "rollout.edited"), await rig.StateAsync());
        Assert.Equal(("testing", 604800), await rig.PolicyAsync());
    }

    [Fact]
    public async Task Other_numbers_that_come_while_a_stage_is_judged_hold()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 1 });
        rig.Guard.WhileJudging = () => rig.StartRolloutAsync(new { testingDays = 60 });
        await rig.DaysAsync(30);
        Assert.Equal(("testing", 604800), await rig.PolicyAsync());
    }

    [Fact]
    public async Task The_time_of_a_stage_runs_from_when_senders_can_have_it()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 1 });
        rig.Pass(TimeSpan.FromDays(1));
        await rig.CheckAsync();
        await rig.LookAsync();
        for (var day = 0; day < 6; day++)
        {
            await rig.DayAsync(("id.behind", AdvisorySeverity.Warning));
        }

        Assert.Equal(("halted", "day", "rollout.errors"), await rig.StateAsync());
        await rig.DaysAsync(7);
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());
        await rig.DayAsync();
        Assert.Equal(("enforce", 604800), await rig.PolicyAsync());
    }

    [Fact]
    public async Task It_pauses_and_stops_by_hand_and_ends_with_a_removal()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        (await rig.CallAsync("GET")).IsProblem(HttpStatusCode.NotFound, "rollout.none");
        (await rig.CallAsync("POST", "/pause")).IsProblem(HttpStatusCode.Conflict, "rollout.not_open");
        await rig.StartRolloutAsync(new { testingDays = 1 });
        Assert.Equal("paused", (await rig.CallAsync("POST", "/pause")).Is(HttpStatusCode.OK).Member("state"));
        await rig.DaysAsync(5);
        Assert.Equal(("testing", 604800), await rig.PolicyAsync());
        (await rig.CallAsync("POST", "/resume")).Is(HttpStatusCode.OK);
        await rig.LookAsync();
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());

        (await rig.CallAsync("DELETE")).Is(HttpStatusCode.NoContent);
        (await rig.CallAsync("DELETE")).IsProblem(HttpStatusCode.NotFound, "rollout.none");
        await rig.DaysAsync(10);
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());

        await rig.StartRolloutAsync();
        (await rig.App.Admin.CallAsync("DELETE", $"domains/{RolloutRig.Domain}")).Is(HttpStatusCode.Accepted);
        await rig.DayAsync();
        Assert.Equal(("ended", "day", "domain.removing"), await rig.StateAsync());
        (await rig.App.Admin.CallAsync("DELETE", $"domains/{RolloutRig.Domain}?now=true")).Is(HttpStatusCode.NoContent);
        await using var db = rig.Store.Open();
        Assert.Empty(await db.Rollouts.ToListAsync(Cancel));
    }

    [Fact]
    public async Task Nothing_begins_by_a_clock_that_has_jumped()
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync(new { testingDays = 1 });
        await rig.Store.WriteAsideAsync(
            db =>
            {
                db.JobLeases.Add(new JobLease { Name = "removal.hold", Until = rig.Now.AddDays(1.5) });
                return Task.CompletedTask;
            },
            Cancel);
        await rig.DayAsync();
        Assert.Equal(("testing", 604800), await rig.PolicyAsync());
        await rig.DayAsync();
        Assert.Equal(("enforce", 86400), await rig.PolicyAsync());
    }

    [Fact]
    public async Task All_mistakes_of_the_request_come_back_at_once_and_twice_changes_nothing()
    {
        await using var rig = await RolloutRig.StartAsync();
        (await rig.CallAsync("POST", "", new { maxAge = 3600, testingDays = 0, stageDays = 366, days = 1 })).IsInvalid("field.unknown days", "max_age.range maxAge", "rollout.days stageDays", "rollout.days testingDays");
        await rig.StartRolloutAsync(new { maxAge = 86400 });
        Assert.Equal(["testing", "wanted"], (await rig.ShowAsync()).Json.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("stage").GetString()!));
        await rig.DayAsync();
        await rig.StartRolloutAsync(new { maxAge = 86400 });
        Assert.Equal(["domain.rollout.start"], await rig.AuditAsync());
        Assert.Equal(rig.Now.AddDays(-1), (await rig.ShowAsync()).Json.GetProperty("startedAt").GetDateTimeOffset());

        (await rig.App.Admin.CallAsync("PATCH", $"domains/{RolloutRig.Domain}", new { policy = new { mode = "none" } })).Is(HttpStatusCode.OK);
        (await rig.CallAsync("POST")).IsProblem(HttpStatusCode.Conflict, "rollout.mode");
        (await rig.App.Admin.CallAsync("PATCH", $"domains/{RolloutRig.Domain}", new { policy = new { mode = "enforce", maxAge = 2592000 } })).Is(HttpStatusCode.OK);
        (await rig.CallAsync("POST")).IsProblem(HttpStatusCode.Conflict, "rollout.behind");
        await rig.LookAsync();
        (await rig.CallAsync("POST")).IsProblem(HttpStatusCode.Conflict, "rollout.done");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task In_a_hundred_days_of_good_and_bad_checks_no_stage_begins_less_than_three_days_after_an_error(int seed)
    {
        await using var rig = await RolloutRig.StartAsync();
        await rig.CheckAsync();
        await rig.StartRolloutAsync();
        var random = new Random(seed);
        var lastError = DateTimeOffset.MinValue;
        var (before, stages) = (await rig.PolicyAsync(), 0);
        for (var day = 0; day < 100; day++)
        {
            var isBad = random.Next(8) == 0;
            await rig.DayAsync(isBad ? [BadCertificate] : []);
            lastError = isBad ? rig.Now : lastError;
            var policy = await rig.PolicyAsync();
            if (policy != before)
            {
                stages++;
                Assert.True(rig.Now - lastError >= TimeSpan.FromDays(3), $"{policy} on day {day}");
            }

            before = policy;
        }

        Assert.Equal((3, ("enforce", 2592000)), (stages, before));
    }
}
