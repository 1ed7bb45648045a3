using System.Net;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Access;

public sealed class RolesTests(SharedApps apps, PostgresServer postgres) : IClassFixture<SharedApps>
{
    // What each key may do on its own tenant's things: method, path, body, and the least key.
    private static readonly (string Method, string Path, object? Body, string Least)[] Routes =
    [
        ("GET", "domains", null, "viewer"),
        ("GET", "domains/{domain}", null, "viewer"),
        ("GET", "domains/{domain}/versions", null, "viewer"),
        ("GET", "domains/{domain}/certificate", null, "viewer"),
        ("GET", "audit", null, "viewer"),
        ("PUT", "domains/{domain}", ApiCalls.Put(null), "editor"),
        ("PATCH", "domains/{domain}", new { policy = new { maxAge = 700000 } }, "editor"),
        ("POST", "domains/{domain}/versions/1/restore", null, "editor"),
        ("POST", "domains/{domain}/verification", null, "editor"),
        ("DELETE", "domains/{domain}", null, "editor"),
        ("GET", "tenants/{tenant}/keys", null, "admin"),
        ("POST", "tenants/{tenant}/keys", new { role = "viewer" }, "admin"),
        ("DELETE", "tenants/{tenant}/keys/{key}", null, "admin"),
        ("POST", "domains/{domain}/verification", new { trust = true }, "provider editor"),
        ("POST", "domains/{domain}/reannounce", null, "provider editor"),
        ("PATCH", "domains/{domain}", new { state = "suspended" }, "provider editor"),
        ("DELETE", "domains/{domain}?now=true", null, "provider editor"),
        ("GET", "certificates", null, "provider viewer"),
        ("GET", "certificates/summary", null, "provider viewer"),
        ("GET", "tenants", null, "provider viewer"),
        ("GET", "tenants/{tenant}", null, "provider viewer"),
        ("POST", "tenants", new { name = "{new}" }, "provider admin"),
        ("PATCH", "tenants/{tenant}", new { displayName = "Other" }, "provider admin"),
        ("DELETE", "tenants/{tenant}", null, "provider admin"),
        ("GET", "keys", null, "provider admin"),
        ("POST", "keys", new { role = "viewer" }, "provider admin"),
        ("DELETE", "keys/{providerKey}", null, "provider admin"),
    ];

    private static readonly string[] Refusals = ["role.too_low", "role.provider_only"];

    private static readonly string[] Keys = ["viewer", "editor", "admin", "provider viewer", "provider editor", "provider admin"];

    [Theory, BothStores]
    public async Task Each_role_may_do_its_own_and_no_more(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        foreach (var (method, path, body, least) in Routes)
        {
            foreach (var key in Keys)
            {
                var (tenant, domain) = (apps.NewName(), $"{apps.NewName()}.example");
                await app.AddTenantAsync(tenant);
                await app.PutDomainAsync(domain, tenant);
                if (least == "provider admin" && method == "DELETE")
                {
                    (await app.Admin.CallAsync("DELETE", $"domains/{domain}?now=true")).Is(HttpStatusCode.NoContent);
                }

                var filled = path.Replace("{tenant}", tenant, StringComparison.Ordinal)
                    .Replace("{domain}", domain, StringComparison.Ordinal)
                    .Replace("{key}", await KeyIdAsync(app, path.Contains("{key}", StringComparison.Ordinal) ? $"tenants/{tenant}/keys" : null), StringComparison.Ordinal)
                    .Replace("{providerKey}", await KeyIdAsync(app, path.Contains("{providerKey}", StringComparison.Ordinal) ? "keys" : null), StringComparison.Ordinal);
                object? content = body is { } && method == "POST" && path == "tenants" ? new { name = apps.NewName() }
                    : method == "PUT" && key.StartsWith("provider", StringComparison.Ordinal) ? ApiCalls.Put(tenant) : body;
                using var client = app.Client(await SecretAsync(app, tenant, key));
                var answer = await client.CallAsync(method, filled, content);
                var may = May(key, least);

                Assert.True(
                    may ? (int)answer.Status is >= 200 and < 300 : answer.Status == HttpStatusCode.Forbidden,
                    $"{key}: {method} {path} needs {least}, answered {(int)answer.Status} {answer.Text}");
                if (!may)
                {
                    Assert.Contains(answer.Code, Refusals);
                }
            }
        }
    }

