using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

/// <summary>Pending, shared names, trust, suspension: who holds a name, and who learns of it.</summary>
public sealed partial class OwnershipTests(SharedApps apps) : IClassFixture<SharedApps>
{
    [Theory, BothStores]
    public async Task A_PUT_of_a_name_that_another_tenant_holds_looks_like_one_of_a_new_name(StoreKind kind)
    {
        var (app, owner) = await apps.WithTenantAsync(kind);
        var (_, tenant) = await apps.WithTenantAsync(kind);
        using var editor = app.Client(await app.AddKeyAsync(tenant, "editor"));
        var (held, free) = ($"{apps.NewName()}.example", $"{apps.NewName()}.example");
        await app.PutDomainAsync(held, owner, "enforce");
        app.Clock.Advance(TimeSpan.FromSeconds(1));

        foreach (var (method, path, body, ifMatch) in new (string, string, object?, string?)[]
        {
            ("GET", "", null, null),
            ("PATCH", "", new { policy = new { mode = "enforce" } }, null),
            ("PUT", "", ApiCalls.Put(null), "*"),
            ("PUT", "", ApiCalls.Put(null), null),
            ("PUT", "", ApiCalls.Put(null), null),
            ("GET", "", null, null),
            ("GET", "/versions", null, null),
            ("POST", "/verification", null, null),
            ("POST", "/verification", new { trust = true }, null),
            ("POST", "/reannounce", null, null),
            ("PATCH", "", new { policy = new { maxAge = 700000 } }, null),
            ("POST", "/versions/1/restore", null, null),
            ("DELETE", "", null, null),
            ("GET", "", null, null),
        })
        {
            var ofHeld = await editor.CallAsync(method, $"domains/{held}{path}", body, ifMatch);
            var ofFree = await editor.CallAsync(method, $"domains/{free}{path}", body, ifMatch);
            Assert.Equal(ofFree.Status, ofHeld.Status);
            Assert.Equal(Shape(ofFree, free), Shape(ofHeld, held));
        }
    }

    [Theory, BothStores]
    public async Task Several_tenants_hold_a_name_pending_and_the_first_that_is_trusted_gets_it(StoreKind kind)
    {
        var (app, first) = await apps.WithTenantAsync(kind);
        var (_, second) = await apps.WithTenantAsync(kind);
        using var firstKey = app.Client(await app.AddKeyAsync(first, "editor"));
        using var secondKey = app.Client(await app.AddKeyAsync(second, "editor"));
        var path = $"domains/{apps.NewName()}.example";
        (await firstKey.CallAsync("PUT", path, ApiCalls.Put(null, "testing"))).Is(HttpStatusCode.Created);
        (await secondKey.CallAsync("PUT", path, ApiCalls.Put(null, "enforce"))).Is(HttpStatusCode.Created);

        (await app.Admin.GetAnswerAsync(path)).IsProblem(HttpStatusCode.Conflict, "domain.several");
        (await app.Admin.CallAsync("PATCH", path, "{}")).IsProblem(HttpStatusCode.Conflict, "domain.several");
        Assert.Equal(first, (await app.Admin.GetAnswerAsync($"{path}?tenant={first}")).Is(HttpStatusCode.OK).Member("tenant"));
        Assert.Equal(second, (await app.Admin.GetAnswerAsync($"{path}?tenant={second}")).Is(HttpStatusCode.OK).Member("tenant"));
        (await app.Admin.GetAnswerAsync($"{path}?tenant=nobody")).Is(HttpStatusCode.NotFound);
        (await firstKey.GetAnswerAsync($"{path}?tenant={second}")).Is(HttpStatusCode.NotFound);

        var trusted = (await app.Admin.CallAsync("POST", $"{path}/verification?tenant={second}", new { trust = true })).Is(HttpStatusCode.OK);
        Assert.Equal("active", trusted.Member("state"));
        Assert.Equal("active", (await app.Admin.CallAsync("POST", $"{path}/verification?tenant={second}", new { trust = true })).Is(HttpStatusCode.OK).Member("state"));
        (await app.Admin.CallAsync("POST", $"{path}/verification?tenant={first}", new { trust = true })).IsProblem(HttpStatusCode.Conflict, "domain.held");

        // Without a choice the served one is meant; the other is there still, and goes without harm.
        Assert.Equal(second, (await app.Admin.GetAnswerAsync(path)).Is(HttpStatusCode.OK).Member("tenant"));
        Assert.Equal("pending", (await firstKey.GetAnswerAsync(path)).Is(HttpStatusCode.OK).Member("state"));
        (await firstKey.CallAsync("DELETE", path)).Is(HttpStatusCode.NoContent);
        Assert.Equal("active", (await secondKey.GetAnswerAsync(path)).Is(HttpStatusCode.OK).Member("state"));
    }

