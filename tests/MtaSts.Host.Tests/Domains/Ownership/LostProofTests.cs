using System.Net;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains.Ownership;

/// <summary>A proof that was there and is not any more: the policy is served on, and little by little everything else ends.</summary>
public sealed class LostProofTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task A_lost_proof_stops_the_tenants_edits_then_renewals_and_is_forgotten_once_found_again(StoreKind kind)
    {
        await using var rig = await OwnershipRig.StartAsync(kind, postgres);
        var (domain, active) = await ProvenAsync(rig);
        rig.Dns.Alias(domain.AliasName, "elsewhere.example");
        await rig.LookAtDueAsync(TimeSpan.FromDays(1.1));

        var lost = await domain.GetAsync();
        Assert.Equal(("active", active.ETag), (lost.Member("state"), lost.ETag));
        Assert.Equal(("lost", "proof.chain"), Verification(lost));
        Assert.Equal("domain.proof.lost", (await rig.AuditAsync("acme", "one.example"))[0]);
        foreach (var (method, path, body) in new (string, string, object?)[]
        {
            ("PUT", "", ApiCalls.Put(null, "enforce")), ("PATCH", "", new { policy = new { mode = "enforce" } }), ("POST", "/versions/1/restore", null),
        })
        {
            (await domain.Client.CallAsync(method, $"domains/one.example{path}", body)).IsProblem(HttpStatusCode.Conflict, "proof.lost");
        }

        (await rig.App.Admin.CallAsync("PATCH", "domains/one.example", new { policy = new { maxAge = 700000 } })).Is(HttpStatusCode.OK);
        var status = rig.App.Services.GetRequiredService<OwnershipStatus>();
        await rig.LookAtDueAsync(TimeSpan.FromDays(6.9));
        Assert.False(await status.IsLongLostAsync("one.example", Cancel));
        await rig.LookAtDueAsync(TimeSpan.FromDays(0.2));
        Assert.True(await status.IsLongLostAsync("one.example", Cancel));
        await rig.LookAtDueAsync(TimeSpan.FromDays(23));
        Assert.Equal("dormant", Verification(await domain.GetAsync()).State);
        Assert.Contains("mail.acme.example", await rig.App.FetchPolicyAsync("one.example"), StringComparison.Ordinal);

        rig.Dns.Alias(domain.AliasName, domain.Target);
        Assert.Equal(("proven", null), Verification((await rig.LookAsync(domain)).Is(HttpStatusCode.OK)));
        Assert.False(await status.IsLongLostAsync("one.example", Cancel));
        (await domain.Client.CallAsync("PATCH", "domains/one.example", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.OK);
        Assert.Equal(1, (await rig.AuditAsync("acme", "one.example")).Count(action => action == "domain.proof.lost"));
        Assert.Contains("domain.proof.found", await rig.AuditAsync("acme", "one.example"));
    }

    [Fact]
    public async Task Servers_that_are_away_or_disagree_take_a_domain_from_nobody()
    {
        await using var rig = await OwnershipRig.StartAsync(prepare: dns => dns.IsSecondSilent = true);
        var (domain, _) = await ProvenAsync(rig);
        rig.Dns.IsFirstSilent = true;
        await rig.LookAtDueAsync(TimeSpan.FromDays(1.2));
        Assert.Equal(("proven", "proof.unknown"), Verification(await domain.GetAsync()));
        await rig.LookAtDueAsync(TimeSpan.FromDays(40));
        Assert.Equal(("proven", "proof.unknown"), Verification(await domain.GetAsync()));
        (await domain.Client.CallAsync("PATCH", "domains/one.example", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.OK);

        rig.Dns.IsFirstSilent = rig.Dns.IsSecondSilent = false;
        rig.Dns.Clear(domain.AliasName);
        rig.Dns.Text(domain.TextName, "something else");
        rig.Dns.TextAtSecond(domain.TextName, domain.Label);
        await rig.LookAtDueAsync(TimeSpan.FromHours(1.2));
        Assert.Equal(("proven", "proof.servers-disagree"), Verification(await domain.GetAsync()));
    }

    [Fact]
    public async Task The_other_proof_is_as_good()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var (domain, _) = await ProvenAsync(rig);
        rig.Dns.Clear(domain.AliasName);
        rig.Dns.Text(domain.TextName, domain.Label);
        await rig.LookAtDueAsync(TimeSpan.FromDays(1.2));
        Assert.Equal(("proven", null), Verification(await domain.GetAsync()));
        Assert.Equal(Host.Data.Tables.ProofKind.Text, (await rig.ProofAsync(domain)).Kind);
    }

    [Fact]
    public async Task A_tenant_may_start_the_removal_without_the_proof_and_the_provider_may_give_his_word_for_it()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var (domain, _) = await ProvenAsync(rig);
        rig.Dns.Clear(domain.AliasName);
        await rig.LookAtDueAsync(TimeSpan.FromDays(1.2));
        Assert.Equal(("lost", "proof.missing"), Verification(await domain.GetAsync()));
        (await domain.Client.CallAsync("DELETE", "domains/one.example")).Is(HttpStatusCode.Accepted);
        (await domain.Client.CallAsync("PUT", "domains/one.example", ApiCalls.Put(null))).IsProblem(HttpStatusCode.Conflict, "proof.lost");

        Assert.Equal(("trusted", null), Verification((await rig.App.Admin.CallAsync("POST", "domains/one.example/verification", new { trust = true })).Is(HttpStatusCode.OK)));
        (await domain.Client.CallAsync("PUT", "domains/one.example", ApiCalls.Put(null))).Is(HttpStatusCode.OK);
        await rig.LookAtDueAsync(TimeSpan.FromDays(40));
        Assert.Equal(("trusted", null), Verification(await domain.GetAsync()));
    }

    private static async Task<(Pending Domain, ApiAnswer Active)> ProvenAsync(OwnershipRig rig)
    {
        var domain = await rig.AddAsync("acme", "one.example");
        rig.Dns.Alias(domain.AliasName, domain.Target);
        return (domain, (await rig.LookAsync(domain)).Is(HttpStatusCode.OK));
    }

    private static (string? State, string? Code) Verification(ApiAnswer answer)
    {
        var verification = answer.Json.GetProperty("verification");
        return (verification.GetProperty("state").GetString(), verification.GetProperty("code").GetString());
    }
}
