using System.Net;
using Xunit;

namespace MtaSts.Host.Tests.Tenants;

public sealed class TenantsTests(SharedApps apps) : IClassFixture<SharedApps>
{
    [Theory, BothStores]
    public async Task A_tenant_is_added_shown_renamed_and_deleted(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var name = apps.NewName();

        var created = (await app.Admin.CallAsync("POST", "tenants", new { name, displayName = "Bücher \u2028 \"Ltd\" 🙂" })).Is(HttpStatusCode.Created);
        Assert.Equal("Bücher \u2028 \"Ltd\" 🙂", created.Member("displayName"));
        Assert.EndsWith("Z", created.Member("createdAt"), StringComparison.Ordinal);
        Assert.Equal(created.Text, (await app.Admin.GetAnswerAsync($"tenants/{name}")).Is(HttpStatusCode.OK).Text);

        var renamed = (await app.Admin.CallAsync("PATCH", $"tenants/{name}", new { displayName = "New" }, mediaType: "application/merge-patch+json")).Is(HttpStatusCode.OK);
        Assert.Equal("New", renamed.Member("displayName"));
        Assert.Equal("New", (await app.Admin.GetAnswerAsync($"tenants/{name}")).Member("displayName"));

        (await app.Admin.CallAsync("DELETE", $"tenants/{name}")).Is(HttpStatusCode.NoContent);
        (await app.Admin.GetAnswerAsync($"tenants/{name}")).IsProblem(HttpStatusCode.NotFound, "tenant.not_found");
        (await app.Admin.CallAsync("DELETE", $"tenants/{name}")).IsProblem(HttpStatusCode.NotFound, "tenant.not_found");
        (await app.Admin.CallAsync("PATCH", $"tenants/{name}", new { displayName = "x" })).IsProblem(HttpStatusCode.NotFound, "tenant.not_found");
    }

    [Theory, BothStores]
    public async Task Without_a_display_name_the_name_stands_for_it(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var name = apps.NewName();
        Assert.Equal(name, (await app.Admin.CallAsync("POST", "tenants", new { name })).Is(HttpStatusCode.Created).Member("displayName"));
        await app.Admin.CallAsync("PATCH", $"tenants/{name}", new { displayName = "x" });
        Assert.Equal(name, (await app.Admin.CallAsync("PATCH", $"tenants/{name}", """{"displayName":null}""")).Is(HttpStatusCode.OK).Member("displayName"));
    }

    [Theory, BothStores]
    public async Task A_name_that_is_taken_is_409(StoreKind kind)
    {
        var (app, name) = await apps.WithTenantAsync(kind);
        (await app.Admin.CallAsync("POST", "tenants", new { name, displayName = "again" })).IsProblem(HttpStatusCode.Conflict, "tenant.exists");
        Assert.Equal(name, (await app.Admin.GetAnswerAsync($"tenants/{name}")).Member("displayName"));
    }

