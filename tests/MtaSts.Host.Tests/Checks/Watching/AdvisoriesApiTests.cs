using System.Net;
using System.Text.Json;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

public sealed class AdvisoriesApiTests(SharedApps apps) : IClassFixture<SharedApps>
{
    [Theory, BothStores]
    public async Task What_is_wrong_is_listed_with_what_to_do(StoreKind kind)
    {
        var (app, _, name) = await WithDomainAsync(kind);
        await app.RecordAsync(name, "mx.cname", "mx.no-starttls", "mx.unreachable");
        var items = (await app.Admin.GetAnswerAsync($"domains/{name}/advisories")).Is(HttpStatusCode.OK).Json.GetProperty("items");
        // Errors first; what may pass is not there yet.
        Assert.Equal(["mx.no-starttls", "mx.cname"], items.EnumerateArray().Select(item => item.GetProperty("code").GetString()));
        Assert.Equal("RFC 8461 4.2", items[0].GetProperty("rfc").GetString());
        Assert.NotEmpty(items[0].GetProperty("fix").GetString()!);
        Assert.Equal("error", items[0].GetProperty("severity").GetString());
    }

    [Theory, BothStores]
    public async Task Events_are_listed_newest_first_by_pages_and_filters(StoreKind kind)
    {
        var (app, tenant, name) = await WithDomainAsync(kind);
        await app.RecordAsync(name, "mx.cname", "mx.no-starttls");
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.RecordAsync(name);
        foreach (var path in new[] { $"domains/{name}/events", $"events?tenant={tenant}", $"events?domain={name.ToUpperInvariant()}" })
        {
            var all = await app.Admin.WalkAsync(path, 3);
            Assert.Equal(4, all.Count);
            Assert.Equal(["cleared", "cleared", "added", "added"], Kinds(all));
            Assert.All(all, item => Assert.Equal((name, tenant, false), (item.GetProperty("domain").GetString(), item.GetProperty("tenant").GetString(), item.GetProperty("enforced").GetBoolean())));
            var and = path.Contains('?', StringComparison.Ordinal) ? "&" : "?";
            Assert.Equal(["cleared", "added"], Kinds(await app.Admin.WalkAsync($"{path}{and}code=mx.cname", 100)));
            Assert.Equal(["added", "added"], Kinds(await app.Admin.WalkAsync($"{path}{and}kind=added", 100)));
            Assert.Equal(["added"], Kinds(await app.Admin.WalkAsync($"{path}{and}kind=added&severity=error", 100)));
            (await app.Admin.GetAnswerAsync($"{path}{and}code=x.y&kind=gone&severity=info&limit=0")).IsInvalid("advisory.unknown code", "kind.value kind", "severity.value severity", "limit.range limit");
        }

        Assert.Empty(await app.Admin.WalkAsync("events?tenant=nobody", 10));
    }

    [Theory, BothStores]
    public async Task A_tenants_key_sees_its_own_only(StoreKind kind)
    {
        var (app, tenant, name) = await WithDomainAsync(kind);
        var (_, _, other) = await WithDomainAsync(kind);
        await app.RecordAsync(name, "mx.cname");
        await app.RecordAsync(other, "mx.cname");
        using var client = app.Client(await app.AddKeyAsync(tenant, "viewer"));
        Assert.Equal([name], (await client.WalkAsync("events", 10)).Select(item => item.GetProperty("domain").GetString()));
        Assert.Empty(await client.WalkAsync($"events?domain={other}", 10));
        (await client.GetAnswerAsync($"domains/{other}/events")).IsProblem(HttpStatusCode.NotFound, "domain.not_found");
        Assert.Equal([name], (await client.GetAnswerAsync("domains?advisory=mx.cname")).Items("domain"));
    }

    [Theory, BothStores]
    public async Task Domains_are_found_by_what_is_wrong_with_them(StoreKind kind)
    {
        var (app, tenant, name) = await WithDomainAsync(kind);
        var wrong = $"wrong.{name}";
        await app.PutDomainAsync(wrong, tenant);
        await app.RecordAsync(name, "mx.unreachable");
        await app.RecordAsync(wrong, "mx.certificate-name");
        Assert.Equal([wrong], (await app.Admin.GetAnswerAsync($"domains?tenant={tenant}&advisory=mx.certificate-name")).Items("domain"));
        Assert.Empty((await app.Admin.GetAnswerAsync($"domains?tenant={tenant}&advisory=mx.unreachable")).Items("domain"));
        (await app.Admin.GetAnswerAsync("domains?advisory=mx.nonsense")).IsInvalid("advisory.unknown advisory");
    }

    private static IEnumerable<string?> Kinds(IEnumerable<JsonElement> items) => items.Select(item => item.GetProperty("kind").GetString());

    private async Task<(HostApp App, string Tenant, string Domain)> WithDomainAsync(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var name = $"{tenant}.example";
        await app.PutDomainAsync(name, tenant);
        return (app, tenant, name);
    }
}
