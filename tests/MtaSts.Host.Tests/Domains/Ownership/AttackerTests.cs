using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains.Ownership;

/// <summary>A tenant who wants other people's domains.</summary>
public sealed class AttackerTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task The_alias_that_a_former_tenant_left_proves_nothing_to_anybody(StoreKind kind)
    {
        await using var rig = await OwnershipRig.StartAsync(kind, postgres);
        var former = await rig.AddAsync("former", "victim.example");
        rig.Dns.Alias(former.AliasName, former.Target);
        rig.Dns.Text(former.TextName, former.Label);
        (await rig.LookAsync(former)).Is(HttpStatusCode.OK);
        (await rig.App.Admin.CallAsync("DELETE", "domains/victim.example?now=true")).Is(HttpStatusCode.NoContent);

        var mallory = await rig.AddAsync("mallory", "victim.example");
        (await rig.LookAsync(mallory)).IsProblem(HttpStatusCode.Conflict, "proof.other-label");

        // Nor to the former tenant himself, should he come back: the label is another one.
        var again = await rig.AddAsync("former", "victim.example");
        Assert.NotEqual(former.Label, again.Label);
        (await rig.LookAsync(again)).IsProblem(HttpStatusCode.Conflict, "proof.other-label");
        await using var db = rig.App.Services.GetRequiredService<Store>().Open();
        Assert.True(await db.RemovedDomains.AnyAsync(row => row.Label == former.Label, Cancel));
        Assert.Equal(2, await db.DomainProofs.CountAsync(Cancel));
    }

    [Fact]
    public async Task The_label_of_another_tenant_proves_nothing()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var honest = await rig.AddAsync("honest", "victim.example");
        var mallory = await rig.AddAsync("mallory", "victim.example");
        rig.Dns.Alias(honest.AliasName, honest.Target);
        rig.Dns.Text(honest.TextName, honest.Label);
        var refused = (await rig.LookAsync(mallory)).IsProblem(HttpStatusCode.Conflict, "proof.other-label");
        Assert.Contains(mallory.Target, refused.Member("detail"), StringComparison.Ordinal);
        Assert.Equal("pending", (await mallory.GetAsync()).Member("state"));
        (await rig.LookAsync(honest)).Is(HttpStatusCode.OK);
        (await rig.LookAsync(mallory)).IsProblem(HttpStatusCode.Conflict, "proof.other-label");
    }

    [Fact]
    public async Task A_wildcard_proves_nothing()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var pending = await rig.AddAsync("mallory", "victim.example");
        rig.Dns.Alias("*.victim.example", pending.Target);
        (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.wildcard");
        rig.Dns.Clear("*.victim.example");
        rig.Dns.Text("*.victim.example", pending.Label);
        (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.wildcard");

        // A wildcard that says something else stands against nothing.
        rig.Dns.Text("*.victim.example", "something else");
        rig.Dns.Text(pending.TextName, pending.Label);
        (await rig.LookAsync(pending)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_chain_through_a_third_party_proves_nothing()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var pending = await rig.AddAsync("mallory", "victim.example");
        rig.Dns.Alias(pending.AliasName, "victim.saas.example");
        rig.Dns.Alias("victim.saas.example", pending.Target);
        rig.Dns.Alias(pending.TextName, "challenge.saas.example");
        rig.Dns.Text("challenge.saas.example", pending.Label);
        Assert.Contains("victim.saas.example", (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.chain").Member("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_that_do_not_all_say_so_prove_nothing()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var pending = await rig.AddAsync("mallory", "victim.example");
        rig.Dns.Text(pending.TextName, "of the owner");
        rig.Dns.TextAtSecond(pending.TextName, pending.Label);
        (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.servers-disagree");
    }

    [Fact]
    public async Task Servers_at_private_addresses_are_not_asked()
    {
        await using var rig = await OwnershipRig.StartAsync(settings: ("Network:AllowPrivateAddresses", "false"));
        var pending = await rig.AddAsync("mallory", "victim.example");
        rig.Dns.Alias(pending.AliasName, pending.Target);
        Assert.Contains("ns1.dns.test", (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.unknown").Member("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_only_looks_like_another_is_another_domain()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var honest = await rig.AddAsync("honest", "pay.example");
        // With a Cyrillic «а».
        var mallory = await rig.AddAsync("mallory", "p\u0430y.example");
        var name = mallory.Json.GetProperty("domain").GetString()!;
        Assert.StartsWith("xn--", name, StringComparison.Ordinal);
        rig.Dns.Alias($"_mta-sts.{name}", mallory.Target);
        (await rig.LookAsync(mallory)).Is(HttpStatusCode.OK);
        (await rig.LookAsync(honest)).IsProblem(HttpStatusCode.Conflict, "proof.missing");
    }

    [Theory, BothStores]
    public async Task Of_two_with_the_proof_at_once_one_gets_the_name_and_the_other_has_to_claim_it(StoreKind kind)
    {
        await using var rig = await OwnershipRig.StartAsync(kind, postgres);
        var first = await rig.AddAsync("first", "race.example");
        var second = await rig.AddAsync("second", "race.example");
        rig.Dns.Text(first.TextName, first.Label, second.Label);
        rig.App.Clock.Advance(TimeSpan.FromSeconds(10));

        var answers = await Task.WhenAll(new[] { first, second }.Select(pending => pending.Client.CallAsync("POST", "domains/race.example/verification")));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Conflict).IsProblem(HttpStatusCode.Conflict, "proof.claimed");
    }

    [Theory, BothStores]
    public async Task A_name_that_is_active_goes_over_by_a_text_that_is_seen_twice_a_day_apart_while_its_policy_is_served(StoreKind kind)
    {
        await using var rig = await OwnershipRig.StartAsync(kind, postgres);
        var owner = await rig.AddAsync("owner", "moving.example", "enforce", 31557600);
        rig.Dns.Alias(owner.AliasName, owner.Target);
        var held = (await rig.LookAsync(owner)).Is(HttpStatusCode.OK);
        var next = await rig.AddAsync("next", "moving.example");

        // The CNAME alone is not enough.
        rig.Dns.Alias(owner.AliasName, next.Target);
        (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.text-needed");
        Assert.DoesNotContain("domain.claimed", await rig.AuditAsync("owner", "moving.example"));

        rig.Dns.Text(next.TextName, next.Label);
        (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.claimed");
        var told = await rig.AuditAsync("owner", "moving.example");
        Assert.Contains("domain.claimed", told);
        await rig.LookAtDueAsync(TimeSpan.FromHours(23));
        Assert.Equal("pending", (await next.GetAsync()).Member("state"));
        Assert.Equal("active", (await owner.GetAsync()).Member("state"));
        Assert.Contains("mail.owner.example", await rig.App.FetchPolicyAsync("moving.example"), StringComparison.Ordinal);

        // It has to be there without a break.
        rig.Dns.Clear(next.TextName);
        rig.Dns.Clear(next.AliasName);
        (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.missing");
        rig.Dns.Text(next.TextName, next.Label);
        (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.claimed");
        await rig.LookAtDueAsync(TimeSpan.FromHours(2));
        Assert.Equal("pending", (await next.GetAsync()).Member("state"));

        await rig.LookAtDueAsync(TimeSpan.FromHours(23));
        var active = await next.GetAsync();
        Assert.Equal("active", active.Member("state"));
        Assert.True(string.CompareOrdinal(active.Member("policyId"), held.Member("policyId")) > 0);
        Assert.Contains("mail.next.example", await rig.App.FetchPolicyAsync("moving.example", text => text.Contains("next", StringComparison.Ordinal)), StringComparison.Ordinal);
        (await owner.Client.GetAnswerAsync("domains/moving.example")).Is(HttpStatusCode.NotFound);
        Assert.Equal("domain.taken", (await rig.AuditAsync("owner", "moving.example"))[0]);
        await using var db = rig.App.Services.GetRequiredService<Store>().Open();
        Assert.True(await db.RemovedDomains.AnyAsync(row => row.Label == owner.Label, Cancel));
        var known = await db.KnownNames.SingleAsync(row => row.Name == "moving.example", Cancel);
        Assert.True(known.CachedUntil > rig.App.Clock.GetUtcNow().AddDays(365));
    }

    [Fact]
    public async Task A_name_that_is_active_by_the_providers_word_is_taken_by_no_proof()
    {
        await using var rig = await OwnershipRig.StartAsync();
        await rig.App.AddTenantAsync("owner");
        await rig.App.PutDomainAsync("trusted.example", "owner");
        var next = await rig.AddAsync("next", "trusted.example");
        rig.Dns.Text(next.TextName, next.Label);
        for (var day = 0; day < 4; day++)
        {
            (await rig.LookAsync(next)).IsProblem(HttpStatusCode.Conflict, "proof.held");
            rig.Clock.SleptFor += TimeSpan.FromDays(1);
        }

        Assert.Equal(["domain.claim.held", "domain.create"], await rig.AuditAsync("next", "trusted.example"));
        Assert.Equal("owner", (await rig.App.Admin.GetAnswerAsync("domains/trusted.example")).Member("tenant"));

        // Nor one that the provider has suspended.
        var proven = await rig.AddAsync("first", "suspended.example");
        rig.Dns.Text(proven.TextName, proven.Label);
        (await rig.LookAsync(proven)).Is(HttpStatusCode.OK);
        (await rig.App.Admin.CallAsync("PATCH", "domains/suspended.example", new { state = "suspended" })).Is(HttpStatusCode.OK);
        var claim = await rig.AddAsync("next", "suspended.example");
        rig.Dns.Text(proven.TextName, claim.Label);
        (await rig.LookAsync(claim)).IsProblem(HttpStatusCode.Conflict, "proof.held");
    }
}