    [Theory, BothStores]
    public async Task One_of_many_that_add_a_name_at_once_gets_it(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var name = apps.NewName();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => app.Admin.CallAsync("POST", "tenants", new { name })));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(9, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Acme")]
    [InlineData("a_b")]
    [InlineData("a b")]
    [InlineData("a.b")]
    [InlineData("bücher")]
    [InlineData("acme\n")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234")]
    public async Task A_name_of_other_letters_or_over_63_is_refused(string name)
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        (await app.Admin.CallAsync("POST", "tenants", new { name })).IsInvalid("tenant.name name");
    }

    [Theory]
    [InlineData("-")]
    [InlineData("0")]
    [InlineData("123456789012345678901234567890123456789012345678901234567890123")]
    public async Task A_name_of_a_to_z_0_to_9_and_hyphen_is_taken(string name)
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        (await app.Admin.CallAsync("POST", "tenants", new { name })).Is(HttpStatusCode.Created);
    }

    [Theory, BothStores]
    public async Task All_faults_of_a_body_come_at_once_and_nothing_is_added(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var before = (await app.Admin.GetAnswerAsync("tenants?limit=500")).Text;

        (await app.Admin.CallAsync("POST", "tenants", new { name = "A B", displayName = 5, colour = 1 }))
            .IsInvalid("tenant.name name", "field.type displayName", "field.unknown colour");
        (await app.Admin.CallAsync("POST", "tenants", new { displayName = new string('x', 201) })).IsInvalid("field.missing name", "field.length displayName");
        (await app.Admin.CallAsync("POST", "tenants", """{"name":"a\u0000b"}""")).IsInvalid("field.length name");

        Assert.Equal(before, (await app.Admin.GetAnswerAsync("tenants?limit=500")).Text);
    }

    [Theory, BothStores]
    public async Task A_patch_refuses_unknown_members_also_when_they_are_null(StoreKind kind)
    {
        var (app, name) = await apps.WithTenantAsync(kind);
        (await app.Admin.CallAsync("PATCH", $"tenants/{name}", """{"displayname":null,"name":"other"}""")).IsInvalid("field.unknown displayname", "field.unknown name");
        (await app.Admin.CallAsync("PATCH", $"tenants/{name}", """{"displayName":["x"]}""")).IsInvalid("field.type displayName");
    }

    [Theory, BothStores]
    public async Task A_tenant_with_domains_cannot_be_deleted(StoreKind kind)
    {
        var (app, name) = await apps.WithTenantAsync(kind);
        var domain = $"{apps.NewName()}.example";
        await app.PutDomainAsync(domain, name);

        (await app.Admin.CallAsync("DELETE", $"tenants/{name}")).IsProblem(HttpStatusCode.Conflict, "tenant.has_domains");
        (await app.Admin.CallAsync("DELETE", $"domains/{domain}")).Is(HttpStatusCode.Accepted);
        (await app.Admin.CallAsync("DELETE", $"tenants/{name}")).IsProblem(HttpStatusCode.Conflict, "tenant.has_domains");
        (await app.Admin.CallAsync("DELETE", $"domains/{domain}?now=true")).Is(HttpStatusCode.NoContent);
        (await app.Admin.CallAsync("DELETE", $"tenants/{name}")).Is(HttpStatusCode.NoContent);
    }

    [Theory, BothStores]
    public async Task A_deleted_tenants_keys_stop_and_its_name_can_be_given_again(StoreKind kind)
    {
        var (app, name) = await apps.WithTenantAsync(kind);
        using var client = app.Client(await app.AddKeyAsync(name, "admin"));
        (await client.GetAnswerAsync("domains")).Is(HttpStatusCode.OK);

        (await app.Admin.CallAsync("DELETE", $"tenants/{name}")).Is(HttpStatusCode.NoContent);
        (await client.GetAnswerAsync("domains")).Is(HttpStatusCode.Unauthorized);

        await app.AddTenantAsync(name);
        (await client.GetAnswerAsync("domains")).Is(HttpStatusCode.Unauthorized);
        Assert.Empty((await app.Admin.GetAnswerAsync($"tenants/{name}/keys")).Items("id"));
    }

    [Theory, BothStores]
    public async Task Tenants_are_listed_in_pages_sorted_by_byte(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        // A language's collation would take no notice of the hyphens.
        string[] names = ["p-b", "p-", "pa", "p-a", "p", "p0", "pb-"];
        foreach (var name in names)
        {
            await app.AddTenantAsync(name);
        }

        var listed = (await app.Admin.WalkAsync("tenants", 2)).ConvertAll(tenant => tenant.GetProperty("name").GetString());

        Assert.Equal(listed.Distinct().Order(StringComparer.Ordinal), listed);
        Assert.Equal(names.Order(StringComparer.Ordinal), listed.Where(names.Contains));
    }

    [Theory]
    [InlineData("limit=0", "limit.range limit")]
    [InlineData("limit=501", "limit.range limit")]
    [InlineData("limit=-1", "limit.range limit")]
    [InlineData("limit=ten", "limit.range limit")]
    [InlineData("limit=", "limit.range limit")]
    [InlineData("after=%21", "after.invalid after")]
    [InlineData("limit=0&after=%21", "after.invalid after", "limit.range limit")]
    public async Task A_limit_out_of_range_and_a_cursor_that_is_none_are_refused(string query, params string[] errors)
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        foreach (var path in new[] { "tenants", "keys", "domains", "audit" })
        {
            (await app.Admin.GetAnswerAsync($"{path}?{query}")).IsInvalid(errors);
        }
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused_and_does_not_begin_anew()
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        await app.PutDomainAsync("cursor.example", tenant);
        var foreign = System.Buffers.Text.Base64Url.EncodeToString("not ours at all"u8);
        foreach (var path in new[] { "domains", "audit", "domains/cursor.example/versions" })
        {
            (await app.Admin.GetAnswerAsync($"{path}?after={foreign}")).IsInvalid("after.invalid after");
        }
    }
}
