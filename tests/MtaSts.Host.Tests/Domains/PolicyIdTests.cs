using System.Globalization;
using System.Net;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

public sealed class PolicyIdTests(SharedApps apps) : IClassFixture<SharedApps>
{
    [Theory, BothStores]
    public async Task An_id_is_the_UTC_time_in_17_digits(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var domain = await app.PutDomainAsync($"{apps.NewName()}.example", tenant);
        Assert.Equal(app.Clock.GetUtcNow().ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture), Id(domain));
    }

    [Theory, BothStores]
    public async Task Ids_rise_while_the_clock_stands_still(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(Id(await app.PutDomainAsync(name, tenant, maxAge: 604800 + i)));
        }

        AssertRising(ids);
        Assert.Equal(long.Parse(ids[0], CultureInfo.InvariantCulture) + 4, long.Parse(ids[4], CultureInfo.InvariantCulture));
    }

    [Theory, BothStores]
    public async Task Ids_rise_while_the_clock_goes_back_a_year_and_when_the_name_was_deleted_in_between(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var (_, other) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        var now = app.Clock.GetUtcNow();
        var ids = new List<string> { Id(await app.PutDomainAsync(name, tenant)) };
        try
        {
            app.Clock.AdjustTime(now.AddYears(-1));
            ids.Add(Id(await app.PutDomainAsync(name, tenant, maxAge: 700000)));

            (await app.Admin.CallAsync("DELETE", $"domains/{name}?now=true")).Is(HttpStatusCode.NoContent);
            ids.Add(Id(await app.PutDomainAsync(name, tenant)));

            (await app.Admin.CallAsync("DELETE", $"domains/{name}?now=true")).Is(HttpStatusCode.NoContent);
            ids.Add(Id(await app.PutDomainAsync(name, other)));

            app.Clock.AdjustTime(now.AddSeconds(1));
            ids.Add(Id(await app.PutDomainAsync(name, other, maxAge: 700000)));
        }
        finally
        {
            app.Clock.AdjustTime(now.AddSeconds(2));
        }

        AssertRising(ids);
        Assert.Equal(now.AddSeconds(1).ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture), ids[^1]);
    }

    [Theory, BothStores]
    public async Task Equal_policies_in_other_spellings_change_nothing(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        var first = (await app.Admin.CallAsync("PUT", $"domains/{name}", ApiCalls.Put(tenant, "testing", 604800, "mail.example.com", "*.xn--bcher-kva.example")))
            .Is(HttpStatusCode.Created);
        var before = await app.Admin.GetAnswerAsync($"domains/{name}");
        var revision = await RevisionAsync(app);
        app.Clock.Advance(TimeSpan.FromSeconds(1));

        foreach (var same in new[]
        {
            $$$"""{"tenant":"{{{tenant}}}","policy":{"mode":"testing","mx":["mail.example.com","*.xn--bcher-kva.example"],"maxAge":604800}}""",
            " { \"policy\" :{\"maxAge\":604800,\n \"mx\":[\"mail.example.com\",\"*.xn--bcher-kva.example\"],\t\"mode\":\"testing\"},\r\n\"tenant\":\"TENANT\" }".Replace("TENANT", tenant, StringComparison.Ordinal),
            $$$"""{"tenant":"{{{tenant}}}","template":null,"tlsRpt":null,"policy":{"mode":"testing","mx":["MAIL.Example.COM","*.XN--BCHER-KVA.example"],"maxAge":604800}}""",
            $$$"""{"tenant":"{{{tenant}}}","policy":{"mode":"testing","mx":["mail.example.com","*.Bücher.example"],"maxAge":604800}}""",
            $$$"""{"tenant":"{{{tenant}}}","policy":{"mode":"testing","mx":["mail.example.com","*.bücher.example","Mail.Example.com"],"maxAge":604800}}""",
        })
        {
            var again = (await app.Admin.CallAsync("PUT", $"domains/{name}", same)).Is(HttpStatusCode.OK);
            Assert.Equal(first.ETag, again.ETag);
        }

        (await app.Admin.CallAsync("PATCH", $"domains/{name}", new { policy = new { mode = "testing" } })).Is(HttpStatusCode.OK);
        (await app.Admin.CallAsync("PATCH", $"domains/{name}", "{}")).Is(HttpStatusCode.OK);
        (await app.Admin.CallAsync("POST", $"domains/{name}/versions/1/restore")).Is(HttpStatusCode.OK);
        Assert.Equal(before.Text, (await app.Admin.GetAnswerAsync($"domains/{name}")).Text);
        Assert.Equal(before.ETag, first.ETag);
        Assert.Equal(revision, await RevisionAsync(app));
        Assert.Single((await app.Admin.GetAnswerAsync($"domains/{name}/versions")).Items("policyId"));
        Assert.Single((await app.Admin.GetAnswerAsync($"audit?domain={name}")).Items("action"));
    }

    [Theory, BothStores]
    public async Task Patterns_in_another_order_are_another_text(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        var first = await app.PutDomainAsync(name, tenant, mx: ["a.example", "b.example"]);
        var second = await app.PutDomainAsync(name, tenant, mx: ["b.example", "a.example"]);
        Assert.NotEqual(Id(first), Id(second));
        Assert.Equal(2, second.GetProperty("version").GetInt32());
    }

    [Theory, BothStores]
    public async Task A_change_of_tlsRpt_changes_the_revision_and_not_the_id(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        var first = await app.PutDomainAsync(name, tenant);

        var second = (await app.Admin.CallAsync("PATCH", $"domains/{name}", new { tlsRpt = new { rua = new[] { "mailto:tls@example.com" } } })).Is(HttpStatusCode.OK);

        Assert.Equal("mailto:tls@example.com", second.Json.GetProperty("tlsRpt").GetProperty("rua")[0].GetString());
        Assert.Equal(Id(first), Id(second.Json));
        Assert.Equal(1, second.Json.GetProperty("version").GetInt32());
        Assert.True(second.Json.GetProperty("revision").GetInt64() > first.GetProperty("revision").GetInt64());
        Assert.Equal($"\"{second.Json.GetProperty("revision").GetInt64()}\"", second.ETag);
    }

    [Theory, BothStores]
    public async Task Reannounce_gives_the_same_text_a_new_id(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        var first = await app.PutDomainAsync(name, tenant);

        var second = (await app.Admin.CallAsync("POST", $"domains/{name}/reannounce")).Is(HttpStatusCode.OK);

        AssertRising([Id(first), Id(second.Json)]);
        Assert.Equal(first.GetProperty("policy").GetRawText(), second.Json.GetProperty("policy").GetRawText());
        Assert.Equal(2, second.Json.GetProperty("version").GetInt32());
    }

    [Theory, BothStores]
    public async Task Twenty_policies_at_once_get_rising_ids_and_versions_without_gaps(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => app.Admin.CallAsync("PUT", $"domains/{name}", ApiCalls.Put(tenant, maxAge: 604800 + i))));

        Assert.Equal(1, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(19, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        var versions = (await app.Admin.GetAnswerAsync($"domains/{name}/versions")).Json.GetProperty("items").EnumerateArray().Reverse().ToList();
        Assert.Equal(Enumerable.Range(1, 20), versions.Select(version => version.GetProperty("number").GetInt32()));
        AssertRising(versions.ConvertAll(Id));
        Assert.Equal(20, answers.Select(answer => answer.ETag).Distinct().Count());

        // Each answer tells of its own edit, not of the one that came after.
        foreach (var answer in answers)
        {
            var version = versions.Single(version => Id(version) == Id(answer.Json));
            Assert.Equal(version.GetProperty("policy").GetRawText(), answer.Json.GetProperty("policy").GetRawText());
            Assert.Equal(version.GetProperty("number").GetInt32(), answer.Json.GetProperty("version").GetInt32());
        }
    }

    [Theory, BothStores]
    public async Task Edits_of_many_names_at_once_take_distinct_revisions(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var before = await RevisionAsync(app);

        var added = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => app.PutDomainAsync($"{apps.NewName()}.example", tenant)));

        Assert.Equal(
            Enumerable.Range(1, 40).Select(i => before + i),
            added.Select(domain => domain.GetProperty("revision").GetInt64()).Order());
    }

    private static async Task<long> RevisionAsync(HostApp app) =>
        (await app.Admin.GetAnswerAsync("audit?limit=1")).Json.GetProperty("items")[0].GetProperty("revision").GetInt64();

    private static string Id(System.Text.Json.JsonElement domain) => domain.GetProperty("policyId").GetString()!;

    private static void AssertRising(List<string> ids)
    {
        Assert.All(ids, id => Assert.Matches("^[0-9]{17}\\z", id));
        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids);
    }
}