    [Theory, BothStores]
    public async Task Of_two_that_are_trusted_at_once_one_gets_the_name(StoreKind kind)
    {
        var (app, first) = await apps.WithTenantAsync(kind);
        var (_, second) = await apps.WithTenantAsync(kind);
        var path = $"domains/{apps.NewName()}.example";
        foreach (var tenant in new[] { first, second })
        {
            using var key = app.Client(await app.AddKeyAsync(tenant, "editor"));
            (await key.CallAsync("PUT", path, ApiCalls.Put(null))).Is(HttpStatusCode.Created);
        }

        var answers = await Task.WhenAll(new[] { first, second }.Select(tenant => app.Admin.CallAsync("POST", $"{path}/verification?tenant={tenant}", new { trust = true })));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Conflict);
    }

    [Theory, BothStores]
    public async Task A_providers_PUT_for_another_tenant_than_the_active_one_is_409(StoreKind kind)
    {
        var (app, owner) = await apps.WithTenantAsync(kind);
        var (_, other) = await apps.WithTenantAsync(kind);
        var path = $"domains/{apps.NewName()}.example";
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(owner));
        var before = await app.Admin.GetAnswerAsync(path);

        (await app.Admin.CallAsync("PUT", path, ApiCalls.Put(other, "enforce"))).IsProblem(HttpStatusCode.Conflict, "domain.held");
        (await app.Admin.CallAsync("PUT", path, ApiCalls.Put("nobody"))).IsInvalid("tenant.unknown tenant");
        Assert.Equal(before.Text, (await app.Admin.GetAnswerAsync(path)).Text);

        // While it is suspended or being removed it is held just the same.
        (await app.Admin.CallAsync("PATCH", path, new { state = "suspended" })).Is(HttpStatusCode.OK);
        (await app.Admin.CallAsync("PUT", path, ApiCalls.Put(other))).IsProblem(HttpStatusCode.Conflict, "domain.held");
        (await app.Admin.CallAsync("PATCH", path, new { state = "active" })).Is(HttpStatusCode.OK);
        (await app.Admin.CallAsync("DELETE", path)).Is(HttpStatusCode.Accepted);
        (await app.Admin.CallAsync("PUT", path, ApiCalls.Put(other))).IsProblem(HttpStatusCode.Conflict, "domain.held");
    }

    [Theory, BothStores]
    public async Task A_pending_name_reserves_nothing(StoreKind kind)
    {
        var (app, waiting) = await apps.WithTenantAsync(kind);
        var (_, tenant) = await apps.WithTenantAsync(kind);
        using var key = app.Client(await app.AddKeyAsync(waiting, "editor"));
        var path = $"domains/{apps.NewName()}.example";
        (await key.CallAsync("PUT", path, ApiCalls.Put(null))).Is(HttpStatusCode.Created);

        Assert.Equal("active", (await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant))).Is(HttpStatusCode.Created).Member("state"));
        Assert.Equal("pending", (await key.GetAnswerAsync(path)).Member("state"));
    }

    [Theory, BothStores]
    public async Task While_suspended_the_tenants_edits_are_409_and_the_provider_goes_on(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        using var key = app.Client(await app.AddKeyAsync(tenant, "admin"));
        var path = $"domains/{apps.NewName()}.example";
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant));
        var policyId = (await app.Admin.GetAnswerAsync(path)).Member("policyId");
        var suspended = (await app.Admin.CallAsync("PATCH", path, new { state = "suspended" })).Is(HttpStatusCode.OK);
        Assert.Equal("suspended", suspended.Member("state"));
        Assert.Equal(policyId, suspended.Member("policyId"));

        foreach (var (method, under, body) in new (string, string, object?)[]
        {
            ("PUT", "", ApiCalls.Put(null, "enforce")), ("PUT", "", ApiCalls.Put(null)), ("PATCH", "", "{}"), ("PATCH", "", new { policy = new { mode = "enforce" } }),
            ("DELETE", "", null), ("POST", "/versions/1/restore", null),
        })
        {
            (await key.CallAsync(method, path + under, body)).IsProblem(HttpStatusCode.Conflict, "domain.suspended");
        }

        (await key.CallAsync("PATCH", path, new { state = "active" })).IsProblem(HttpStatusCode.Forbidden, "role.provider_only");
        // A removal that the tenant may cancel would be a way out of the suspension.
        (await app.Admin.CallAsync("DELETE", path)).IsProblem(HttpStatusCode.Conflict, "domain.suspended");
        Assert.Equal(suspended.Text, (await key.GetAnswerAsync(path)).Text);

        var changed = (await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant, "enforce"))).Is(HttpStatusCode.OK);
        Assert.Equal("suspended", changed.Member("state"));
        Assert.Equal("active", (await app.Admin.CallAsync("PATCH", path, new { state = "active" })).Is(HttpStatusCode.OK).Member("state"));
        (await key.CallAsync("PATCH", path, new { policy = new { mode = "testing" } })).Is(HttpStatusCode.OK);
    }

    [Theory, BothStores]
    public async Task A_pending_domain_cannot_be_made_active_or_suspended_by_PATCH(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        using var key = app.Client(await app.AddKeyAsync(tenant, "editor"));
        var path = $"domains/{apps.NewName()}.example";
        (await key.CallAsync("PUT", path, ApiCalls.Put(null))).Is(HttpStatusCode.Created);
        foreach (var state in new[] { "active", "suspended" })
        {
            (await app.Admin.CallAsync("PATCH", path, new { state })).IsProblem(HttpStatusCode.Conflict, "domain.pending");
        }
    }

    // All but what differs between any two names: the name, ids, revisions, times.
    private static string Shape(ApiAnswer answer, string name) =>
        $"{string.Join(' ', answer.Headers.Select(header => header.Key).Order(StringComparer.Ordinal))} {answer.MediaType} "
        + Differing().Replace(answer.Text.Replace(name, "NAME", StringComparison.Ordinal), "*");

    [GeneratedRegex("""(?<="(policyId|createdAt|updatedAt|mayBeCachedUntil|lookedAt|value)":")[^"]*|(?<="revision":)\d+""")]
    private static partial Regex Differing();
}