    [Theory, BothStores]
    public async Task Visibility_comes_before_the_role_and_the_role_before_the_body(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var domain = $"{apps.NewName()}.example";
        await app.PutDomainAsync(domain, tenant);
        var stranger = apps.NewName();
        await app.AddTenantAsync(stranger);
        using var viewer = app.Client(await app.AddKeyAsync(tenant, "viewer"));
        using var strangersViewer = app.Client(await app.AddKeyAsync(stranger, "viewer"));

        foreach (var (method, path) in new[]
        {
            ("PATCH", $"domains/{domain}"), ("DELETE", $"domains/{domain}"), ("POST", $"domains/{domain}/reannounce"), ("POST", $"domains/{domain}/verification"),
            ("POST", $"domains/{domain}/versions/1/restore"), ("POST", $"domains/{domain}/certificate/renewal"), ("POST", $"domains/{domain}/certificate/revocation"), ("PATCH", $"tenants/{tenant}"), ("DELETE", $"tenants/{tenant}"), ("POST", $"tenants/{tenant}/keys"),
        })
        {
            (await strangersViewer.CallAsync(method, path, "no json")).Is(HttpStatusCode.NotFound);
            (await viewer.CallAsync(method, path, "no json")).Is(HttpStatusCode.Forbidden);
        }

        (await viewer.CallAsync("PUT", $"domains/{domain}", "no json")).Is(HttpStatusCode.Forbidden);
        (await viewer.CallAsync("PUT", $"domains/{domain}", "no json", mediaType: "text/plain")).Is(HttpStatusCode.Forbidden);
    }

    [Theory, BothStores]
    public async Task The_last_provider_admin_cannot_be_deleted(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        var first = (await app.Admin.GetAnswerAsync("keys")).Items("id").Single();
        await app.Admin.CallAsync("POST", "keys", new { role = "editor" });
        (await app.Admin.CallAsync("POST", "keys", new { role = "admin", expiresAt = app.Clock.GetUtcNow().AddSeconds(-1) })).Is(HttpStatusCode.Created);

        (await app.Admin.CallAsync("DELETE", $"keys/{first}")).IsProblem(HttpStatusCode.Conflict, "key.last_admin");

        var second = (await app.Admin.CallAsync("POST", "keys", new { role = "admin" })).Is(HttpStatusCode.Created);
        (await app.Admin.CallAsync("DELETE", $"keys/{first}")).Is(HttpStatusCode.NoContent);
        using var client = app.Client(second.Member("secret"));
        (await client.CallAsync("DELETE", $"keys/{second.Member("id")}")).IsProblem(HttpStatusCode.Conflict, "key.last_admin");
    }

    [Theory, BothStores]
    public async Task Two_admins_that_delete_each_other_at_once_leave_one(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        var first = (await app.Admin.GetAnswerAsync("keys")).Items("id").Single();
        var second = (await app.Admin.CallAsync("POST", "keys", new { role = "admin" })).Is(HttpStatusCode.Created);
        using var other = app.Client(second.Member("secret"));

        var answers = await Task.WhenAll(app.Admin.CallAsync("DELETE", $"keys/{second.Member("id")}"), other.CallAsync("DELETE", $"keys/{first}"));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.NoContent);
        Assert.Single(await Task.WhenAll(app.Admin.GetAnswerAsync("keys"), other.GetAnswerAsync("keys")), answer => answer.Status == HttpStatusCode.OK);
    }

    private static bool May(string key, string least)
    {
        string[] roles = ["viewer", "editor", "admin"];
        var (provider, needsProvider) = (key.StartsWith("provider", StringComparison.Ordinal), least.StartsWith("provider", StringComparison.Ordinal));
        return (provider || !needsProvider) && Array.IndexOf(roles, key.Split(' ')[^1]) >= Array.IndexOf(roles, least.Split(' ')[^1]);
    }

    private static async Task<string> SecretAsync(HostApp app, string tenant, string key) => key.Split(' ') switch
    {
        [_, var role] => (await app.Admin.CallAsync("POST", "keys", new { role })).Is(HttpStatusCode.Created).Member("secret"),
        _ => await app.AddKeyAsync(tenant, key),
    };

    private static async Task<string> KeyIdAsync(HostApp app, string? path) =>
        path is null ? "" : (await app.Admin.CallAsync("POST", path, new { role = "viewer" })).Is(HttpStatusCode.Created).Member("id");
}
