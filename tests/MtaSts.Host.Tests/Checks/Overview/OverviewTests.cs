using System.Net;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Tests.Checks.Watching;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Overview;

public sealed class OverviewTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task Domains_are_counted_by_mode_state_advisory_and_certificate(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        await app.AddTenantAsync("a");
        await app.AddTenantAsync("b");
        await app.PutDomainAsync("one.test", "a", mode: "enforce");
        await app.PutDomainAsync("two.test", "a");
        await app.PutDomainAsync("three.test", "b");
        await app.SetAsync("two.test", DomainState.Suspended);
        await app.RecordAsync("one.test", "mx.no-starttls", "mx.no-starttls@other.test", "mx.cname");
        await app.RecordAsync("three.test", "mx.no-starttls");
        // The local CA gives every host one; their dates are ours here.
        await Eventually.TrueAsync(async () => { await using var db = app.Store().Open(); return await db.Certificates.CountAsync(Cancel) == 3; }, () => "certificates are stored");
        var now = app.Clock.GetUtcNow();
        foreach (var (host, days) in new[] { ("one", -1), ("two", 8) })
        {
            await app.Store().WriteAsideAsync(db => db.Certificates.Where(row => row.HostName == $"mta-sts.{host}.test").ExecuteUpdateAsync(set => set.SetProperty(row => row.NotAfter, now.AddDays(days)), Cancel), Cancel);
        }

        await app.Store().WriteAsideAsync(db => db.Certificates.Where(row => row.HostName == "mta-sts.three.test").ExecuteDeleteAsync(Cancel), Cancel);

        var all = (await app.Admin.GetAnswerAsync("overview")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(3, all.GetProperty("domains").GetInt32());
        Assert.Equal("""{"enforce":1,"testing":2,"none":0}""", all.GetProperty("byMode").GetRawText());
        Assert.Equal("""{"pending":0,"active":2,"removing":0,"suspended":1}""", all.GetProperty("byState").GetRawText());
        Assert.Equal("""[{"code":"mx.no-starttls","severity":"error","domains":2},{"code":"mx.cname","severity":"warning","domains":1}]""", all.GetProperty("byAdvisory").GetRawText());
        Assert.Equal("""{"expired":1,"under7":0,"under30":1,"under90":0,"more":0,"none":1}""", all.GetProperty("certificates").GetRawText());
        Assert.Equal("null", all.GetProperty("oldestUnpublishedId").GetRawText());
        Assert.Equal(0, all.GetProperty("checks").GetProperty("overdue").GetInt32());

        using var b = app.Client(await app.AddKeyAsync("b", "viewer"));
        var own = (await b.GetAnswerAsync("overview")).Is(HttpStatusCode.OK).Text;
        Assert.Equal((await app.Admin.GetAnswerAsync("overview?tenant=b")).Text, own);
        Assert.Contains("\"domains\":1,\"byMode\"", own, StringComparison.Ordinal);
        Assert.Contains("\"none\":1},\"oldestUnpublishedId\"", own, StringComparison.Ordinal);
        (await b.GetAnswerAsync("overview?tenant=a")).IsProblem(HttpStatusCode.NotFound, "tenant.not_found");
        (await app.Admin.GetAnswerAsync("overview?tenant=nobody")).IsProblem(HttpStatusCode.NotFound, "tenant.not_found");

        var lines = await app.Admin.WalkAsync("overview/tenants", 1);
        Assert.Equal(["a", "b"], lines.Select(line => line.GetProperty("tenant").GetString()));
        Assert.Equal((2, 1, 1), (lines[0].GetProperty("domains").GetInt32(), lines[0].GetProperty("withErrors").GetInt32(), lines[0].GetProperty("withWarnings").GetInt32()));
        Assert.Equal((1, 1, 0), (lines[1].GetProperty("domains").GetInt32(), lines[1].GetProperty("withErrors").GetInt32(), lines[1].GetProperty("withWarnings").GetInt32()));
    }

    [Fact]
    public async Task It_is_counted_at_most_once_in_some_seconds()
    {
        await using var app = await HostApp.StartAsync();
        await app.AddTenantAsync();
        Assert.Equal(0, await DomainsAsync());
        await app.PutDomainAsync("one.test");
        Assert.Equal(0, await DomainsAsync());
        Assert.Equal(1, (await app.Admin.GetAnswerAsync("overview?tenant=acme")).Json.GetProperty("domains").GetInt32());
        app.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(1, await DomainsAsync());

        async Task<int> DomainsAsync() => (await app.Admin.GetAnswerAsync("overview")).Json.GetProperty("domains").GetInt32();
    }

    [Theory, BothStores]
    public async Task The_id_that_waits_longest_is_named(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        await app.AddTenantAsync();
        await app.PutDomainAsync("one.test");
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await app.PutDomainAsync("two.test");
        var (one, two) = (await app.RowAsync("one.test"), await app.RowAsync("two.test"));
        await app.Store().WriteAsideAsync(
            db =>
            {
                db.DnsRecords.Add(Record(one, DnsRecordState.Live));
                db.DnsRecords.Add(Record(two, DnsRecordState.Verifying));
                return Task.CompletedTask;
            },
            Cancel);
        Assert.Equal(two.PolicyId, (await OldestAsync()).GetProperty("policyId").GetString());
        await app.Store().WriteAsideAsync(db => db.DnsRecords.ExecuteUpdateAsync(set => set.SetProperty(row => row.State, DnsRecordState.WaitingForHttps), Cancel), Cancel);
        Assert.Equal(("one.test", one.CreatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture)), ((await OldestAsync()).GetProperty("domain").GetString(), (await OldestAsync()).GetProperty("since").GetString()));

        async Task<System.Text.Json.JsonElement> OldestAsync()
        {
            app.Clock.Advance(TimeSpan.FromSeconds(6));
            return (await app.Admin.GetAnswerAsync("overview")).Json.GetProperty("oldestUnpublishedId");
        }

        static DnsRecordStatus Record(HostedDomain domain, DnsRecordState state) => new() { Name = $"{domain.Label}._mta-sts.sts.test", Type = "TXT", DomainId = domain.Id, Wanted = "\"x\"", Gate = domain.Revision, State = state };
    }
}
