using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Domains.MailServers;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains.MailServers;

/// <summary>`mxSource` in the API.</summary>
public sealed class MxSourceTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly MxDns _dns = new();
    private HostApp? _app;

    private HttpClient Admin => _app!.Admin;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        await _dns.DisposeAsync();
    }

    [Theory, BothStores]
    public async Task A_new_domain_takes_its_patterns_from_DNS_and_the_same_again_changes_nothing(StoreKind kind)
    {
        await StartAsync(kind);
        _dns.Set("20 mx2.example.net", "10 mx1.example.net");
        var created = (await PutAsync(Dns())).Is(HttpStatusCode.Created);
        Assert.Equal("""["mx1.example.net","mx2.example.net"]""", Mx(created));
        Assert.Equal("dns", created.Member("mxSource"));
        var following = created.Json.GetProperty("mxFollowing");
        Assert.Equal("""[{"host":"mx1.example.net","preference":10,"provider":null},{"host":"mx2.example.net","preference":20,"provider":null}]""", following.GetProperty("hosts").GetRawText());
        Assert.Equal(JsonValueKind.Null, following.GetProperty("code").ValueKind);

        // Also when DNS has nothing to say: what is served is known.
        _dns.AtResolver = null;
        var again = (await PutAsync(Dns())).Is(HttpStatusCode.OK);
        Assert.Equal((created.ETag, 1), (again.ETag, again.Json.GetProperty("version").GetInt32()));
        // As it was read, in whatever order.
        Assert.Equal(created.ETag, (await PutAsync(Dns(mx: ["mx2.example.net", "mx1.example.net"]))).Is(HttpStatusCode.OK).ETag);
        var enforce = (await PutAsync(Dns("enforce"))).Is(HttpStatusCode.OK);
        Assert.Equal(("""["mx1.example.net","mx2.example.net"]""", 2), (Mx(enforce), enforce.Json.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task Patterns_of_a_domain_that_follows_DNS_are_not_edited()
    {
        await StartAsync();
        _dns.Set("mx1.example.net");
        (await PutAsync(Dns(mx: ["mx1.example.net"]))).IsInvalid("mx.follows_dns policy.mx");
        var before = (await PutAsync(Dns())).Is(HttpStatusCode.Created);
        (await PutAsync(Dns(mx: ["mx3.example.net"]))).IsInvalid("mx.follows_dns policy.mx");
        (await PatchAsync(new { policy = new { mx = new[] { "mx3.example.net" } } })).IsInvalid("mx.follows_dns policy.mx");
        (await PatchAsync(new { mxSource = "zone" })).IsInvalid("mx_source.value mxSource");
        Assert.Equal(before.ETag, (await Admin.GetAnswerAsync("domains/moving.test")).ETag);

        Assert.Equal(before.ETag, (await PatchAsync(new { policy = new { mx = new[] { "mx1.example.net" } } })).Is(HttpStatusCode.OK).ETag);
        Assert.Equal("testing", (await PatchAsync(new { policy = new { maxAge = 90000 } })).Is(HttpStatusCode.OK).Json.GetProperty("policy").GetProperty("mode").GetString());

        var manual = (await PatchAsync(new { mxSource = "manual", policy = new { mx = new[] { "mx3.example.net" } } })).Is(HttpStatusCode.OK);
        Assert.Equal(("manual", """["mx3.example.net"]""", JsonValueKind.Null), (manual.Member("mxSource"), Mx(manual), manual.Json.GetProperty("mxFollowing").ValueKind));
    }

    [Fact]
    public async Task A_PUT_without_mxSource_is_manual_and_needs_its_patterns()
    {
        await StartAsync();
        _dns.Set("mx1.example.net");
        (await PutAsync(Dns())).Is(HttpStatusCode.Created);
        (await PutAsync(new { tenant = "acme", policy = new { mode = "testing", maxAge = 604800 } })).IsInvalid("field.missing policy.mx");
        Assert.Equal("manual", (await PutAsync(ApiCalls.Put(mx: "mx1.example.net"))).Is(HttpStatusCode.OK).Member("mxSource"));
    }

    [Theory, BothStores]
    public async Task What_is_served_stays_when_a_domain_begins_to_follow(StoreKind kind)
    {
        await StartAsync(kind);
        _dns.Set("mx1.example.net", "new.example.org");
        var before = (await PutAsync(ApiCalls.Put(mx: ["old.example.net", "*.example.org"]))).Is(HttpStatusCode.Created);
        var after = (await PatchAsync(new { mxSource = "dns" })).Is(HttpStatusCode.OK);
        Assert.Equal("""["old.example.net","*.example.org","mx1.example.net"]""", Mx(after));
        Assert.Equal(2, after.Json.GetProperty("version").GetInt32());

        // Back to a list that somebody wants.
        var restored = (await Admin.CallAsync("POST", "domains/moving.test/versions/1/restore")).Is(HttpStatusCode.OK);
        Assert.Equal(("manual", Mx(before)), (restored.Member("mxSource"), Mx(restored)));
        (await PatchAsync(new { mxSource = "dns" })).Is(HttpStatusCode.OK);
        // The present text is no other list.
        Assert.Equal("dns", (await Admin.CallAsync("POST", "domains/moving.test/versions/2/restore")).Is(HttpStatusCode.OK).Member("mxSource"));
        (await Admin.CallAsync("DELETE", "domains/moving.test?now=true")).Is(HttpStatusCode.NoContent);
        Assert.Equal("""["mx1.example.net","new.example.org"]""", Mx((await PutAsync(Dns())).Is(HttpStatusCode.Created)));
    }

    public static TheoryData<string[]?, string[]?, string> Unusable => new()
    {
        { null, ["mx.example.net"], "mx.dns" },
        { [], [], "mx.none" },
        { ["0 "], ["0 "], "mx.null" },
        { ["mx.example.net", "192.0.2.1"], ["mx.example.net"], "mx.unusable_name" },
        { ["*.example.net"], ["*.example.net"], "mx.unusable_name" },
        { ["mx_1.example.net"], ["mx_1.example.net"], "mx.unusable_name" },
        { ["m\r\nx.example.net"], ["m\r\nx.example.net"], "mx.unusable_name" },
        { ["mx.example.net"], ["mx.example.net", "ü\0.example.net"], "mx.unusable_name" },
        { [.. Enumerable.Range(0, 101).Select(i => $"mx{i}.example.net")], ["mx.example.net"], "mx.too_many" },
        { [.. Enumerable.Range(0, 1500).Select(i => $"mx{i}.test")], ["mx.example.net"], "mx.too_many" },
        { ["mx.example.net"], null, "mx.no_authority" },
        { ["evil.example.net"], ["mx.example.net"], "mx.dns_differs" },
        { ["mx.example.net", "evil.example.net"], ["mx.example.net"], "mx.dns_differs" },
    };

    [Theory, MemberData(nameof(Unusable))]
    public async Task DNS_that_says_nothing_of_use_changes_nothing(string[]? atResolver, string[]? inZone, string code)
    {
        await StartAsync();
        (_dns.AtResolver, _dns.InZone) = (atResolver, inZone);
        var before = (await PutAsync(ApiCalls.Put(mx: "mx.example.net"))).Is(HttpStatusCode.Created);
        (await PatchAsync(new { mxSource = "dns" })).IsProblem(HttpStatusCode.Conflict, code);
        Assert.Equal(before.ETag, (await Admin.GetAnswerAsync("domains/moving.test")).ETag);
        (await Admin.CallAsync("PUT", "domains/fresh.test", Dns())).IsProblem(HttpStatusCode.Conflict, code);
        (await Admin.GetAnswerAsync("domains/fresh.test")).Is(HttpStatusCode.NotFound);
        Assert.Equal(code, (await Admin.GetAnswerAsync("domains/moving.test/mx")).Is(HttpStatusCode.OK).Member("code"));
    }

    [Fact]
    public async Task What_DNS_would_make_of_it_is_shown_before()
    {
        await StartAsync();
        _dns.Set("10 aspmx.l.google.com", "20 alt1.aspmx.l.google.com", "30 contoso-com.mail.protection.outlook.com");
        (await PutAsync(ApiCalls.Put(mx: ["old.example.net", "*.googlemail.com"]))).Is(HttpStatusCode.Created);
        using var viewer = _app!.Client(await _app.AddKeyAsync("acme", "viewer"));
        var shown = (await viewer.GetAnswerAsync("domains/moving.test/mx")).Is(HttpStatusCode.OK);
        Assert.Equal(
            """[{"host":"aspmx.l.google.com","preference":10,"provider":"Google Workspace"},{"host":"alt1.aspmx.l.google.com","preference":20,"provider":"Google Workspace"},{"host":"contoso-com.mail.protection.outlook.com","preference":30,"provider":"Microsoft 365"}]""",
            shown.Json.GetProperty("hosts").GetRawText());
        Assert.Equal("""["old.example.net","*.googlemail.com"]""", shown.Json.GetProperty("served").GetRawText());
        Assert.Equal("""["smtp.google.com","aspmx.l.google.com","*.aspmx.l.google.com","contoso-com.mail.protection.outlook.com"]""", shown.Json.GetProperty("added").GetRawText());
        Assert.Equal("""["old.example.net"]""", shown.Json.GetProperty("removed").GetRawText());
        Assert.Equal(5, shown.Json.GetProperty("patterns").GetArrayLength());

        (await viewer.CallAsync("POST", "mx", new { domain = "fresh.test" })).IsProblem(HttpStatusCode.Forbidden, "role.too_low");
        var fresh = (await Admin.CallAsync("POST", "mx", new { domain = "fresh.test" })).Is(HttpStatusCode.OK);
        Assert.Equal(5, fresh.Json.GetProperty("added").GetArrayLength());
        (await Admin.CallAsync("POST", "mx", new { domain = "-", more = 1 })).Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_CNAME_on_the_way_counts_for_how_long_a_resolver_may_give_its_end()
    {
        await StartAsync();
        _dns.Set("mx.example.net");
        (_dns.Ttl, _dns.AliasTtl) = (60, 86_400);
        var seen = await _app!.Services.GetRequiredService<MxLook>().LookAsync("alias.test", TestContext.Current.CancellationToken);
        Assert.Equal((null, TimeSpan.FromDays(1)), (seen.Problem, seen.Ttl));
    }

    [Fact]
    public async Task A_look_has_an_end()
    {
        await StartAsync();
        _dns.Hangs = "slow.test";
        var look = new MxLook(_app!.Services.GetRequiredService<Resolver>(), _app.Services.GetRequiredService<AuthoritativeServers>(), _app.Services.GetRequiredService<AuthoritativeLook>(), TimeProvider.System)
        {
            Longest = TimeSpan.FromMilliseconds(200),
        };
        var seen = await look.LookAsync("slow.test", TestContext.Current.CancellationToken);
        Assert.Equal("mx.dns", seen.Problem!.Code);
        // Its own end: the resolver's would be told as "Timeout".
        Assert.Contains("could not be looked up within", seen.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_when_all_places_are_taken_is_told_to_come_later()
    {
        await StartAsync();
        _dns.Hangs = "slow.test";
        var shows = new MxShows(_app!.Services.GetRequiredService<MxLook>()) { LongestWait = TimeSpan.FromMilliseconds(1) };
        var taken = Enumerable.Range(0, MxShows.AtOnce).Select(_ => shows.LookAsync("slow.test", null, TestContext.Current.CancellationToken)).ToList();
        Assert.Null(await shows.LookAsync("slow.test", null, TestContext.Current.CancellationToken));
        Assert.All(await Task.WhenAll(taken), Assert.NotNull);
        Assert.NotNull(await shows.LookAsync("fresh.test", null, TestContext.Current.CancellationToken));
        shows.Dispose();
    }

    [Fact]
    public async Task A_tenant_does_not_take_the_places_of_others()
    {
        await StartAsync();
        _dns.Hangs = "slow.test";
        using var shows = new MxShows(_app!.Services.GetRequiredService<MxLook>()) { LongestWait = TimeSpan.FromMilliseconds(1) };
        var taken = Enumerable.Range(0, MxShows.AtOnceEach).Select(_ => shows.LookAsync("slow.test", 1, TestContext.Current.CancellationToken)).ToList();
        Assert.Null(await shows.LookAsync("fresh.test", 1, TestContext.Current.CancellationToken));
        Assert.NotNull(await shows.LookAsync("fresh.test", 2, TestContext.Current.CancellationToken));
        Assert.NotNull(await shows.LookAsync("fresh.test", null, TestContext.Current.CancellationToken));
        Assert.All(await Task.WhenAll(taken), Assert.NotNull);
    }

    private static object Dns(string mode = "testing", string[]? mx = null) => mx is null
        ? new { tenant = "acme", mxSource = "dns", policy = new { mode, maxAge = 604800 } }
        : new { tenant = "acme", mxSource = "dns", policy = new { mode, mx, maxAge = 604800 } };

    private static string Mx(ApiAnswer answer) => answer.Json.GetProperty("policy").GetProperty("mx").GetRawText();

    private Task<ApiAnswer> PutAsync(object body) => Admin.CallAsync("PUT", "domains/moving.test", body);

    private Task<ApiAnswer> PatchAsync(object body) => Admin.CallAsync("PATCH", "domains/moving.test", body);

    private async Task StartAsync(StoreKind kind = StoreKind.Sqlite)
    {
        _app = await HostApp.StartAsync(kind, postgres, services: _dns.Use, settings: _dns.Settings);
        await _app.AddTenantAsync();
    }
}
