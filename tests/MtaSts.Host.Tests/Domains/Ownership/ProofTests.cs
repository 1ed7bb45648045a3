using System.Net;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains.Ownership;

/// <summary>A tenant shows that a domain is his, and nobody else does.</summary>
public sealed class ProofTests(PostgresServer postgres)
{
    [Theory, BothStores]
    public async Task The_alias_to_the_tenants_own_label_makes_the_domain_active_and_it_is_served(StoreKind kind)
    {
        await using var rig = await OwnershipRig.StartAsync(kind, postgres);
        var pending = await rig.AddAsync("acme", "one.example");
        Assert.Equal($"{pending.Label}._mta-sts.sts.provider.example", pending.Target);
        Assert.Matches("^[a-z2-7]{26}$", pending.Label);
        (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.missing");

        rig.Dns.Alias(pending.AliasName, pending.Target.ToUpperInvariant());
        var active = (await rig.LookAsync(pending)).Is(HttpStatusCode.OK);

        Assert.Equal("active", active.Member("state"));
        Assert.Equal("proven", active.Json.GetProperty("verification").GetProperty("state").GetString());
        Assert.Equal(["domain.proven", "domain.create"], await rig.AuditAsync("acme", "one.example"));
        Assert.Contains("mail.acme.example", await rig.App.FetchPolicyAsync("one.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_text_is_found_without_being_asked_for()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var pending = await rig.AddAsync("acme", "one.example");
        rig.Dns.Text(pending.TextName, "v=spf1 -all", pending.Label);

        await rig.LookAtDueAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("active", (await pending.GetAsync()).Member("state"));
        Assert.Equal(Host.Data.Tables.ProofKind.Text, (await rig.ProofAsync(pending)).Kind);
    }

    [Fact]
    public async Task Without_a_zone_the_text_is_the_only_proof()
    {
        await using var rig = await OwnershipRig.StartAsync(settings: ("Dns:Zone", null));
        var pending = await rig.AddAsync("acme", "one.example");
        Assert.Equal("null", pending.Json.GetProperty("verification").GetProperty("cname").GetRawText());
        rig.Dns.Alias(pending.AliasName, $"{pending.Label}._mta-sts.");
        (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.missing");
        rig.Dns.Text(pending.TextName, pending.Label);
        (await rig.LookAsync(pending)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Looks_become_fewer_and_end_after_two_weeks_and_then_a_request_makes_another_label()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var pending = await rig.AddAsync("acme", "one.example");
        var addedAt = rig.App.Clock.GetUtcNow();
        await rig.LookAtDueAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(1), (await rig.ProofAsync(pending)).NextLookAt - rig.App.Clock.GetUtcNow());
        await rig.LookAtDueAsync(TimeSpan.FromHours(2) - TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(30), (await rig.ProofAsync(pending)).NextLookAt - rig.App.Clock.GetUtcNow());
        await rig.LookAtDueAsync(TimeSpan.FromDays(13));
        Assert.Equal(TimeSpan.FromHours(6), (await rig.ProofAsync(pending)).NextLookAt - rig.App.Clock.GetUtcNow());
        await rig.LookAtDueAsync(TimeSpan.FromDays(1));
        Assert.Equal(ProofTimes.Never, (await rig.ProofAsync(pending)).NextLookAt);
        Assert.True(rig.App.Clock.GetUtcNow() - addedAt >= ProofTimes.LabelLasts);

        // Now the old one is in DNS, too late.
        rig.Dns.Alias(pending.AliasName, pending.Target);
        (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.other-label");

        var renewed = pending with { Json = (await pending.GetAsync()).Json };
        Assert.NotEqual(pending.Label, renewed.Label);
        Assert.Contains("domain.label.new", await rig.AuditAsync("acme", "one.example"));
        rig.Dns.Alias(pending.AliasName, renewed.Target);
        Assert.Equal("active", (await rig.LookAsync(renewed)).Is(HttpStatusCode.OK).Member("state"));
    }

    [Fact]
    public async Task A_domain_is_looked_at_once_in_ten_seconds_and_the_finding_is_repeated()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var pending = await rig.AddAsync("acme", "one.example");
        var first = (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.missing");
        var questions = rig.Dns.Questions;
        rig.Dns.Alias(pending.AliasName, pending.Target);

        var second = (await pending.Client.CallAsync("POST", "domains/one.example/verification")).IsProblem(HttpStatusCode.Conflict, "proof.missing");

        Assert.Equal(first.Text, second.Text);
        Assert.Equal(questions, rig.Dns.Questions);
        (await rig.LookAsync(pending)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_silent_server_of_two_is_tolerated_and_of_none_nothing_is_known()
    {
        await using var rig = await OwnershipRig.StartAsync(prepare: dns => dns.IsSecondSilent = true);
        var pending = await rig.AddAsync("acme", "one.example");
        rig.Dns.Alias(pending.AliasName, pending.Target);
        rig.Dns.IsFirstSilent = true;
        Assert.Contains("ns1.dns.test", (await rig.LookAsync(pending)).IsProblem(HttpStatusCode.Conflict, "proof.unknown").Member("detail"), StringComparison.Ordinal);
        rig.Dns.IsFirstSilent = false;
        (await rig.LookAsync(pending)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_tenant_cannot_have_names_of_the_services_zone_nor_ones_whose_policy_host_is_a_public_suffix()
    {
        await using var rig = await OwnershipRig.StartAsync();
        var tenant = await rig.TenantAsync("acme");
        foreach (var name in new[] { "sts.provider.example", "host.sts.provider.example" })
        {
            (await tenant.CallAsync("PUT", $"domains/{name}", ApiCalls.Put(null))).IsInvalid("domain.own_zone domain");
        }

        // *.compute.amazonaws.com.cn
        (await tenant.CallAsync("PUT", "domains/compute.amazonaws.com.cn", ApiCalls.Put(null))).IsInvalid("domain.public_suffix domain");
        (await tenant.CallAsync("PUT", "domains/provider.example", ApiCalls.Put(null))).Is(HttpStatusCode.Created);
        (await tenant.CallAsync("PUT", "domains/other-sts.provider.example", ApiCalls.Put(null))).Is(HttpStatusCode.Created);
    }
}
