using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Host.Tests.Checks.Mail;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Following;

/// <summary>What is followed, and above all what is not.</summary>
public sealed class FollowingTests(PostgresServer postgres)
{
    private const string Old = "mx.old.example", New = "mx.new.example", Evil = "mx.evil.example";

    private static readonly TimeSpan Hours = TimeSpan.FromHours(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(new[] { Old, Evil }, new[] { Old }, null)]
    [InlineData(new[] { Evil }, new[] { Old }, null)]
    [InlineData(new[] { Old, Evil }, new[] { Old, Evil }, new[] { Old })]
    [InlineData(new[] { Old }, new[] { Old, Evil }, null)]
    public async Task A_server_that_not_all_name_is_never_added_and_none_goes(string[] atResolver, string[] inZone, string[]? atSecond)
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old);
        await rig.PutAsync("enforce", TimeSpan.FromHours(1));
        (rig.Dns.AtResolver, rig.Dns.InZone, rig.Dns.InZoneAtSecond) = (atResolver, inZone, atSecond);
        await rig.LiveAsync(TimeSpan.FromDays(2));
        Assert.Equal((Old, "mx.dns_differs"), (await rig.MxAsync(), await rig.CodeAsync()));
        Assert.Single(await rig.VersionsAsync());
    }

    [Fact]
    public async Task A_server_that_one_look_has_found_is_not_added_before_another_has()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old);
        await rig.PutAsync();
        rig.Dns.Set(Old, Evil);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        Assert.Equal(Evil, (await rig.FollowingAsync()).GetProperty("joining")[0].GetProperty("pattern").GetString());
        await rig.PassAsync(TimeSpan.FromMinutes(9));
        rig.Dns.Set(Old);
        await rig.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(0, (await rig.FollowingAsync()).GetProperty("joining").GetArrayLength());
        rig.Dns.Set(Old, Evil);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        Assert.Single(await rig.VersionsAsync());
        await rig.PassAsync(TimeSpan.FromMinutes(11));
        Assert.Equal($"{Old} {Evil}", await rig.MxAsync());
    }

    [Fact]
    public async Task What_fails_for_days_is_no_absence_and_what_DNS_denies_takes_nothing_away()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old, New);
        await rig.PutAsync("enforce", TimeSpan.FromHours(1));
        foreach (var (mx, code) in new (string[]?, string)[] { (null, "mx.dns"), ([], "mx.none"), (["0 "], "mx.null"), (["192.0.2.1"], "mx.unusable_name") })
        {
            rig.Dns.AtResolver = rig.Dns.InZone = mx;
            await rig.LiveAsync(TimeSpan.FromDays(2));
            Assert.Equal(($"{New} {Old}", code), (await rig.MxAsync(), await rig.CodeAsync()));
        }

        rig.Dns.Set(New);
        rig.Dns.InZone = null;
        await rig.LiveAsync(TimeSpan.FromDays(2));
        Assert.Equal(($"{New} {Old}", "mx.no_authority"), (await rig.MxAsync(), await rig.CodeAsync()));

        // Gone at one look, then nothing is known for days; back at the next: its time begins anew.
        rig.Dns.Set(New);
        await rig.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal(1, (await rig.FollowingAsync()).GetProperty("leaving").GetArrayLength());
        rig.Dns.AtResolver = null;
        await rig.LiveAsync(TimeSpan.FromDays(2));
        rig.Dns.Set(Old, New);
        await rig.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal(0, (await rig.FollowingAsync()).GetProperty("leaving").GetArrayLength());
        Assert.Single(await rig.VersionsAsync());
    }

    [Fact]
    public async Task The_last_patterns_stay_until_others_have_come()
    {
        await using var rig = await FollowingRig.StartAsync(settings: ("Checks:Guard", "Refuse"));
        rig.Dns.Set(Old);
        await rig.PutAsync("testing", TimeSpan.FromHours(1));
        (await rig.App.Admin.CallAsync("PATCH", "domains/moving.test?force=true", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.OK);
        // No such server is there: it cannot be added, and without it nothing would be left.
        rig.Dns.Set(New);
        await rig.LiveAsync(TimeSpan.FromDays(1));
        Assert.Equal((Old, "mx.no-address"), (await rig.MxAsync(), await rig.CodeAsync()));
    }

    [Fact]
    public async Task In_enforce_a_new_server_without_a_good_certificate_stays_out_and_keeps_no_other_out()
    {
        using var ca = new MailCa();
        await using var good = new StubMailServer(visitor => visitor.ServeAsync(ca.Issue(New)));
        await using var bad = new StubMailServer(visitor => visitor.ServeAsync(ca.Issue("another.example")));
        await using var rig = await FollowingRig.StartAsync(settings: [("Checks:Guard", "Refuse"), ("Checks:TrustedRoots", ca.RootFile)]);
        rig.Dns.Addresses[New] = good.Address;
        rig.Dns.Addresses[Evil] = bad.Address;
        rig.Dns.Set(Old);
        await rig.PutAsync("testing");
        // What is wrong with the old one is no reason to leave the new one without mail.
        (await rig.App.Admin.CallAsync("PATCH", "domains/moving.test?force=true", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.OK);
        rig.Dns.Set(Old, New, Evil);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        await rig.PassAsync(TimeSpan.FromMinutes(11));
        Assert.Equal(($"{Old} {New}", "mx.certificate-name"), (await rig.MxAsync(), await rig.CodeAsync()));
        Assert.Contains(Evil, (await rig.FollowingAsync()).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((1, 1), (good.Visits, bad.Visits));

        // In testing no mail is at stake, and senders report what is wrong.
        (await rig.App.Admin.CallAsync("PATCH", "domains/moving.test", new { policy = new { mode = "testing" } })).Is(HttpStatusCode.OK);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        Assert.Equal(($"{Old} {New} {Evil}", "mx.id_not_out"), (await rig.MxAsync(), await rig.CodeAsync()));
        await rig.PassAsync(TimeSpan.FromMinutes(11));
        Assert.Null(await rig.CodeAsync());
    }

    [Fact]
    public async Task The_id_of_a_first_policy_in_enforce_is_not_let_out_by_a_new_server()
    {
        using var ca = new MailCa();
        await using var good = new StubMailServer(visitor => visitor.ServeAsync(ca.Issue(New)));
        await using var rig = await FollowingRig.StartAsync(settings: [("Checks:Guard", "Refuse"), ("Checks:TrustedRoots", ca.RootFile)]);
        rig.Dns.Addresses[New] = good.Address;
        rig.Dns.Set(Old);
        await rig.PutAsync("enforce");
        rig.Dns.Set(Old, New);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        await rig.PassAsync(TimeSpan.FromMinutes(11));
        Assert.Equal((Old, "guard.refused"), (await rig.MxAsync(), await rig.CodeAsync()));
    }

    [Fact]
    public async Task A_domain_that_is_suspended_or_on_its_way_out_stays_as_it_is()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old);
        await rig.PutAsync();
        (await rig.App.Admin.CallAsync("PATCH", "domains/moving.test", new { state = "suspended" })).Is(HttpStatusCode.OK);
        rig.Dns.Set(Old, New);
        await rig.LiveAsync(Hours);
        Assert.Equal((Old, "mx.paused"), (await rig.MxAsync(), await rig.CodeAsync()));

        (await rig.App.Admin.CallAsync("PATCH", "domains/moving.test", new { state = "active" })).Is(HttpStatusCode.OK);
        (await rig.App.Admin.CallAsync("DELETE", "domains/moving.test")).Is(HttpStatusCode.Accepted);
        await rig.LiveAsync(Hours);
        Assert.Equal((Old, "mx.paused"), (await rig.MxAsync(), await rig.CodeAsync()));

        await rig.PutAsync();
        await rig.LiveAsync(Hours);
        Assert.Equal($"{Old} {New}", await rig.MxAsync());
    }

    [Fact]
    public async Task Nothing_goes_by_a_clock_that_has_jumped()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old, New);
        await rig.PutAsync("enforce", TimeSpan.FromDays(1));
        // The clock is known before it jumps.
        Assert.True(await rig.App.Services.GetRequiredService<MtaSts.Host.Domains.TrustedClock>().IsTrustedAsync(Cancel));
        rig.Dns.Set(New);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        rig.Clock.SetBy = TimeSpan.FromDays(30);
        await rig.LiveAsync(TimeSpan.FromHours(20));
        Assert.Equal($"{New} {Old}", await rig.MxAsync());
        // The day of looks is over then, and another since somebody looked at the clock.
        await rig.LiveAsync(TimeSpan.FromHours(32));
        Assert.Equal(New, await rig.MxAsync());
    }

    [Theory, BothStores]
    public async Task Nodes_share_the_looks_and_a_clock_that_was_ahead_puts_off_none(StoreKind kind)
    {
        await using var rig = await FollowingRig.StartAsync(kind, postgres);
        rig.Dns.Set(Old);
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"many{i}.test")];
        foreach (var name in names)
        {
            await rig.PutAsync(domain: name);
        }

        await rig.App.Services.GetRequiredService<Store>().WriteAsideAsync(
            db => db.MxFollowings.ExecuteUpdateAsync(set => set.SetProperty(row => row.NextLookAt, rig.Now.AddYears(1)), Cancel), Cancel);
        rig.Dns.Set(Old, New);
        var before = rig.Dns.MailQuestions;
        using var other = rig.NewNode();
        await Task.WhenAll(rig.PassAsync(TimeSpan.Zero), other.RoundAsync(Cancel));
        Assert.Equal(names.Order(), rig.Dns.MailQuestions.Skip(before.Length).Order());
    }

    [Fact]
    public async Task A_domain_without_an_answer_holds_up_no_other_of_its_round()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old);
        await rig.PutAsync();
        await rig.PutAsync(domain: "slow.test");
        var (before, slow) = (await rig.RowAsync(), await rig.RowAsync("slow.test"));
        rig.Dns.Hangs = "slow.test";
        rig.Clock.SleptFor += TimeSpan.FromMinutes(70);
        using var node = rig.NewNode();
        var round = node.RoundAsync(Cancel);
        await Eventually.TrueAsync(async () => (await rig.RowAsync()).LookedAt > before.LookedAt, () => "the other is written");
        Assert.Equal((false, slow.LookedAt), (round.IsCompleted, (await rig.RowAsync("slow.test")).LookedAt));
        await round;
        Assert.Equal((slow.LookedAt, "mx.dns"), ((await rig.RowAsync("slow.test")).LookedAt, (await rig.RowAsync("slow.test")).Code));
    }

    [Fact]
    public async Task While_DNS_gives_the_id_of_a_text_without_the_new_server_nothing_goes_and_no_end_is_shown()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old);
        await rig.PutAsync("enforce", TimeSpan.FromHours(12));
        rig.Ids.IsStuck = true;
        rig.Dns.Set(Old, New);
        await rig.LiveAsync(Hours);
        Assert.Equal(($"{Old} {New}", "mx.id_not_out"), (await rig.MxAsync(), await rig.CodeAsync()));
        rig.Dns.Set(New);
        await rig.LiveAsync(TimeSpan.FromDays(4));
        Assert.Equal(($"{Old} {New}", "mx.id_not_out", JsonValueKind.Null), (await rig.MxAsync(), await rig.CodeAsync(), (await rig.FollowingAsync()).GetProperty("completeAt").ValueKind));

        // Once it is out, the last who saw the old one may keep that text for the TTL and its lifetime.
        (rig.Ids.IsStuck, rig.Ids.OutSince) = (false, rig.Now);
        await rig.LiveAsync(TimeSpan.FromHours(35));
        Assert.Equal(($"{Old} {New}", null), (await rig.MxAsync(), await rig.CodeAsync()));
        Assert.Equal(rig.Ids.OutSince.Value + TimeSpan.FromHours(36), (await rig.FollowingAsync()).GetProperty("completeAt").GetDateTimeOffset(), TimeSpan.FromSeconds(1));
        await rig.LiveAsync(Hours);
        Assert.Equal(New, await rig.MxAsync());
    }

    [Fact]
    public async Task A_pattern_goes_after_a_day_in_which_every_look_heard_every_server_say_the_same()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old, New);
        await rig.PutAsync("enforce", TimeSpan.FromHours(1));
        rig.Dns.Set(New);
        rig.Dns.SecondRefuses = true;
        await rig.LiveAsync(TimeSpan.FromDays(2));
        Assert.Equal(($"{New} {Old}", "mx.silent_servers"), (await rig.MxAsync(), await rig.CodeAsync()));
        Assert.Contains("ns2.dns.test", (await rig.FollowingAsync()).GetProperty("message").GetString(), StringComparison.Ordinal);
        foreach (var breaks in new Action[] { () => rig.Dns.AtResolver = null, () => rig.Dns.InZoneAtSecond = [New, Evil], () => rig.Dns.SecondRefuses = true })
        {
            rig.Dns.SecondRefuses = false;
            rig.Dns.Set(New);
            await rig.LiveAsync(TimeSpan.FromHours(22));
            breaks();
            await rig.PassAsync(TimeSpan.FromMinutes(66));
            Assert.Equal($"{New} {Old}", await rig.MxAsync());
        }

        rig.Dns.SecondRefuses = false;
        await rig.LiveAsync(TimeSpan.FromHours(22));
        // So does a time in which nobody looked.
        await rig.PassAsync(TimeSpan.FromHours(4));
        await rig.LiveAsync(TimeSpan.FromHours(22));
        Assert.Equal($"{New} {Old}", await rig.MxAsync());
        await rig.LiveAsync(TimeSpan.FromHours(4));
        Assert.Equal(New, await rig.MxAsync());
    }

    [Fact]
    public async Task One_moment_is_not_two_looks_because_the_clock_jumped()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old);
        await rig.PutAsync();
        Assert.True(await rig.App.Services.GetRequiredService<MtaSts.Host.Domains.TrustedClock>().IsTrustedAsync(Cancel));
        rig.Dns.Set(Old, Evil);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        Assert.True(await rig.App.Services.GetRequiredService<MtaSts.Host.Domains.TrustedClock>().IsTrustedAsync(Cancel));
        rig.Clock.SetBy = TimeSpan.FromHours(2);
        await rig.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(Old, await rig.MxAsync());
        await rig.LiveAsync(TimeSpan.FromHours(26));
        Assert.Equal($"{Old} {Evil}", await rig.MxAsync());
    }

    [Theory]
    [InlineData(11)]
    [InlineData(55)]
    public async Task Nor_because_it_was_set_by_some_minutes(int minutes)
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set(Old);
        await rig.PutAsync();
        rig.Dns.Set(Old, Evil);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        rig.Clock.SetBy = TimeSpan.FromMinutes(minutes);
        await rig.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(Old, await rig.MxAsync());
        await rig.PassAsync(TimeSpan.FromMinutes(11));
        Assert.Equal($"{Old} {Evil}", await rig.MxAsync());
    }

    [Fact]
    public async Task Whoever_begins_to_follow_is_told_at_once_that_senders_may_lack_the_new_servers()
    {
        await using var rig = await FollowingRig.StartAsync();
        (await rig.App.Admin.CallAsync("PUT", "domains/moving.test", ApiCalls.Put("acme", "enforce", 2_592_000, Old))).Is(HttpStatusCode.Created);
        rig.Dns.Set(Old, New);
        (await rig.App.Admin.CallAsync("PATCH", "domains/moving.test", new { mxSource = "dns" })).Is(HttpStatusCode.OK);
        Assert.Equal(($"{Old} {New}", "mx.id_not_out"), (await rig.MxAsync(), await rig.CodeAsync()));
        await rig.PassAsync(TimeSpan.FromMinutes(12));
        Assert.True((await rig.FollowingAsync()).GetProperty("completeAt").GetDateTimeOffset() > rig.Now.AddDays(29));
    }

    [Fact]
    public async Task Of_more_new_servers_than_a_policy_has_room_for_as_many_come_as_fit()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Set([.. Enumerable.Range(0, 98).Select(i => $"mx{i}.old.example")]);
        await rig.PutAsync();
        rig.Dns.Set([.. Enumerable.Range(0, 5).Select(i => $"mx{i}.new.example")]);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        await rig.PassAsync(TimeSpan.FromMinutes(11));
        Assert.Equal((100, "mx.too_many"), ((await rig.MxAsync()).Split(' ').Length, await rig.CodeAsync()));
    }

    [Fact]
    public async Task A_new_server_that_could_not_be_looked_at_is_tried_again_soon_at_first()
    {
        await using var rig = await FollowingRig.StartAsync(settings: ("Checks:Guard", "Refuse"));
        rig.Dns.Set(Old);
        await rig.PutAsync();
        (await rig.App.Admin.CallAsync("PATCH", "domains/moving.test?force=true", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.OK);
        rig.Dns.Addresses[New] = LoopbackAddress.Next();
        rig.Dns.Set(Old, New);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        await rig.PassAsync(TimeSpan.FromMinutes(11));
        Assert.InRange((await rig.RowAsync()).NextLookAt - rig.Now, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        await rig.LiveAsync(Hours);
        var row = await rig.RowAsync();
        Assert.InRange(row.NextLookAt - row.LookedAt!.Value, TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(65));
    }

    [Fact]
    public async Task Who_turns_back_to_DNS_has_not_forgotten_what_resolvers_may_give()
    {
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Ttl = (int)TimeSpan.FromDays(3).TotalSeconds;
        rig.Dns.Set(Old, New);
        await rig.PutAsync();
        var until = (await rig.RowAsync()).SeenUntil;
        (await rig.App.Admin.CallAsync("PATCH", "domains/moving.test", new { mxSource = "manual" })).Is(HttpStatusCode.OK);
        rig.Dns.Ttl = 60;
        rig.Dns.Set(New);
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        (await rig.App.Admin.CallAsync("PATCH", "domains/moving.test", new { mxSource = "dns" })).Is(HttpStatusCode.OK);
        Assert.Equal((until, null), ((await rig.RowAsync()).SeenUntil, await rig.CodeAsync()));
        await rig.PassAsync(TimeSpan.FromMinutes(66));
        Assert.True((await rig.FollowingAsync()).GetProperty("leaving")[0].GetProperty("notBefore").GetDateTimeOffset() >= until);
    }
}
