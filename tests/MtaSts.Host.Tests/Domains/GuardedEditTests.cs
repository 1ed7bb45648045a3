using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MtaSts.Host.Api;
using MtaSts.Host.Checks;
using MtaSts.Host.Data;
using MtaSts.Host.Domains;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

/// <summary>Which edits a guard is asked for, and what becomes of its answer. The guard is a part of the test; what it looks at in truth is tested with the checks.</summary>
public sealed class GuardedEditTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Going_to_enforce_and_other_patterns_in_it_are_judged_and_nothing_else()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        await PutAsync(app, "testing", ["a.test"]);
        await PutAsync(app, "testing", ["b.test"]);
        Assert.Empty(guard.Judged);

        await PutAsync(app, "enforce", ["b.test"]);
        await PutAsync(app, "enforce", ["b.test"]);
        await PutAsync(app, "enforce", ["B.test", "b.test"], maxAge: 90000);
        Assert.Equal(["b.test"], guard.Judged);

        await PutAsync(app, "enforce", ["c.test", "b.test"]);
        await PutAsync(app, "none", []);
        Assert.Equal(["b.test", "c.test b.test"], guard.Judged);
    }

    [Fact]
    public async Task What_the_guard_refuses_changes_nothing_and_says_everything()
    {
        var guard = new ScriptedGuard { Finding = new(true, "guard.refused", "No.", [new FieldError("mx.not-in-policy", "policy.mx", "mx.test: it is not covered."), new FieldError("mx.no-starttls", "policy.mx", "mx2.test: it has none.")]) };
        await using var app = await StartAsync(guard);
        await PutAsync(app, "testing", ["a.test"]);

        var (status, answer) = await SendAsync(app, HttpMethod.Put, "domains/example.test", Body("enforce", ["a.test"]));
        Assert.Equal((HttpStatusCode.Conflict, "guard.refused"), (status, answer.GetProperty("code").GetString()));
        Assert.Equal(["mx.not-in-policy", "mx.no-starttls"], answer.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("code").GetString()));
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(app, HttpMethod.Patch, "domains/example.test", new { policy = new { mode = "enforce" } })).Status);

        var domain = await app.Admin.GetFromJsonAsync<JsonElement>("domains/example.test", Cancel);
        Assert.Equal(("testing", 1), (domain.GetProperty("policy").GetProperty("mode").GetString(), domain.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task A_first_policy_of_a_domain_that_DNS_announces_already_is_judged_like_an_edit()
    {
        var guard = new ScriptedGuard { Finding = new(true, "guard.refused", "No.", [new FieldError("mx.no-starttls", "policy.mx", "mx.test: it has none.")]), Announced = { "example.test" } };
        await using var app = await StartAsync(guard);
        Assert.Equal((HttpStatusCode.Conflict, "guard.refused"), await CodeAsync(app, HttpMethod.Put, "domains/example.test"));
        Assert.Equal((HttpStatusCode.NotFound, "domain.not_found"), await CodeAsync(app, HttpMethod.Get, "domains/example.test"));

        var (status, answer) = await SendAsync(app, HttpMethod.Put, "domains/example.test?force=true", Body("enforce", ["a.test"]));
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Contains("mx.no-starttls", answer.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetProperty("code").GetString()));
        Assert.Contains("forced past guard.refused", (await app.Admin.GetFromJsonAsync<JsonElement>("audit?domain=example.test", Cancel)).GetProperty("items")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await HoldsAsync(app));

        Assert.Equal(HttpStatusCode.Created, (await SendAsync(app, HttpMethod.Put, "domains/elsewhere.test", Body("enforce", ["a.test"]))).Status);
        Assert.Equal(1, await HoldsAsync(app));
        Assert.Equal(["a.test", "a.test"], guard.Judged);
    }

    [Fact]
    public async Task What_a_guard_has_let_wait_is_no_leave_for_a_domain_that_came_in_between()
    {
        var guard = new ScriptedGuard { Finding = new(true, "guard.refused", "No.", []) };
        await using var app = await StartAsync(guard);
        guard.WhileLookingForTheRecord = () => PutAsync(app, "testing", ["a.test"]);
        Assert.Equal((HttpStatusCode.Conflict, "guard.refused"), await CodeAsync(app, HttpMethod.Put, "domains/example.test"));
        Assert.Equal(["a.test"], guard.Judged);
    }

    [Fact]
    public async Task A_providers_word_for_a_domain_that_DNS_announces_already_is_judged_and_may_be_forced()
    {
        var guard = new ScriptedGuard { Finding = new(true, "guard.unknown", "Who knows.", []), Announced = { "example.test" } };
        await using var app = await StartAsync(guard);
        using (var tenant = app.Client(await app.AddKeyAsync("acme", "editor")))
        {
            (await tenant.CallAsync("PUT", "domains/example.test", ApiCalls.Put(null, "enforce", mx: "a.test"))).Is(HttpStatusCode.Created);
        }

        Assert.Empty(guard.Judged);
        (await app.Admin.CallAsync("POST", "domains/example.test/verification", new { trust = true })).IsProblem(HttpStatusCode.Conflict, "guard.unknown");
        Assert.Equal("pending", (await app.Admin.GetAnswerAsync("domains/example.test")).Member("state"));
        Assert.Equal("active", (await app.Admin.CallAsync("POST", "domains/example.test/verification?force=true", new { trust = true })).Is(HttpStatusCode.OK).Member("state"));
        Assert.Equal(0, await HoldsAsync(app));
    }

    [Fact]
    public async Task An_edit_that_the_guard_did_not_judge_does_not_end_the_wait_of_the_first_id_and_a_removal_does()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        await PutAsync(app, "enforce", ["a.test"]);
        await PutAsync(app, "enforce", ["a.test"], maxAge: 90000);
        Assert.Equal(1, await HoldsAsync(app));
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(app, HttpMethod.Delete, "domains/example.test", null)).Status);
        Assert.Equal(0, await HoldsAsync(app));
    }

    [Fact]
    public async Task A_version_that_is_restored_is_judged_like_any_other()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        await PutAsync(app, "enforce", ["a.test"]);
        Assert.Empty(guard.Judged);
        await PutAsync(app, "testing", ["a.test"]);
        guard.Finding = new(true, "guard.unknown", "Who knows.", []);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(app, HttpMethod.Post, "domains/example.test/versions/1/restore", null)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(app, HttpMethod.Post, "domains/example.test/versions/1/restore?force=true", null)).Status);
    }

    [Fact]
    public async Task A_removal_that_is_cancelled_with_enforce_is_judged_and_goes_on_when_it_is_refused()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        await PutAsync(app, "enforce", ["a.test"]);
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(app, HttpMethod.Delete, "domains/example.test", null)).Status);
        guard.Finding = new(true, "guard.refused", "No.", []);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(app, HttpMethod.Put, "domains/example.test", Body("enforce", ["a.test"]))).Status);
        Assert.Equal("removing", (await app.Admin.GetFromJsonAsync<JsonElement>("domains/example.test", Cancel)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task An_admin_may_go_past_it_which_is_audited_and_an_editor_may_not()
    {
        var guard = new ScriptedGuard { Finding = new(true, "guard.refused", "No.", [new FieldError("mx.no-starttls", "policy.mx", "mx.test: it has none.")]) };
        await using var app = await StartAsync(guard);
        await PutAsync(app, "testing", ["a.test"]);
        var key = await app.Admin.PostAsJsonAsync("tenants/acme/keys", new { name = "ci", role = "editor" }, Cancel);
        using var editor = app.Client((await key.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("secret").GetString());
        using (var refused = await editor.PutAsJsonAsync("/api/v1/domains/example.test?force=true", Body("enforce", ["a.test"]), Cancel))
        {
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        var (status, answer) = await SendAsync(app, HttpMethod.Put, "domains/example.test?force=true", Body("enforce", ["a.test"]));
        Assert.Equal((HttpStatusCode.OK, "enforce"), (status, answer.GetProperty("policy").GetProperty("mode").GetString()));
        Assert.Contains("mx.no-starttls", answer.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetProperty("code").GetString()));
        var audit = await app.Admin.GetFromJsonAsync<JsonElement>("audit?domain=example.test", Cancel);
        Assert.Contains("forced past guard.refused, mx.no-starttls", audit.GetProperty("items")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edit_in_between_is_judged_anew()
    {
        var guard = new ScriptedGuard();
        await using var app = await StartAsync(guard);
        await PutAsync(app, "testing", ["a.test"]);
        // While the first is judged, another gives the domain other patterns: the merge patch now means another policy.
        guard.WhileJudging = () => PutAsync(app, "testing", ["z.test"]);
        var (status, answer) = await SendAsync(app, HttpMethod.Patch, "domains/example.test", new { policy = new { mode = "enforce" } });
        Assert.Equal((HttpStatusCode.OK, "z.test"), (status, answer.GetProperty("policy").GetProperty("mx")[0].GetString()));
        Assert.Equal(["a.test", "z.test"], guard.Judged);
    }

    [Fact]
    public async Task Who_hangs_up_makes_no_room_before_the_look_at_mail_servers_has_ended()
    {
        var (goOn, guard) = (new TaskCompletionSource(), new ScriptedGuard());
        await using var app = await HostApp.StartAsync(services: services => services.Without<AnnouncementUpkeep>()
            .Replace(ServiceDescriptor.Singleton<IEditGuard>(guard)).Replace(ServiceDescriptor.Singleton(new GuardPlaces { LongestWait = TimeSpan.FromMilliseconds(1) })));
        await app.AddTenantAsync();
        await app.AddTenantAsync("other");
        await app.PutDomainAsync("example.test");
        await app.PutDomainAsync("other.test", "other");
        using var tenant = app.Client(await app.AddKeyAsync("acme", "editor"));
        for (var number = 1; number <= 4; number++)
        {
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            guard.WhileJudging = () => goOn.Task;
            var request = tenant.PatchAsJsonAsync("domains/example.test", new { policy = new { mode = "enforce" } }, gone.Token);
            await Eventually.TrueAsync(() => guard.Judged.Count == number, "the edit is judged");
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }

        (await tenant.CallAsync("PATCH", "domains/example.test", new { policy = new { mode = "enforce" } })).IsProblem(HttpStatusCode.TooManyRequests, "guard.busy");
        // The others have their own.
        (await app.Admin.CallAsync("PATCH", "domains/other.test", new { policy = new { mode = "enforce" } })).Is(HttpStatusCode.OK);
        goOn.SetResult();
        await Eventually.TrueAsync(async () => (await tenant.CallAsync("PATCH", "domains/example.test", new { policy = new { mode = "enforce" } })).Status == HttpStatusCode.OK, () => "there is room again");
    }

    [Fact]
    public async Task Raising_max_age_in_enforce_warns_until_as_much_has_been_held_for_a_week()
    {
        var clock = new SettableClock(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
        await using var app = await StartAsync(new ScriptedGuard(), clock);
        await PutAsync(app, "enforce", ["a.test"], maxAge: 86400);
        Assert.Contains("max_age.raised", await WarningsAsync(app, 604800));
        Assert.DoesNotContain("max_age.raised", await WarningsAsync(app, 86400));
        clock.SleptFor += TimeSpan.FromDays(7);
        Assert.Contains("max_age.raised", await WarningsAsync(app, 604800));
        clock.SleptFor += TimeSpan.FromDays(7);
        Assert.DoesNotContain("max_age.raised", await WarningsAsync(app, 604800));
        Assert.DoesNotContain("max_age.raised", await WarningsAsync(app, 86400));
        Assert.DoesNotContain("max_age.raised", await WarningsAsync(app, 500000));
    }

    private static async Task<IEnumerable<string?>> WarningsAsync(HostApp app, int maxAge)
    {
        var (_, answer) = await SendAsync(app, HttpMethod.Put, "domains/example.test", Body("enforce", ["a.test"], maxAge));
        return answer.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetProperty("code").GetString());
    }

    private static async Task<HostApp> StartAsync(ScriptedGuard guard, SettableClock? clock = null)
    {
        var app = await HostApp.StartAsync(clock: clock, services: services => services.Without<AnnouncementUpkeep>().Replace(ServiceDescriptor.Singleton<IEditGuard>(guard)));
        await app.AddTenantAsync();
        return app;
    }

    private static async Task<(HttpStatusCode Status, string? Code)> CodeAsync(HostApp app, HttpMethod method, string path)
    {
        var (status, answer) = await SendAsync(app, method, path, method == HttpMethod.Get ? null : Body("enforce", ["a.test"]));
        return (status, answer.GetProperty("code").GetString());
    }

    private static async Task<int> HoldsAsync(HostApp app)
    {
        await using var db = app.Services.GetRequiredService<Store>().Open();
        return await db.AnnouncementHolds.CountAsync(Cancel);
    }

    private static object Body(string mode, string[] mx, int maxAge = 86400) => new { tenant = "acme", policy = new { mode, mx, maxAge } };

    private static async Task PutAsync(HostApp app, string mode, string[] mx, int maxAge = 86400)
    {
        using var answer = await app.Admin.PutAsJsonAsync("domains/example.test", Body(mode, mx, maxAge), Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> SendAsync(HostApp app, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await app.Admin.SendAsync(request, Cancel);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }
}
