using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Host.Domains;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains.Ownership;

/// <summary>A domain in `enforce` whose TXT record is in DNS before it is active: senders fetch the text from the first moment on, so that it is judged before.</summary>
public sealed class AnnouncedDomainTests(PostgresServer postgres)
{
    private const string Name = "moving.example";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task A_proof_alone_does_not_make_it_active_while_the_guard_refuses_its_policy(StoreKind kind)
    {
        var guard = new ScriptedGuard { Announced = { Name }, Finding = new(true, "guard.refused", "No.", [new("mx.no-starttls", "policy.mx", "mx.test: it has none.")]) };
        await using var rig = await OwnershipRig.StartAsync(kind, postgres, guard: guard);
        var pending = await rig.AddAsync("acme", Name, "enforce");
        rig.Dns.Text(pending.TextName, pending.Label);

        var refused = (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "guard.refused");
        Assert.Contains("mx.test: it has none.", refused.Member("detail"), StringComparison.Ordinal);
        var shown = await pending.GetAsync();
        Assert.Equal(("pending", "guard.refused"), (shown.Member("state"), shown.Json.GetProperty("verification").GetProperty("code").GetString()));

        // The loop finds the same, and makes it active when the mail servers are fit; its id waits for nothing then.
        await rig.LookAtDueAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("pending", (await pending.GetAsync()).Member("state"));
        guard.Finding = GuardFinding.None;
        await rig.LookAtDueAsync(TimeSpan.FromHours(6));
        Assert.Equal("active", (await pending.GetAsync()).Member("state"));
        Assert.Equal(0, await HoldsAsync(rig));
    }

    [Fact]
    public async Task One_that_DNS_does_not_announce_becomes_active_and_its_id_waits()
    {
        var guard = new ScriptedGuard { Finding = new(true, "guard.refused", "No.", []) };
        await using var rig = await OwnershipRig.StartAsync(guard: guard);
        var pending = await rig.AddAsync("acme", Name, "enforce");
        rig.Dns.Text(pending.TextName, pending.Label);
        Assert.Equal("active", (await rig.LookAsync(pending)).Is(HttpStatusCode.OK).Member("state"));
        Assert.Equal(1, await HoldsAsync(rig));
        Assert.Empty(guard.Judged);
    }

    [Fact]
    public async Task Where_nobody_can_tell_the_proof_is_looked_at_again_and_what_a_provider_adds_waits_with_its_id()
    {
        var guard = new ScriptedGuard { IsSilent = true };
        await using var rig = await OwnershipRig.StartAsync(guard: guard);
        var pending = await rig.AddAsync("acme", Name, "enforce");
        rig.Dns.Text(pending.TextName, pending.Label);
        (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.unknown");
        await rig.App.PutDomainAsync("added.example", mode: "enforce");
        Assert.Equal(1, await HoldsAsync(rig));
        guard.IsSilent = false;
        await rig.LookAtDueAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("active", (await pending.GetAsync()).Member("state"));
        Assert.Equal(2, await HoldsAsync(rig));
    }

    [Fact]
    public async Task A_tenant_whose_looks_take_their_time_keeps_no_proof_of_others_waiting()
    {
        var guard = new ScriptedGuard();
        await using var rig = await OwnershipRig.StartAsync(guard: guard);
        var places = rig.App.Services.GetRequiredService<GuardPlaces>();
        var slow = await rig.AddAsync("slow", Name, "enforce");
        guard.Announced.Add(Name);
        guard.Announced.Add("other.example");
        rig.Dns.Text(slow.TextName, slow.Label);
        var other = await rig.AddAsync("other", "other.example", "enforce");
        rig.Dns.Text(other.TextName, other.Label);
        int tenant;
        await using (var db = rig.App.Services.GetRequiredService<Store>().Open())
        {
            tenant = await db.Tenants.Where(row => row.Name == "slow").Select(row => row.Id).SingleAsync(Cancel);
        }

        var taken = Enumerable.Range(0, 4).Select(_ => places.TryEnter(tenant)!).ToList();
        await rig.LookAtDueAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(("pending", "active"), ((await slow.GetAsync()).Member("state"), (await other.GetAsync()).Member("state")));
        Assert.Equal("guard.busy", (await slow.GetAsync()).Json.GetProperty("verification").GetProperty("code").GetString());
        taken.ForEach(place => place.Dispose());
        await rig.LookAtDueAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("active", (await slow.GetAsync()).Member("state"));
    }

    [Fact]
    public async Task A_proof_is_not_forced()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var pending = await rig.AddAsync("acme", Name, "enforce");
        (await rig.App.Admin.CallAsync("POST", $"domains/{Name}/verification?force=true")).IsInvalid("force.value force");
        Assert.Equal("pending", (await pending.GetAsync()).Member("state"));
    }

    [Fact]
    public async Task A_policy_that_was_changed_while_it_was_judged_makes_nothing_active()
    {
        var guard = new ScriptedGuard { Announced = { Name } };
        await using var rig = await OwnershipRig.StartAsync(guard: guard);
        var pending = await rig.AddAsync("acme", Name, "enforce");
        rig.Dns.Text(pending.TextName, pending.Label);
        guard.WhileJudging = async () => (await pending.Client.CallAsync("PATCH", $"domains/{Name}", new { policy = new { mx = new[] { "z.test" } } })).Is(HttpStatusCode.OK);
        (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.unknown");
        Assert.Equal("active", (await rig.LookAsync(pending)).Is(HttpStatusCode.OK).Member("state"));
        Assert.Equal(["mail.acme.example", "z.test"], guard.Judged);
    }

    [Fact]
    public async Task A_name_goes_over_to_another_tenant_only_with_a_policy_that_the_guard_lets_through()
    {
        var guard = new ScriptedGuard { Announced = { Name } };
        await using var rig = await OwnershipRig.StartAsync(guard: guard);
        var owner = await rig.AddAsync("owner", Name);
        rig.Dns.Alias(owner.AliasName, owner.Target);
        (await rig.LookAsync(owner)).Is(HttpStatusCode.OK);
        var next = await rig.AddAsync("next", Name, "enforce");
        guard.Finding = new(true, "guard.refused", "No.", []);
        rig.Dns.Text(next.TextName, next.Label);
        (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.claimed");

        await rig.LookAtDueAsync(TimeSpan.FromHours(25));
        Assert.Equal(("pending", "active"), ((await next.GetAsync()).Member("state"), (await owner.GetAsync()).Member("state")));
        Assert.Equal("guard.refused", (await rig.ProofAsync(next)).Code);
        guard.Finding = GuardFinding.None;
        await rig.LookAtDueAsync(TimeSpan.FromHours(7));
        Assert.Equal("active", (await next.GetAsync()).Member("state"));
        (await owner.Client.GetAnswerAsync($"domains/{Name}")).Is(HttpStatusCode.NotFound);
    }

    private static async Task<int> HoldsAsync(OwnershipRig rig)
    {
        await using var db = rig.App.Services.GetRequiredService<Store>().Open();
        return await db.AnnouncementHolds.CountAsync(Cancel);
    }
}
