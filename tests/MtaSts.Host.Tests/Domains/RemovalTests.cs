using System.Net;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

public sealed class RemovalTests(SharedApps apps) : IClassFixture<SharedApps>
{
    [Theory, BothStores]
    public async Task A_domain_that_was_never_served_goes_at_once(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        using var editor = app.Client(await app.AddKeyAsync(tenant, "editor"));
        var path = $"domains/{apps.NewName()}.example";
        Assert.Equal("pending", (await editor.CallAsync("PUT", path, ApiCalls.Put(null))).Is(HttpStatusCode.Created).Member("state"));

        var deleted = (await editor.CallAsync("DELETE", path)).Is(HttpStatusCode.NoContent);

        Assert.Empty(deleted.Text);
        (await editor.GetAnswerAsync(path)).Is(HttpStatusCode.NotFound);
        (await editor.GetAnswerAsync($"{path}/versions")).Is(HttpStatusCode.NotFound);
    }

    [Theory, BothStores]
    public async Task A_served_domain_goes_through_none_and_waits_for_every_policy_that_senders_may_hold(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var path = $"domains/{apps.NewName()}.example";
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant, "enforce", 31557600, "mail.example.com", "*.example.net"));
        app.Clock.Advance(TimeSpan.FromHours(1));
        var longest = app.Clock.GetUtcNow();
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant, "enforce", 86400));
        app.Clock.Advance(TimeSpan.FromHours(1));
        var before = await app.Admin.GetAnswerAsync(path);

        var removing = (await app.Admin.CallAsync("DELETE", path)).Is(HttpStatusCode.Accepted);

        Assert.Equal("removing", removing.Member("state"));
        Assert.Equal("""{"mode":"none","mx":["mail.example.com"],"maxAge":86400}""", removing.Json.GetProperty("policy").GetRawText());
        Assert.NotEqual(before.Member("policyId"), removing.Member("policyId"));
        Assert.NotEqual(before.ETag, removing.ETag);
        var removal = removing.Json.GetProperty("removal");
        Assert.Equal(app.Clock.GetUtcNow(), removal.GetProperty("startedAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        // The first version was served until the second came, and its max_age is the longest.
        var recordUntil = longest.AddSeconds(60 + 31557600);
        Assert.Equal(recordUntil, removal.GetProperty("recordUntil").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.Equal(recordUntil.AddSeconds(60 + 86400), removal.GetProperty("hostUntil").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));

        var shown = (await app.Admin.GetAnswerAsync(path)).Is(HttpStatusCode.OK);
        Assert.Equal(removing.Text, shown.Text);
        var again = (await app.Admin.CallAsync("DELETE", path)).Is(HttpStatusCode.Accepted);
        Assert.Equal(removing.Text, again.Text);
        Assert.Equal(removing.Json.GetRawText(), (await app.Admin.GetAnswerAsync($"domains?tenant={tenant}")).Json.GetProperty("items")[0].GetRawText());
    }

    [Theory, BothStores]
    public async Task A_name_that_was_removed_at_once_and_comes_back_still_waits_for_what_senders_hold(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var path = $"domains/{apps.NewName()}.example";
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant, "enforce", 31557600));
        app.Clock.Advance(TimeSpan.FromHours(1));
        var removedAt = app.Clock.GetUtcNow();
        (await app.Admin.CallAsync("DELETE", $"{path}?now=true")).Is(HttpStatusCode.NoContent);
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant, "testing", 86400));
        app.Clock.Advance(TimeSpan.FromHours(1));

        var removal = (await app.Admin.CallAsync("DELETE", path)).Is(HttpStatusCode.Accepted).Json.GetProperty("removal");

        Assert.Equal(removedAt.AddSeconds(60 + 31557600), removal.GetProperty("recordUntil").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
    }

    [Theory, BothStores]
    public async Task While_it_runs_PATCH_restore_are_409_and_PUT_cancels_it(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        using var editor = app.Client(await app.AddKeyAsync(tenant, "editor"));
        var path = $"domains/{apps.NewName()}.example";
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant));
        var removing = (await editor.CallAsync("DELETE", path)).Is(HttpStatusCode.Accepted);

        (await editor.CallAsync("PATCH", path, new { policy = new { mode = "enforce" } })).IsProblem(HttpStatusCode.Conflict, "domain.removing");
        (await editor.CallAsync("PATCH", path, "{}")).IsProblem(HttpStatusCode.Conflict, "domain.removing");
        (await app.Admin.CallAsync("PATCH", path, new { state = "active" })).IsProblem(HttpStatusCode.Conflict, "domain.removing");
        (await editor.CallAsync("POST", $"{path}/versions/1/restore")).IsProblem(HttpStatusCode.Conflict, "domain.removing");
        Assert.Equal(removing.Text, (await editor.GetAnswerAsync(path)).Text);

        var cancelled = (await editor.CallAsync("PUT", path, ApiCalls.Put(null))).Is(HttpStatusCode.OK);
        Assert.Equal("active", cancelled.Member("state"));
        Assert.Equal("null", cancelled.Json.GetProperty("removal").GetRawText());
        Assert.Equal(3, cancelled.Json.GetProperty("version").GetInt32());
        Assert.Equal("testing", cancelled.Json.GetProperty("policy").GetProperty("mode").GetString());
    }

    [Theory, BothStores]
    public async Task A_PUT_of_the_very_policy_that_is_out_cancels_too(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var path = $"domains/{apps.NewName()}.example";
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant, "none", 86400));
        var removing = (await app.Admin.CallAsync("DELETE", path)).Is(HttpStatusCode.Accepted);

        var cancelled = (await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant, "none", 86400))).Is(HttpStatusCode.OK);

        Assert.Equal("active", cancelled.Member("state"));
        Assert.Equal(removing.Member("policyId"), cancelled.Member("policyId"));
        Assert.NotEqual(removing.ETag, cancelled.ETag);
    }

    [Theory, BothStores]
    public async Task A_provider_removes_at_once(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var path = $"domains/{apps.NewName()}.example";
        for (var time = 0; time < 3; time++)
        {
            // The second and third time the name has been removed before.
            (await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant))).Is(HttpStatusCode.Created);
            (await app.Admin.CallAsync("DELETE", $"{path}?now=true")).Is(HttpStatusCode.NoContent);
            (await app.Admin.CallAsync("DELETE", $"{path}?now=true")).Is(HttpStatusCode.NotFound);
            (await app.Admin.GetAnswerAsync(path)).Is(HttpStatusCode.NotFound);
        }

        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant));
        (await app.Admin.CallAsync("DELETE", $"{path}?now=false")).Is(HttpStatusCode.Accepted);
        (await app.Admin.CallAsync("DELETE", $"{path}?now=true")).Is(HttpStatusCode.NoContent);
    }

    [Theory, BothStores]
    public async Task A_tenant_does_not_escape_a_suspension_by_a_removal_and_a_PUT(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        using var editor = app.Client(await app.AddKeyAsync(tenant, "admin"));
        var path = $"domains/{apps.NewName()}.example";
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant));
        (await app.Admin.CallAsync("PATCH", path, new { state = "suspended" })).Is(HttpStatusCode.OK);

        (await editor.CallAsync("DELETE", path)).IsProblem(HttpStatusCode.Conflict, "domain.suspended");
    }
}
