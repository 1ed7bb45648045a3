using System.Net;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

public sealed class DomainsTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private static readonly string[] Members =
    [
        "domain", "tenant", "template", "policy", "mxSource", "mxFollowing", "policyId", "version", "revision", "state", "policyUrl", "tlsRpt", "warnings", "published", "removal",
        "certificate", "verification", "createdAt", "updatedAt",
    ];

    [Theory, BothStores]
    public async Task A_domain_is_added_and_shown_as_the_contract_says(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        var now = app.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

        var created = (await app.Admin.CallAsync("PUT", $"domains/{name}", new
        {
            tenant,
            policy = new { mode = "testing", mx = new[] { "mail.example.com", "*.Example.NET", "MAIL.example.com" }, maxAge = 604800 },
            tlsRpt = new { rua = new[] { "mailto:tls@example.com", "https://report.example/v1" } },
        })).Is(HttpStatusCode.Created);

        var domain = created.Json;
        Assert.Equal(Members, domain.EnumerateObject().Select(member => member.Name));
        Assert.Equal(name, created.Member("domain"));
        Assert.Equal(tenant, created.Member("tenant"));
        Assert.Equal("""{"mode":"testing","mx":["mail.example.com","*.example.net"],"maxAge":604800}""", domain.GetProperty("policy").GetRawText());
        Assert.Equal(1, domain.GetProperty("version").GetInt32());
        Assert.Equal("active", created.Member("state"));
        Assert.Equal($"https://mta-sts.{name}/.well-known/mta-sts.txt", created.Member("policyUrl"));
        Assert.Equal("""{"rua":["mailto:tls@example.com","https://report.example/v1"]}""", domain.GetProperty("tlsRpt").GetRawText());
        Assert.Equal("[]", domain.GetProperty("warnings").GetRawText());
        Assert.Equal("null", domain.GetProperty("removal").GetRawText());
        Assert.Equal("null", domain.GetProperty("template").GetRawText());
        Assert.Equal(now, created.Member("createdAt"));
        Assert.Equal(now, created.Member("updatedAt"));
        Assert.Equal($"\"{domain.GetProperty("revision").GetInt64()}\"", created.ETag);
        var shown = (await app.Admin.GetAnswerAsync($"domains/{name}")).Is(HttpStatusCode.OK);
        Assert.Equal(created.Text, shown.Text);
        Assert.Equal(created.ETag, shown.ETag);
    }

    [Theory, BothStores]
    public async Task A_name_in_a_path_may_be_written_in_many_ways(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var label = apps.NewName();
        var ascii = $"{label}.xn--bcher-kva.example";
        (await app.Admin.CallAsync("PUT", $"domains/{label}.b%C3%BCcher.example", ApiCalls.Put(tenant))).Is(HttpStatusCode.Created);

        foreach (var spelling in new[]
        {
            ascii, $"{ascii}.", ascii.ToUpperInvariant(), $"{label}.b%C3%BCcher.example", $"{label}.B%C3%9CCHER.Example", $"{label}.b%C3%BCcher.example.", $"{label}%2Ebu%CC%88cher.example",
        })
        {
            Assert.Equal(ascii, (await app.Admin.GetAnswerAsync($"domains/{spelling}")).Is(HttpStatusCode.OK).Member("domain"));
            Assert.Equal(ascii, (await app.Admin.CallAsync("PUT", $"domains/{spelling}", ApiCalls.Put(tenant))).Is(HttpStatusCode.OK).Member("domain"));
        }
    }

    [Theory]
    [InlineData("localhost", "domain.top_level")]
    [InlineData("192.0.2.1", "domain.address")]
    [InlineData("%5B2001:db8::1%5D", "domain.address")]
    [InlineData("a..example", "domain.syntax")]
    [InlineData("-a.example", "domain.syntax")]
    [InlineData("a_b.example", "domain.syntax")]
    [InlineData("a%20b.example", "domain.syntax")]
    [InlineData("*.example.com", "domain.syntax")]
    [InlineData("a%0D%0A.example", "domain.syntax")]
    [InlineData("a%2Fb.example", "domain.syntax")]
    [InlineData("%F0%9F%98%80%EF%BF%BF.example", "domain.syntax")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234.example", "domain.length")]
    public async Task What_is_no_mail_domain_cannot_be_added_and_is_not_there(string name, string code)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        (await app.Admin.CallAsync("PUT", $"domains/{name}", new { tenant, policy = new { mode = "x", mx = new[] { "a.example" }, maxAge = 1 } }))
            .IsInvalid($"{code} domain", "mode.value policy.mode");
        (await app.Admin.GetAnswerAsync($"domains/{name}")).IsProblem(HttpStatusCode.NotFound, "domain.not_found");
        (await app.Admin.CallAsync("PATCH", $"domains/{name}", "{}")).IsProblem(HttpStatusCode.NotFound, "domain.not_found");
        (await app.Admin.CallAsync("DELETE", $"domains/{name}")).IsProblem(HttpStatusCode.NotFound, "domain.not_found");
    }

    [Theory, BothStores]
    public async Task A_tenants_key_may_leave_its_tenant_out_and_name_no_other(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var (_, other) = await apps.WithTenantAsync(kind);
        using var editor = app.Client(await app.AddKeyAsync(tenant, "editor"));
        var name = $"{apps.NewName()}.example";

        Assert.Equal(tenant, (await editor.CallAsync("PUT", $"domains/{name}", ApiCalls.Put(null))).Is(HttpStatusCode.Created).Member("tenant"));
        (await editor.CallAsync("PUT", $"domains/{name}", ApiCalls.Put(tenant))).Is(HttpStatusCode.OK);
        var foreign = (await editor.CallAsync("PUT", $"domains/{apps.NewName()}.example", ApiCalls.Put(other))).IsInvalid("tenant.unknown tenant");
        var nobody = (await editor.CallAsync("PUT", $"domains/{apps.NewName()}.example", ApiCalls.Put("nobody"))).IsInvalid("tenant.unknown tenant");
        Assert.Equal(nobody.Text.Replace("nobody", other, StringComparison.Ordinal), foreign.Text);
    }

    [Theory, BothStores]
    public async Task A_patch_changes_a_part(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        await app.PutDomainAsync(name, tenant);

        foreach (var mediaType in new[] { "application/merge-patch+json", "application/json" })
        {
            (await app.Admin.CallAsync("PATCH", $"domains/{name}", new { policy = new { mode = "enforce" } }, mediaType: mediaType)).Is(HttpStatusCode.OK);
        }

        (await app.Admin.CallAsync("PATCH", $"domains/{name}", new { tlsRpt = new { rua = new[] { "mailto:a@example.com" } } })).Is(HttpStatusCode.OK);
        var changed = (await app.Admin.CallAsync("PATCH", $"domains/{name}", new { policy = new { mx = new[] { "b.example" } } })).Is(HttpStatusCode.OK);
        Assert.Equal("""{"mode":"enforce","mx":["b.example"],"maxAge":604800}""", changed.Json.GetProperty("policy").GetRawText());
        Assert.Equal(3, changed.Json.GetProperty("version").GetInt32());
        Assert.Equal("""{"rua":["mailto:a@example.com"]}""", changed.Json.GetProperty("tlsRpt").GetRawText());

        var cleared = (await app.Admin.CallAsync("PATCH", $"domains/{name}", """{"tlsRpt":null,"template":null,"state":null}""")).Is(HttpStatusCode.OK);
        Assert.Equal("null", cleared.Json.GetProperty("tlsRpt").GetRawText());
        Assert.Equal(3, cleared.Json.GetProperty("version").GetInt32());
    }

    [Theory, BothStores]
    public async Task Versions_are_kept_newest_first_and_restored_as_new_ones(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        for (var i = 0; i < 5; i++)
        {
            await app.PutDomainAsync(name, tenant, maxAge: 604800 + i, mx: ["mail.example.com", "*.example.net"]);
            app.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        var versions = await app.Admin.WalkAsync($"domains/{name}/versions", 2);
        Assert.Equal([5, 4, 3, 2, 1], versions.Select(version => version.GetProperty("number").GetInt32()));
        var first = versions[^1];
        Assert.Equal("version: STSv1\r\nmode: testing\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n", first.GetProperty("text").GetString());
        Assert.Equal("""{"mode":"testing","mx":["mail.example.com","*.example.net"],"maxAge":604800}""", first.GetProperty("policy").GetRawText());
        Assert.Matches("^key:[a-z2-7]{16}$", first.GetProperty("actor").GetString());
        // Served for ten seconds; a proxy may have kept it a minute longer (RFC 8461 §8.2), and then a sender for max_age.
        Assert.Equal(first.GetProperty("createdAt").GetDateTimeOffset().AddSeconds(10 + 60 + 604800), first.GetProperty("mayBeCachedUntil").GetDateTimeOffset());

        var restored = (await app.Admin.CallAsync("POST", $"domains/{name}/versions/1/restore")).Is(HttpStatusCode.OK);
        Assert.Equal(6, restored.Json.GetProperty("version").GetInt32());
        Assert.Equal(first.GetProperty("policy").GetRawText(), restored.Json.GetProperty("policy").GetRawText());
        Assert.True(string.CompareOrdinal(restored.Member("policyId"), versions[0].GetProperty("policyId").GetString()) > 0);

        var again = (await app.Admin.CallAsync("POST", $"domains/{name}/versions/1/restore")).Is(HttpStatusCode.OK);
        Assert.Equal(restored.ETag, again.ETag);
        (await app.Admin.CallAsync("POST", $"domains/{name}/versions/7/restore")).IsProblem(HttpStatusCode.NotFound, "version.not_found");
        (await app.Admin.CallAsync("POST", $"domains/{name}/versions/x/restore")).IsProblem(HttpStatusCode.NotFound, "route.not_found");
    }

    [Theory, BothStores]
    public async Task A_version_that_was_never_served_may_be_cached_by_nobody(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        using var editor = app.Client(await app.AddKeyAsync(tenant, "editor"));
        var name = $"{apps.NewName()}.example";
        (await editor.CallAsync("PUT", $"domains/{name}", ApiCalls.Put(null))).Is(HttpStatusCode.Created);
        (await editor.CallAsync("PUT", $"domains/{name}", ApiCalls.Put(null, maxAge: 700000))).Is(HttpStatusCode.OK);
        (await app.Admin.CallAsync("POST", $"domains/{name}/verification", new { trust = true })).Is(HttpStatusCode.OK);

        var versions = (await app.Admin.GetAnswerAsync($"domains/{name}/versions")).Json.GetProperty("items").EnumerateArray().ToList();

        Assert.Equal("null", versions[1].GetProperty("mayBeCachedUntil").GetRawText());
        Assert.Equal(app.Clock.GetUtcNow().AddSeconds(60 + 700000), versions[0].GetProperty("mayBeCachedUntil").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
    }

    [Theory, BothStores]
    public async Task Filters_choose_and_are_combined(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var (_, other) = await apps.WithTenantAsync(kind);
        var mark = apps.NewName();
        await app.PutDomainAsync($"a.{mark}-f.example", tenant, "testing");
        await app.PutDomainAsync($"b.{mark}-f.example", tenant, "enforce");
        await app.PutDomainAsync($"c.{mark}-f.example", other, "enforce");
        await app.PutDomainAsync($"d_e.{mark}-f.example".Replace("_", "-", StringComparison.Ordinal), other, "none");
        await app.PutDomainAsync($"xn--bcher-kva.{mark}-f.example", other, "none");
        using var editor = app.Client(await app.AddKeyAsync(tenant, "editor"));
        (await editor.CallAsync("PUT", $"domains/p.{mark}-f.example", ApiCalls.Put(null))).Is(HttpStatusCode.Created);
        (await app.Admin.CallAsync("DELETE", $"domains/b.{mark}-f.example")).Is(HttpStatusCode.Accepted);
        (await app.Admin.CallAsync("PATCH", $"domains/c.{mark}-f.example", new { state = "suspended" })).Is(HttpStatusCode.OK);

        foreach (var (query, wanted) in new[]
        {
            ("", "a b c d-e p xn--bcher-kva"),
            ($"tenant={tenant}", "a b p"),
            ($"tenant={other}", "c d-e xn--bcher-kva"),
            ("tenant=nobody", ""),
            ("mode=testing", "a p"),
            ("mode=enforce", "c"),
            ("mode=none", "b d-e xn--bcher-kva"),
            ("state=pending", "p"),
            ("state=active", "a d-e xn--bcher-kva"),
            ("state=removing", "b"),
            ("state=suspended", "c"),
            ($"state=active&tenant={other}&mode=none", "d-e xn--bcher-kva"),
            ("template=google", ""),
        })
        {
            Assert.Equal(wanted, await NamesAsync($"{query}&search={mark}-f"));
        }

        Assert.Equal("b", await NamesAsync($"search=B.{mark.ToUpperInvariant()}-F"));
        Assert.Equal("xn--bcher-kva", await NamesAsync($"search=b%C3%BCcher.{mark}-f.example"));
        // In LIKE these two would stand for any letter and any text.
        Assert.Equal("", await NamesAsync($"search=d_e.{mark}-f"));
        Assert.Equal("", await NamesAsync($"search=%25.{mark}-f"));
        (await app.Admin.GetAnswerAsync("domains?mode=report&state=new&limit=0")).IsInvalid("mode.value mode", "state.value state", "limit.range limit");

        async Task<string> NamesAsync(string query) =>
            string.Join(' ', (await app.Admin.GetAnswerAsync($"domains?{query}")).Is(HttpStatusCode.OK).Items("domain").Select(name => name.Split('.')[0]));
    }

    [Theory, BothStores]
    public async Task A_walk_over_250_domains_meets_each_once_while_others_are_added(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var mark = apps.NewName();
        var names = Enumerable.Range(0, 250).Select(i => $"{(char)('b' + (i % 20))}{i}-w.{mark}.example").ToList();
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (name, _) => await app.PutDomainAsync(name, tenant));

        // One comes before all, one after all, and one in the middle, after each page.
        var walked = (await app.Admin.WalkAsync($"domains?tenant={tenant}", 40, async page =>
        {
            await app.PutDomainAsync($"a{page}.{mark}.example", tenant);
            await app.PutDomainAsync($"z{page}.{mark}.example", tenant);
            await app.PutDomainAsync($"k{page}-new.{mark}.example", tenant);
        })).ConvertAll(domain => domain.GetProperty("domain").GetString()!);

        Assert.Equal(walked.Distinct().Order(StringComparer.Ordinal), walked);
        Assert.Equal(names.Order(StringComparer.Ordinal), walked.Where(name => name.Contains("-w.", StringComparison.Ordinal)));
        Assert.DoesNotContain(walked, name => name.StartsWith('a'));
        Assert.Contains($"z1.{mark}.example", walked);
    }

    [Theory]
    [InlineData("testing", 86399, "max_age.short policy.maxAge")]
    [InlineData("testing", 86400)]
    [InlineData("testing", 31536000)]
    [InlineData("testing", 31536001, "max_age.long policy.maxAge")]
    [InlineData("enforce", 604800, "mode.enforce_first policy.mode")]
    [InlineData("enforce", 31557600, "max_age.long policy.maxAge", "mode.enforce_first policy.mode")]
    public async Task What_is_allowed_and_seldom_meant_comes_as_warnings_also_the_second_time(string mode, int maxAge, params string[] warnings)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        var path = $"domains/{apps.NewName()}.example";
        for (var time = 0; time < 2; time++)
        {
            var answer = await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant, mode, maxAge));
            Assert.True((int)answer.Status is 200 or 201);
            Assert.Equal(warnings, Warnings(answer));
        }

        Assert.Empty(Warnings(await app.Admin.GetAnswerAsync(path)));
    }

    [Fact]
    public async Task Patch_and_restore_warn_too_and_enforce_history_counts()
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        var path = $"domains/{apps.NewName()}.example";
        await app.Admin.CallAsync("PUT", path, ApiCalls.Put(tenant, maxAge: 60));
        Assert.Equal(["max_age.long policy.maxAge"], Warnings(await app.Admin.CallAsync("PATCH", path, new { policy = new { maxAge = 31557600 } })));
        Assert.Equal(["max_age.short policy.maxAge"], Warnings(await app.Admin.CallAsync("POST", $"{path}/versions/1/restore")));
        Assert.Empty(Warnings(await app.Admin.CallAsync("PATCH", path, new { policy = new { mode = "enforce", maxAge = 604800 } })));
        Assert.Empty(Warnings(await app.Admin.CallAsync("PATCH", path, new { policy = new { mode = "testing", maxAge = 31557600 } })));
    }

    private static IEnumerable<string> Warnings(ApiAnswer answer) => answer.Json.GetProperty("warnings").EnumerateArray()
        .Select(warning => $"{warning.GetProperty("code").GetString()} {warning.GetProperty("field").GetString()}");
}
