using System.Net;
using Xunit;

namespace MtaSts.Host.Tests.Operations;

public sealed class HealthTests(SharedApps apps) : IClassFixture<SharedApps>
{
    [Theory, BothStores]
    public async Task Live_and_ready_need_no_key(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var domain = await app.PutDomainAsync($"{apps.NewName()}.example", tenant);
        using var nobody = app.Client(null);

        Assert.Equal("""{"status":"live"}""", (await nobody.GetAnswerAsync("/healthz/live")).Is(HttpStatusCode.OK).Text);
        ApiAnswer? ready = null;
        await Eventually.TrueAsync(
            async () => (ready = await nobody.GetAnswerAsync("/healthz/ready")).Json.GetProperty("revision").GetInt64() >= domain.GetProperty("revision").GetInt64(),
            () => $"the node serves the edit; it says {ready?.Text}");

        Assert.Equal("ready", ready!.Is(HttpStatusCode.OK).Member("status"));
        Assert.False(ready.Json.GetProperty("degraded").GetBoolean());
        Assert.Equal("[]", ready.Json.GetProperty("why").GetRawText());
        Assert.Equal(1, ready.Json.GetProperty("policies").GetInt32());
        Assert.Matches("^[0-9a-f]{32}$", ready.Member("epoch"));
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound, "route.not_found")]
    [InlineData("GET", "/", HttpStatusCode.NotFound, "route.not_found")]
    [InlineData("GET", "/api/v1", HttpStatusCode.NotFound, "route.not_found")]
    [InlineData("GET", "/api/v2/domains", HttpStatusCode.NotFound, "route.not_found")]
    [InlineData("GET", "nothing", HttpStatusCode.NotFound, "route.not_found")]
    [InlineData("PUT", "domains", HttpStatusCode.MethodNotAllowed, "method.not_allowed")]
    [InlineData("POST", "/healthz/live", HttpStatusCode.MethodNotAllowed, "method.not_allowed")]
    public async Task What_is_not_there_is_a_problem_document(string method, string path, HttpStatusCode status, string code)
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        (await app.Admin.CallAsync(method, path)).IsProblem(status, code);
    }
}
