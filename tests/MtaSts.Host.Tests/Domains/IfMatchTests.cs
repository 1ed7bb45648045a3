using System.Net;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

public sealed class IfMatchTests(SharedApps apps) : IClassFixture<SharedApps>
{
    /// <summary>Edits that honour `If-Match`; REV is the revision now.</summary>
    private static readonly (string Method, string Path, object? Body)[] Edits =
    [
        ("PUT", "", ApiCalls.Put("TENANT", "enforce")),
        ("PATCH", "", new { policy = new { mode = "enforce" } }),
        ("POST", "/versions/1/restore", null),
        ("DELETE", "", null),
        ("DELETE", "?now=true", null),
    ];

    [Theory]
    [InlineData("\"REV\"", true)]
    [InlineData("*", true)]
    [InlineData("\"1\", \"REV\"", true)]
    [InlineData("\"1\",\"REV\",\"x\"", true)]
    [InlineData("W/\"1\", \"REV\"", true)]
    [InlineData("W/\"REV\"", false)]
    [InlineData("\"0\"", false)]
    [InlineData("\"1\", \"2\"", false)]
    [InlineData("REV", false)]
    [InlineData("\"REV", false)]
    [InlineData("\"0REV\"", false)]
    [InlineData("", false)]
    public async Task An_edit_holds_only_while_the_domain_is_as_the_caller_saw_it(string header, bool holds)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        foreach (var (method, path, body) in Edits)
        {
            var name = $"{apps.NewName()}.example";
            await app.PutDomainAsync(name, tenant);
            await app.PutDomainAsync(name, tenant, maxAge: 700000);
            var before = await app.Admin.GetAnswerAsync($"domains/{name}");

            var answer = await app.Admin.CallAsync(
                method, $"domains/{name}{path}", method == "PUT" ? ApiCalls.Put(tenant, "enforce") : body,
                ifMatch: header.Replace("REV", before.ETag!.Trim('"'), StringComparison.Ordinal));

            if (holds)
            {
                Assert.True((int)answer.Status is >= 200 and < 300, $"{method} {path}: {answer.Text}");
                Assert.NotEqual(before.Text, (await app.Admin.GetAnswerAsync($"domains/{name}")).Text);
            }
            else
            {
                answer.IsProblem(HttpStatusCode.PreconditionFailed, "if_match.failed");
                Assert.Equal(before.Text, (await app.Admin.GetAnswerAsync($"domains/{name}")).Text);
            }
        }
    }

    [Theory, BothStores]
    public async Task A_domain_that_does_not_exist_matches_nothing_and_is_not_added(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        foreach (var header in new[] { "*", "\"1\"", "\"0\"" })
        {
            (await app.Admin.CallAsync("PUT", $"domains/{name}", ApiCalls.Put(tenant), ifMatch: header)).IsProblem(HttpStatusCode.PreconditionFailed, "if_match.failed");
        }

        (await app.Admin.GetAnswerAsync($"domains/{name}")).Is(HttpStatusCode.NotFound);
    }

    [Theory, BothStores]
    public async Task Of_many_edits_with_one_tag_one_holds(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{apps.NewName()}.example";
        await app.PutDomainAsync(name, tenant);
        var tag = (await app.Admin.GetAnswerAsync($"domains/{name}")).ETag;

        var answers = await Task.WhenAll(Enumerable.Range(1, 10).Select(i => app.Admin.CallAsync("PUT", $"domains/{name}", ApiCalls.Put(tenant, maxAge: 604800 + i), ifMatch: tag)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(9, answers.Count(answer => answer.Status == HttpStatusCode.PreconditionFailed));
        Assert.Equal(2, (await app.Admin.GetAnswerAsync($"domains/{name}")).Json.GetProperty("version").GetInt32());
    }
}
