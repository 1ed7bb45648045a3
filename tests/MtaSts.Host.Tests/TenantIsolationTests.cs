using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MtaSts.Host.Tests;

/// <summary>
/// Walks every route of the API as a stranger. The list of routes is the service's own: a new route without a case here fails, so that
/// nobody forgets to think of it.
/// </summary>
public sealed class TenantIsolationTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private const string Domain = "secret-victim.example";
    private const string Tenant = "victim";
    private const string DisplayName = "Victim-Display-Name";
    private const string Email = "ops@secret-victim-mail.example";
    private const string Mx = "mx.secret-victim-mail.example";

    /// <summary>What a stranger gets on the victim's things. Where 200 stands, the answer is the stranger's own view.</summary>
    private static readonly Dictionary<string, (string Path, object? Body, HttpStatusCode Stranger)> Cases = new()
    {
        ["GET /api/v1/tenants"] = ("tenants", null, HttpStatusCode.Forbidden),
        ["POST /api/v1/tenants"] = ("tenants", new { name = "strangers-own" }, HttpStatusCode.Forbidden),
        ["GET /api/v1/tenants/{name}"] = ($"tenants/{Tenant}", null, HttpStatusCode.NotFound),
        ["PATCH /api/v1/tenants/{name}"] = ($"tenants/{Tenant}", new { displayName = "x" }, HttpStatusCode.NotFound),
        ["DELETE /api/v1/tenants/{name}"] = ($"tenants/{Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/tenants/{name}/keys"] = ($"tenants/{Tenant}/keys", null, HttpStatusCode.NotFound),
        ["POST /api/v1/tenants/{name}/keys"] = ($"tenants/{Tenant}/keys", new { role = "admin" }, HttpStatusCode.NotFound),
        ["DELETE /api/v1/tenants/{name}/keys/{id}"] = ($"tenants/{Tenant}/keys/KEY", null, HttpStatusCode.NotFound),
        ["GET /api/v1/keys"] = ("keys", null, HttpStatusCode.Forbidden),
        ["POST /api/v1/keys"] = ("keys", new { role = "admin" }, HttpStatusCode.Forbidden),
        ["DELETE /api/v1/keys/{id}"] = ("keys/KEY", null, HttpStatusCode.Forbidden),
        ["GET /api/v1/domains"] = ($"domains?tenant={Tenant}&search=secret-victim", null, HttpStatusCode.OK),
        // With the victim's name in the body; without it the name is a new pending one, see OwnershipTests.
        ["PUT /api/v1/domains/{domain}"] = ($"domains/{Domain}", ApiCalls.Put(Tenant, "none"), HttpStatusCode.UnprocessableEntity),
        ["GET /api/v1/domains/{domain}"] = ($"domains/{Domain}?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["PATCH /api/v1/domains/{domain}"] = ($"domains/{Domain}?tenant={Tenant}", new { policy = new { mode = "none" } }, HttpStatusCode.NotFound),
        ["DELETE /api/v1/domains/{domain}"] = ($"domains/{Domain}?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["POST /api/v1/domains/{domain}/reannounce"] = ($"domains/{Domain}/reannounce?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["POST /api/v1/domains/{domain}/verification"] = ($"domains/{Domain}/verification?tenant={Tenant}", new { trust = true }, HttpStatusCode.NotFound),
        ["GET /api/v1/domains/{domain}/versions"] = ($"domains/{Domain}/versions?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["POST /api/v1/domains/{domain}/versions/{number:int}/restore"] = ($"domains/{Domain}/versions/1/restore?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/domains/{domain}/records"] = ($"domains/{Domain}/records?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/domains/{domain}/certificate"] = ($"domains/{Domain}/certificate?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["POST /api/v1/domains/{domain}/certificate/renewal"] = ($"domains/{Domain}/certificate/renewal?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["POST /api/v1/domains/{domain}/certificate/revocation"] = ($"domains/{Domain}/certificate/revocation?tenant={Tenant}", new { reason = "superseded" }, HttpStatusCode.NotFound),
        ["GET /api/v1/certificates"] = ("certificates", null, HttpStatusCode.Forbidden),
        ["GET /api/v1/certificates/summary"] = ("certificates/summary", null, HttpStatusCode.Forbidden),
        ["GET /api/v1/domains/{domain}/mx"] = ($"domains/{Domain}/mx?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["POST /api/v1/domains/{domain}/checks"] = ($"domains/{Domain}/checks?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/domains/{domain}/checks/latest"] = ($"domains/{Domain}/checks/latest?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/domains/{domain}/advisories"] = ($"domains/{Domain}/advisories?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/domains/{domain}/events"] = ($"domains/{Domain}/events?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/events"] = ($"events?domain={Domain}", null, HttpStatusCode.OK),
        ["GET /api/v1/overview"] = ($"overview?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/overview/tenants"] = ("overview/tenants", null, HttpStatusCode.Forbidden),
        ["POST /api/v1/domains/{domain}/rollout"] = ($"domains/{Domain}/rollout?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/domains/{domain}/rollout"] = ($"domains/{Domain}/rollout?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["DELETE /api/v1/domains/{domain}/rollout"] = ($"domains/{Domain}/rollout?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["POST /api/v1/domains/{domain}/rollout/pause"] = ($"domains/{Domain}/rollout/pause?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["POST /api/v1/domains/{domain}/rollout/resume"] = ($"domains/{Domain}/rollout/resume?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["GET /api/v1/templates"] = ("templates", null, HttpStatusCode.OK),
        ["PUT /api/v1/templates/{name}"] = ("templates/secret-template", new { tenant = Tenant, policy = ApiCalls.Policy("none") }, HttpStatusCode.UnprocessableEntity),
        ["GET /api/v1/templates/{name}"] = ($"templates/secret-template?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["PATCH /api/v1/templates/{name}"] = ($"templates/secret-template?tenant={Tenant}", new { policy = new { mode = "none" } }, HttpStatusCode.NotFound),
        ["DELETE /api/v1/templates/{name}"] = ($"templates/secret-template?tenant={Tenant}", null, HttpStatusCode.NotFound),
        ["POST /api/v1/templates/{name}/preview"] = ($"templates/secret-template/preview?tenant={Tenant}", new { policy = ApiCalls.Policy("none") }, HttpStatusCode.NotFound),
        ["POST /api/v1/checks"] = ("checks", new { domain = Domain }, HttpStatusCode.Forbidden),
        ["GET /api/v1/zone"] = ("zone", null, HttpStatusCode.Forbidden),
        ["GET /api/v1/notices"] = ("notices", null, HttpStatusCode.Forbidden),
        ["PUT /api/v1/notices"] = ("notices", new { emails = new[] { "stranger@example.com" } }, HttpStatusCode.Forbidden),
        ["DELETE /api/v1/notices"] = ("notices", null, HttpStatusCode.Forbidden),
        ["POST /api/v1/notices/test"] = ("notices/test", null, HttpStatusCode.Forbidden),
        ["GET /api/v1/tenants/{name}/notices"] = ($"tenants/{Tenant}/notices", null, HttpStatusCode.NotFound),
        ["PUT /api/v1/tenants/{name}/notices"] = ($"tenants/{Tenant}/notices", new { emails = new[] { "stranger@example.com" } }, HttpStatusCode.NotFound),
        ["DELETE /api/v1/tenants/{name}/notices"] = ($"tenants/{Tenant}/notices", null, HttpStatusCode.NotFound),
        ["POST /api/v1/tenants/{name}/notices/test"] = ($"tenants/{Tenant}/notices/test", null, HttpStatusCode.NotFound),
        ["GET /api/v1/audit"] = ($"audit?tenant={Tenant}&domain={Domain}", null, HttpStatusCode.OK),
    };

    /// <summary>Routes that look at nothing in the store: they answer everybody who has a key.</summary>
    private static readonly string[] WithoutData = ["POST /api/v1/mx", "POST /api/v1/lint/policy", "POST /api/v1/lint/record", "POST /api/v1/lint/tlsrpt", "POST /api/v1/lint/match"];

    /// <summary>Routes that need no key.</summary>
    private static readonly string[] Open = ["GET /healthz/live", "GET /healthz/ready", "GET /metrics"];

    [Fact]
    public async Task Every_route_has_a_case()
    {
        var routes = Routes(await apps.GetAsync(StoreKind.Sqlite));

        Assert.Empty(routes.Except(Cases.Keys).Except(WithoutData).Except(Open));
        Assert.Empty(Cases.Keys.Except(routes));
    }

    [Theory, BothStores]
    public async Task A_stranger_sees_and_changes_nothing(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var keyId = await AddVictimAsync(app);
        await app.AddTenantAsync("stranger");
        var before = await VictimAsync(app);
        foreach (var role in new[] { "viewer", "editor", "admin" })
        {
            using var stranger = app.Client(await app.AddKeyAsync("stranger", role));
            foreach (var (route, (path, body, status)) in Cases)
            {
                var answer = await stranger.CallAsync(route.Split(' ')[0], path.Replace("KEY", keyId, StringComparison.Ordinal), body);
                var expected = role == "viewer" && route is ("PUT /api/v1/domains/{domain}" or "PUT /api/v1/templates/{name}") ? HttpStatusCode.Forbidden : status;
                Assert.True(answer.Status == expected, $"{role}: {route} answered {(int)answer.Status} {answer.Text}");
                AssertTellsNothing(answer, route, keyId);
            }
        }

        Assert.Equal(before, await VictimAsync(app));
    }

    [Theory, BothStores]
    public async Task What_is_not_there_and_what_is_not_ones_own_look_the_same(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var keyId = await AddVictimAsync(app);
        await app.AddTenantAsync("onlooker");
        using var stranger = app.Client(await app.AddKeyAsync("onlooker", "admin"));
        foreach (var (route, (path, body, status)) in Cases.Where(one => one.Value.Stranger == HttpStatusCode.NotFound))
        {
            var method = route.Split(' ')[0];
            var theirs = await stranger.CallAsync(method, path.Replace("KEY", keyId, StringComparison.Ordinal), body);
            var nobodys = await stranger.CallAsync(
                method,
                path.Replace("KEY", keyId, StringComparison.Ordinal).Replace(Domain, "absent-nobody.example", StringComparison.Ordinal).Replace(Tenant, "absent", StringComparison.Ordinal),
                body);
            Assert.Equal(status, nobodys.Status);
            Assert.Equal(
                nobodys.Text.Replace("absent-nobody.example", Domain, StringComparison.Ordinal).Replace("absent", Tenant, StringComparison.Ordinal),
                theirs.Text);
        }
    }

    [Theory, BothStores]
    public async Task Without_a_key_every_route_is_401_before_all_else(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        using var nobody = app.Client(null);
        foreach (var (route, (path, body, _)) in Cases)
        {
            var answer = await nobody.CallAsync(route.Split(' ')[0], path, body);
            Assert.True(answer.Status == HttpStatusCode.Unauthorized, $"{route}: {answer.Status}");
            answer.IsProblem(HttpStatusCode.Unauthorized, "key.invalid");
        }

        foreach (var route in WithoutData)
        {
            (await nobody.CallAsync("POST", route.Split("/v1/")[1], "{}")).Is(HttpStatusCode.Unauthorized);
        }
    }

    private static List<string> Routes(HostApp app) =>
        [.. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"])
                .Select(method => $"{method} {endpoint.RoutePattern.RawText!.TrimEnd('/')}"))
            .Distinct()];

    private static async Task<string> AddVictimAsync(HostApp app)
    {
        var added = await app.Admin.CallAsync("POST", "tenants", new { name = Tenant, displayName = DisplayName });
        if (added.Status == HttpStatusCode.Created)
        {
            await app.PutDomainAsync(Domain, Tenant, mx: [Mx]);
            await app.PutDomainAsync(Domain, Tenant, mx: [Mx, $"2.{Mx}"]);
            await app.AddKeyAsync(Tenant, "admin");
            (await app.Admin.CallAsync("PUT", "templates/secret-template", new { tenant = Tenant, policy = ApiCalls.Policy(mx: Mx) })).Is(HttpStatusCode.Created);
            (await app.Admin.CallAsync("PUT", $"tenants/{Tenant}/notices", new { emails = new[] { Email } })).Is(HttpStatusCode.Created);
        }

        return (await app.Admin.GetAnswerAsync($"tenants/{Tenant}/keys")).Items("id").Single();
    }

    private static async Task<string> VictimAsync(HostApp app) => string.Concat(
        (await app.Admin.GetAnswerAsync($"tenants/{Tenant}")).Text,
        (await app.Admin.GetAnswerAsync($"tenants/{Tenant}/keys")).Text,
        (await app.Admin.GetAnswerAsync($"domains/{Domain}")).Text,
        (await app.Admin.GetAnswerAsync($"domains/{Domain}/versions")).Json.GetProperty("items").GetArrayLength(),
        (await app.Admin.GetAnswerAsync($"tenants/{Tenant}/notices")).Text,
        (await app.Admin.GetAnswerAsync("templates/secret-template")).Text,
        (await app.Admin.GetAnswerAsync($"audit?tenant={Tenant}")).Text);

    // The names that the stranger himself sent may come back in «there is no …»; nothing else may.
    private static void AssertTellsNothing(ApiAnswer answer, string route, string keyId)
    {
        foreach (var secret in new[] { DisplayName, Mx, Email, $"key:{keyId}" })
        {
            Assert.False(answer.Text.Contains(secret, StringComparison.Ordinal), $"{route}: {answer.Text}");
        }

        if (answer.Status == HttpStatusCode.OK)
        {
            Assert.Equal("""{"items":[],"next":null}""", answer.Text);
        }
    }
}
