using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MtaSts.Host.Api;
using MtaSts.Host.Checks;
using MtaSts.Host.Data;
using MtaSts.Host.Domains;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

/// <summary>Policies that many domains share.</summary>
public sealed class TemplatesTests(PostgresServer postgres)
{
    private static readonly object Google = new { mode = "testing", mx = new[] { "*.aspmx.l.google.com", "ASPMX.L.google.com" }, maxAge = 604800 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    public async Task An_edit_of_a_template_is_an_edit_of_each_of_its_domains(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        await app.AddTenantAsync();
        var made = (await app.Admin.CallAsync("PUT", "templates/google", new { policy = Google })).Is(HttpStatusCode.Created);
        Assert.Equal(["*.aspmx.l.google.com", "aspmx.l.google.com"], made.Json.GetProperty("policy").GetProperty("mx").EnumerateArray().Select(mx => mx.GetString()!));
        foreach (var name in new[] { "a.test", "b.test" })
        {
            var domain = (await app.Admin.CallAsync("PUT", $"domains/{name}", new { tenant = "acme", template = "google" })).Is(HttpStatusCode.Created);
            Assert.Equal(("google", "testing"), (domain.Member("template"), domain.Json.GetProperty("policy").GetProperty("mode").GetString()));
        }

        await app.PutDomainAsync("other.test");
        (await app.Admin.CallAsync("PATCH", "templates/google", new { policy = new { maxAge = 1209600 } })).Is(HttpStatusCode.OK);
        await UntilServedAsync(app, "a.test", "max_age: 1209600");
        await UntilServedAsync(app, "b.test", "max_age: 1209600");
        Assert.DoesNotContain("max_age: 1209600", await app.FetchPolicyAsync("other.test"), StringComparison.Ordinal);

        var b = await app.Admin.GetAnswerAsync("domains/b.test");
        Assert.Equal(2, b.Json.GetProperty("version").GetInt32());
        Assert.Equal("Template google.", (await app.Admin.GetAnswerAsync("domains/b.test/versions")).Json.GetProperty("items")[0].GetProperty("reason").GetString());
        Assert.NotEqual((await app.Admin.GetAnswerAsync("domains/a.test/versions")).Items("policyId")[0], (await app.Admin.GetAnswerAsync("domains/a.test/versions")).Items("policyId")[1]);
        Assert.Equal(["a.test", "b.test"], (await app.Admin.GetAnswerAsync("domains?template=google")).Items("domain"));
        Assert.Equal(2, (await app.Admin.GetAnswerAsync("templates/google")).Json.GetProperty("domains").GetInt32());

        // Twice changes nothing.
        (await app.Admin.CallAsync("PATCH", "templates/google", new { policy = new { maxAge = 1209600 } })).Is(HttpStatusCode.OK);
        Assert.Equal(b.ETag, (await app.Admin.GetAnswerAsync("domains/b.test")).ETag);
        Assert.Equal(["template.change", "template.create"], (await app.Admin.GetAnswerAsync("audit")).Items("action").Where(action => action.StartsWith("template", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_the_guard_refuses_for_one_domain_changes_none_and_says_everything()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        await MakeAsync(app, "a.test", "b.test");
        guard.Finding = new GuardFinding(true, "guard.refused", "No.", [new FieldError("mx.no-starttls", "policy.mx", "mx.test: It offers none.")]);
        var refused = await app.Admin.CallAsync("PATCH", "templates/google", new { policy = new { mode = "enforce" } });
        refused.IsProblem(HttpStatusCode.Conflict, "guard.refused");
        Assert.Equal(["mx.no-starttls a.test", "mx.no-starttls b.test"], refused.Errors);
        Assert.Equal(2, guard.Judged.Count);
        Assert.Equal("testing", (await app.Admin.GetAnswerAsync("templates/google")).Json.GetProperty("policy").GetProperty("mode").GetString());
        Assert.All((await app.Admin.GetAnswerAsync("domains")).Json.GetProperty("items").EnumerateArray(), domain => Assert.Equal(1, domain.GetProperty("version").GetInt32()));

        var preview = (await app.Admin.CallAsync("POST", "templates/google/preview", new { policy = new { mode = "enforce", mx = new[] { "mx.test" }, maxAge = 86400 } })).Is(HttpStatusCode.OK);
        Assert.Equal((2, 2, 2), (preview.Json.GetProperty("domains").GetInt32(), preview.Json.GetProperty("changed").GetInt32(), preview.Json.GetProperty("problems").GetArrayLength()));

        using var editor = app.Client(await app.AddKeyAsync("acme", "editor"));
        (await editor.CallAsync("PATCH", "templates/google?force=true", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.Forbidden);
        (await app.Admin.CallAsync("PATCH", "templates/google?force=true", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.OK);
        await UntilServedAsync(app, "a.test", "mode: enforce");
        Assert.Contains("forced past guard.refused of 2 domains", (await app.Admin.GetAnswerAsync("audit")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_that_comes_to_the_template_while_the_guard_looks_is_judged_as_well()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        await MakeAsync(app, "a.test");
        guard.WhileJudging = async () => (await app.Admin.CallAsync("PUT", "domains/late.test", new { tenant = "acme", template = "google" })).Is(HttpStatusCode.Created);
        (await app.Admin.CallAsync("PATCH", "templates/google", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.OK);
        Assert.Equal(2, guard.Judged.Count);
        await UntilServedAsync(app, "late.test", "mode: enforce");
    }

    [Fact]
    public async Task A_domain_takes_a_template_and_leaves_it_by_a_patch()
    {
        await using var app = await HostApp.StartAsync();
        await app.AddTenantAsync();
        (await app.Admin.CallAsync("PUT", "templates/google", new { policy = Google })).Is(HttpStatusCode.Created);
        await app.PutDomainAsync("a.test");
        (await app.Admin.CallAsync("PATCH", "domains/a.test", new { template = "nothing" })).IsInvalid("template.unknown template");
        Assert.Equal("google", (await app.Admin.CallAsync("PATCH", "domains/a.test", new { template = "google" })).Is(HttpStatusCode.OK).Member("template"));
        (await app.Admin.CallAsync("PATCH", "domains/a.test", new { policy = new { maxAge = 100000 } })).IsInvalid("template.differs policy");
        (await app.Admin.CallAsync("PUT", "domains/a.test", new { tenant = "acme", template = "google", policy = Google })).Is(HttpStatusCode.OK);
        (await app.Admin.CallAsync("PUT", "domains/a.test", new { tenant = "acme", template = "google", mxSource = "dns" })).IsInvalid("template.mx_source mxSource");
        (await app.Admin.CallAsync("POST", "domains/a.test/rollout")).IsProblem(HttpStatusCode.Conflict, "template.set");
        (await app.Admin.CallAsync("DELETE", "templates/google")).IsProblem(HttpStatusCode.Conflict, "template.used");

        var version = (await app.Admin.GetAnswerAsync("domains/a.test")).Json.GetProperty("version").GetInt32();
        var left = (await app.Admin.CallAsync("PATCH", "domains/a.test", new { template = (string?)null })).Is(HttpStatusCode.OK);
        Assert.Equal((System.Text.Json.JsonValueKind.Null, version), (left.Json.GetProperty("template").ValueKind, left.Json.GetProperty("version").GetInt32()));
        (await app.Admin.CallAsync("DELETE", "templates/google")).Is(HttpStatusCode.NoContent);
        (await app.Admin.GetAnswerAsync("templates/google")).IsProblem(HttpStatusCode.NotFound, "template.not_found");
    }

    [Fact]
    public async Task A_tenant_has_templates_of_its_own_and_may_use_but_not_change_those_of_all()
    {
        await using var app = await HostApp.StartAsync();
        await app.AddTenantAsync();
        await app.AddTenantAsync("other");
        (await app.Admin.CallAsync("PUT", "templates/google", new { policy = Google })).Is(HttpStatusCode.Created);
        using var acme = app.Client(await app.AddKeyAsync("acme", "editor"));
        using var other = app.Client(await app.AddKeyAsync("other", "editor"));
        (await acme.CallAsync("PATCH", "templates/google", new { policy = new { maxAge = 86400 } })).Is(HttpStatusCode.Forbidden);
        (await acme.CallAsync("PUT", "templates/own", new { tenant = "other", policy = Google })).IsInvalid("tenant.unknown tenant");
        (await acme.CallAsync("PUT", "templates/own", new { policy = Google })).Is(HttpStatusCode.Created);
        (await acme.CallAsync("PUT", "templates/Bad_Name", new { policy = new { mode = "on", maxAge = -1 }, x = 1 })).IsInvalid("field.unknown x", "max_age.range policy.maxAge", "mode.value policy.mode", "template.name name");
        Assert.Equal(["google", "own"], (await acme.GetAnswerAsync("templates")).Items("name"));
        Assert.Equal(["google"], (await other.GetAnswerAsync("templates")).Items("name"));
        (await other.GetAnswerAsync("templates/own")).IsProblem(HttpStatusCode.NotFound, "template.not_found");
        (await other.CallAsync("PUT", "domains/other.test", new { template = "own" })).IsInvalid("template.unknown template");

        // Of the same name, its own goes before.
        (await acme.CallAsync("PUT", "templates/google", new { policy = new { mode = "none", mx = Array.Empty<string>(), maxAge = 86400 } })).Is(HttpStatusCode.Created);
        Assert.Equal("none", (await acme.CallAsync("PUT", "domains/acme.test", new { template = "google" })).Is(HttpStatusCode.Created).Json.GetProperty("policy").GetProperty("mode").GetString());
        Assert.Equal("testing", (await app.Admin.GetAnswerAsync("templates/google")).Json.GetProperty("policy").GetProperty("mode").GetString());
        Assert.Equal("none", (await app.Admin.GetAnswerAsync("templates/google?tenant=acme")).Json.GetProperty("policy").GetProperty("mode").GetString());
    }

    [Fact]
    public async Task An_edit_of_a_template_holds_only_while_it_is_as_If_Match_says()
    {
        await using var app = await HostApp.StartAsync();
        var made = await app.Admin.CallAsync("PUT", "templates/google", new { policy = Google });
        (await app.Admin.CallAsync("PATCH", "templates/google", new { policy = new { maxAge = 86400 } })).Is(HttpStatusCode.OK);
        (await app.Admin.CallAsync("PATCH", "templates/google", new { policy = new { maxAge = 86401 } }, ifMatch: made.ETag)).Is(HttpStatusCode.PreconditionFailed);
        (await app.Admin.CallAsync("DELETE", "templates/google", ifMatch: made.ETag)).Is(HttpStatusCode.PreconditionFailed);
    }

    [Fact]
    public async Task Domains_that_the_guard_refuses_can_be_left_behind_with_the_policy_that_they_have()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        await MakeAsync(app, "a.test", "b.test");
        guard.Of = domain => domain.Name == "b.test" ? new GuardFinding(true, "guard.unknown", "Nobody knows.", []) : GuardFinding.None;
        var done = (await app.Admin.CallAsync("PATCH", "templates/google?leave=true", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.OK);
        Assert.Contains(done.Json.GetProperty("warnings").EnumerateArray(), one => (one.GetProperty("code").GetString(), one.GetProperty("field").GetString()) == ("template.left", "b.test"));
        await UntilServedAsync(app, "a.test", "mode: enforce");
        var b = await app.Admin.GetAnswerAsync("domains/b.test");
        Assert.Equal((System.Text.Json.JsonValueKind.Null, "testing", 1), (b.Json.GetProperty("template").ValueKind, b.Json.GetProperty("policy").GetProperty("mode").GetString(), b.Json.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task A_first_policy_in_enforce_that_still_waits_for_the_guard_keeps_no_other_domain_from_an_edit()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        (await app.Admin.CallAsync("PUT", "templates/strict", new { policy = ApiCalls.Policy("enforce", 86400) })).Is(HttpStatusCode.Created);
        (await app.Admin.CallAsync("PUT", "domains/bad.test", new { tenant = "acme", template = "strict" })).Is(HttpStatusCode.Created);
        guard.Finding = new GuardFinding(true, "guard.refused", "No.", []);
        (await app.Admin.CallAsync("PATCH", "templates/strict", new { policy = new { mx = new[] { "mail.example.com", "mx2.test" } } })).Is(HttpStatusCode.OK);
        await UntilServedAsync(app, "bad.test", "mx: mx2.test");
        await using var db = app.Services.GetRequiredService<Store>().Open();
        Assert.Single(await db.AnnouncementHolds.ToListAsync(Cancel));
    }

    [Fact]
    public async Task A_patch_of_something_else_keeps_the_very_template_and_no_template_of_the_tenant_gets_in_the_way()
    {
        await using var app = await HostApp.StartAsync();
        await app.AddTenantAsync();
        (await app.Admin.CallAsync("PUT", "templates/google", new { policy = Google })).Is(HttpStatusCode.Created);
        (await app.Admin.CallAsync("PUT", "domains/a.test", new { tenant = "acme", template = "google" })).Is(HttpStatusCode.Created);
        using var acme = app.Client(await app.AddKeyAsync("acme", "editor"));
        (await acme.CallAsync("PUT", "templates/google", new { policy = ApiCalls.Policy("none") })).Is(HttpStatusCode.Created);
        (await app.Admin.CallAsync("PATCH", "domains/a.test", new { state = "suspended" })).Is(HttpStatusCode.OK);
        (await app.Admin.CallAsync("PATCH", "templates/google", new { policy = new { maxAge = 100000 } })).Is(HttpStatusCode.OK);
        await UntilServedAsync(app, "a.test", "max_age: 100000");
    }

    [Fact]
    public async Task What_a_tenant_may_not_change_at_the_moment_leaves_the_template_and_keeps_him_from_nothing()
    {
        await using var app = await HostApp.StartAsync();
        await app.AddTenantAsync();
        await MakeAsync(app, "a.test", "b.test");
        (await app.Admin.CallAsync("PATCH", "domains/a.test", new { state = "suspended" })).Is(HttpStatusCode.OK);
        using var acme = app.Client(await app.AddKeyAsync("acme", "editor"));
        (await acme.CallAsync("PATCH", "templates/google", new { policy = new { maxAge = 100000 } })).Is(HttpStatusCode.OK);
        await UntilServedAsync(app, "b.test", "max_age: 100000");
        var a = (await app.Admin.GetAnswerAsync("domains/a.test")).Json;
        Assert.Equal((System.Text.Json.JsonValueKind.Null, 604800), (a.GetProperty("template").ValueKind, a.GetProperty("policy").GetProperty("maxAge").GetInt32()));
    }

    [Fact]
    public async Task The_tenant_in_the_query_is_the_one_whose_template_is_put()
    {
        await using var app = await HostApp.StartAsync();
        await app.AddTenantAsync();
        Assert.Equal("acme", (await app.Admin.CallAsync("PUT", "templates/google?tenant=acme", new { policy = Google })).Is(HttpStatusCode.Created).Member("tenant"));
        (await app.Admin.CallAsync("PUT", "templates/google?tenant=acme", new { tenant = "other", policy = Google })).IsInvalid("tenant.differs tenant", "tenant.unknown tenant");
    }

    [Fact]
    public async Task Raising_max_age_of_a_template_in_enforce_warns()
    {
        await using var app = await StartAsync(new ScriptedGuard());
        var made = (await app.Admin.CallAsync("PUT", "templates/strict", new { policy = ApiCalls.Policy("enforce", 86400) })).Is(HttpStatusCode.Created);
        Assert.Equal(["mode.enforce_first"], Codes(made));
        Assert.Equal(["max_age.raised"], Codes((await app.Admin.CallAsync("PATCH", "templates/strict", new { policy = new { maxAge = 604800 } })).Is(HttpStatusCode.OK)));
        Assert.Empty(Codes((await app.Admin.CallAsync("PATCH", "templates/strict", new { policy = new { maxAge = 86400 } })).Is(HttpStatusCode.OK)));

        static IEnumerable<string> Codes(ApiAnswer answer) => answer.Json.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetProperty("code").GetString()!);
    }

    [Fact]
    public async Task A_removal_takes_the_domain_out_of_its_template()
    {
        await using var app = await StartAsync(new ScriptedGuard());
        await MakeAsync(app, "a.test");
        (await app.Admin.CallAsync("DELETE", "domains/a.test")).Is(HttpStatusCode.Accepted);
        (await app.Admin.CallAsync("PATCH", "templates/google", new { policy = new { maxAge = 100000 } })).Is(HttpStatusCode.OK);
        Assert.Contains("mode: none", await app.FetchPolicyAsync("a.test"), StringComparison.Ordinal);
        await using var db = app.Services.GetRequiredService<Store>().Open();
        Assert.Equal(2, await db.PolicyVersions.CountAsync(Cancel));
    }

    private static Task UntilServedAsync(HostApp app, string domain, string line) =>
        Eventually.TrueAsync(async () => (await app.FetchPolicyAsync(domain)).Contains(line, StringComparison.Ordinal), () => $"{domain} is served with {line}");

    private static async Task<HostApp> StartAsync(ScriptedGuard guard)
    {
        var app = await HostApp.StartAsync(services: services => services.Without<AnnouncementUpkeep>().Replace(ServiceDescriptor.Singleton<IEditGuard>(guard)));
        await app.AddTenantAsync();
        return app;
    }

    private static async Task MakeAsync(HostApp app, params string[] domains)
    {
        (await app.Admin.CallAsync("PUT", "templates/google", new { tenant = "acme", policy = Google })).Is(HttpStatusCode.Created);
        foreach (var domain in domains)
        {
            (await app.Admin.CallAsync("PUT", $"domains/{domain}", new { tenant = "acme", template = "google" })).Is(HttpStatusCode.Created);
        }
    }
}
