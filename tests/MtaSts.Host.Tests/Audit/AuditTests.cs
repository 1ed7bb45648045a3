using System.Net;
using Xunit;

namespace MtaSts.Host.Tests.Audit;

public sealed class AuditTests(SharedApps apps) : IClassFixture<SharedApps>
{
    [Theory, BothStores]
    public async Task Each_deed_leaves_one_line(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var domain = $"{apps.NewName()}.example";
        var path = $"domains/{domain}";
        using var editor = app.Client(await app.AddKeyAsync(tenant, "editor"));
        var key = (await app.Admin.GetAnswerAsync($"tenants/{tenant}/keys")).Items("id").Single();
        await editor.CallAsync("PUT", path, ApiCalls.Put(null));
        await app.Admin.CallAsync("POST", $"{path}/verification", new { trust = true });
        await editor.CallAsync("PUT", path, ApiCalls.Put(null, "enforce"));
        await editor.CallAsync("PUT", path, ApiCalls.Put(null, "enforce"));
        await editor.CallAsync("PATCH", path, new { policy = new { maxAge = 700000 } });
        await editor.CallAsync("PATCH", path, new { policy = new { maxAge = -1 } });
        await editor.CallAsync("POST", $"{path}/versions/1/restore");
        await app.Admin.CallAsync("POST", $"{path}/reannounce");
        await app.Admin.CallAsync("PATCH", path, new { state = "suspended" });
        await editor.CallAsync("DELETE", path);
        await app.Admin.CallAsync("PATCH", path, new { state = "active" });
        await editor.CallAsync("DELETE", path);
        await editor.CallAsync("DELETE", path);
        await editor.CallAsync("PUT", path, ApiCalls.Put(null));
        await app.Admin.CallAsync("DELETE", $"{path}?now=true");
        await app.Admin.CallAsync("PATCH", $"tenants/{tenant}", new { displayName = "Other" });
        await app.Admin.CallAsync("DELETE", $"tenants/{tenant}/keys/{key}");
        await app.Admin.CallAsync("DELETE", $"tenants/{tenant}");

        var lines = await app.Admin.WalkAsync($"audit?tenant={tenant}", 4);

        Assert.Equal(
            [
                "tenant.delete", "key.delete", "tenant.change", "domain.delete.now", "domain.removal.cancel", "domain.removal.start", "domain.change", "domain.change",
                "domain.reannounce", "domain.restore", "domain.change", "domain.change", "domain.trust", "domain.create", "key.create", "tenant.create",
            ],
            lines.ConvertAll(line => line.GetProperty("action").GetString()!));
        var created = lines.Single(line => line.GetProperty("action").GetString() == "domain.create");
        Assert.Equal($"key:{key}", created.GetProperty("actor").GetString());
        Assert.Equal(domain, created.GetProperty("target").GetString());
        Assert.EndsWith("Z", created.GetProperty("at").GetString(), StringComparison.Ordinal);
        Assert.Contains("testing", created.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(lines.Select(line => line.GetProperty("revision").GetInt64()).OrderDescending(), lines.Select(line => line.GetProperty("revision").GetInt64()));

        Assert.Equal(11, (await app.Admin.GetAnswerAsync($"audit?domain={domain.ToUpperInvariant()}.")).Items("action").Length);
        Assert.Empty((await app.Admin.GetAnswerAsync($"audit?domain={domain}&tenant=nobody")).Items("action"));
    }

    [Theory, BothStores]
    public async Task A_tenant_sees_its_own_lines_only(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var (_, other) = await apps.WithTenantAsync(kind);
        var domain = $"{apps.NewName()}.example";
        await app.PutDomainAsync(domain, other);
        using var viewer = app.Client(await app.AddKeyAsync(tenant, "viewer"));
        using var editor = app.Client(await app.AddKeyAsync(tenant, "editor"));
        (await editor.CallAsync("PUT", $"domains/{domain}", ApiCalls.Put(null))).Is(HttpStatusCode.Created);

        var seen = (await viewer.GetAnswerAsync("audit")).Is(HttpStatusCode.OK);

        Assert.Equal(["domain.create", "key.create", "key.create", "tenant.create"], seen.Items("action"));
        Assert.All(seen.Items("tenant"), name => Assert.Equal(tenant, name));
        Assert.Equal(["domain.create"], (await viewer.GetAnswerAsync($"audit?domain={domain}")).Items("action"));
        Assert.Empty((await viewer.GetAnswerAsync($"audit?tenant={other}")).Items("action"));
    }

    [Theory, BothStores]
    public async Task A_new_tenant_of_an_old_name_does_not_see_the_old_ones_lines(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var domain = $"{apps.NewName()}.example";
        await app.PutDomainAsync(domain, tenant);
        await app.Admin.CallAsync("DELETE", $"domains/{domain}?now=true");
        (await app.Admin.CallAsync("DELETE", $"tenants/{tenant}")).Is(HttpStatusCode.NoContent);
        await app.AddTenantAsync(tenant);
        using var viewer = app.Client(await app.AddKeyAsync(tenant, "viewer"));

        Assert.Equal(["key.create", "tenant.create"], (await viewer.GetAnswerAsync("audit")).Is(HttpStatusCode.OK).Items("action"));
        Assert.Contains("domain.create", (await app.Admin.GetAnswerAsync($"audit?tenant={tenant}")).Items("action"));
    }
}
