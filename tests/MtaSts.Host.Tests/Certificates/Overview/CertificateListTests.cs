using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Overview;

/// <summary>`GET /certificates` and `GET /certificates/summary`.</summary>
public sealed class CertificateListTests(AcmeApps apps) : IClassFixture<AcmeApps>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task Hosts_are_listed_by_name_page_by_page_and_by_every_state(StoreKind kind)
    {
        await using var app = await apps.StartAsync(kind);
        var now = app.Clock.GetUtcNow();
        var domains = await FillAsync(app);

        var all = await app.Admin.WalkAsync("certificates", limit: 2);

        Assert.Equal(domains.Values.Order(StringComparer.Ordinal), all.Select(item => item.GetProperty("domain").GetString()));
        Assert.All(all, item => Assert.Equal("acme", item.GetProperty("tenant").GetString()));
        foreach (var (states, expected) in new[]
        {
            ("none", "waits fails"), ("valid", "young short"), ("expiring", "old"), ("expired", "over"), ("revoked", "revoked"),
            ("dnsWait", "waits"), ("idle", "young short revoked"), ("queued", "old"), ("running", ""), ("backoff", "fails"), ("blocked", "over"), ("deferred", ""), ("dormant", ""), ("retired", "gone"),
        })
        {
            var items = (await app.Admin.GetAnswerAsync($"certificates?state={states}")).Is(HttpStatusCode.OK).Items("domain");
            var wanted = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => domains[name]).Order(StringComparer.Ordinal);
            Assert.True(wanted.SequenceEqual(items), $"{states}: expected {expected}, got {string.Join(' ', items.Select(item => domains.Single(domain => domain.Value == item).Key))}");
        }

        var failing = (await app.Admin.GetAnswerAsync("certificates?state=backoff")).Json.GetProperty("items")[0];
        Assert.Equal(("none", "acme.dns"), (failing.GetProperty("state").GetString(), failing.GetProperty("issuance").GetProperty("code").GetString()));
        Assert.Equal(JsonValueKind.Null, failing.GetProperty("notAfter").ValueKind);
        (await app.Admin.GetAnswerAsync("certificates?state=sleepy&limit=0")).IsInvalid("limit.range limit", "state.value state");
        using var admin = app.Client(await app.AddKeyAsync("acme", "admin"));
        (await admin.GetAnswerAsync("certificates")).IsProblem(HttpStatusCode.Forbidden, "role.provider_only");
        (await admin.GetAnswerAsync("certificates/summary")).IsProblem(HttpStatusCode.Forbidden, "role.provider_only");
    }

    [Theory, BothStores]
    public async Task The_summary_counts_what_there_is(StoreKind kind)
    {
        await using var app = await apps.StartAsync(kind);
        var now = app.Clock.GetUtcNow();
        var domains = await FillAsync(app);
        await app.Services.GetRequiredService<Store>().WriteAsideAsync(
            db =>
            {
                db.CaConditions.Add(new CaCondition { Directory = AcmeApps.Directory, Failures = 11, Openings = 1, OpenSince = now.AddMinutes(-5), ProbeAt = now.AddMinutes(1), Reason = "HTTP 503" });
                db.CaConditions.Add(new CaCondition { Directory = AcmeApps.Fallback, LimitedUntil = now.AddHours(1), Reason = "too many" });
                db.AcmeRegistrations.Add(new AcmeRegistration
                {
                    Directory = AcmeApps.Directory,
                    AccountUrl = "https://main.ca.example/account/1",
                    SealedKey = [1],
                    State = AccountState.NeedsOperator,
                    Reason = "new terms",
                    CreatedAt = now,
                    Since = now,
                });
                db.IssuanceBuckets.Add(new IssuanceBucket { Name = $"first {AcmeApps.Directory}", Tokens = 3, At = now });
                return Task.CompletedTask;
            },
            Cancel);

        var summary = (await app.Admin.GetAnswerAsync("certificates/summary")).Is(HttpStatusCode.OK).Json;

        Assert.Equal("acme", summary.GetProperty("source").GetString());
        Assert.Equal("""{"none":2,"valid":2,"expiring":1,"expired":1,"revoked":1,"late":2,"lateShare":0.4}""", summary.GetProperty("certificates").GetRawText());
        Assert.Equal("""{"dnsWait":1,"queued":1,"running":0,"idle":3,"backoff":1,"deferred":0,"blocked":1,"dormant":0,"retired":1}""", summary.GetProperty("issuance").GetRawText());
        Assert.Equal($"mta-sts.{domains["old"]}", summary.GetProperty("oldestDue").GetProperty("host").GetString());
        Assert.Equal(now.AddHours(-3), summary.GetProperty("oldestDue").GetProperty("dueAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        var renewals = summary.GetProperty("nextRenewals");
        Assert.Equal((0, 1, 2), (renewals.GetProperty("withinHour").GetInt32(), renewals.GetProperty("withinDay").GetInt32(), renewals.GetProperty("withinWeek").GetInt32()));
        Assert.Equal([$"mta-sts.{domains["short"]}", $"mta-sts.{domains["revoked"]}", $"mta-sts.{domains["young"]}"], renewals.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("host").GetString()));
        Assert.Equal((1, 90), (summary.GetProperty("newNames").GetProperty("waiting").GetInt32(), summary.GetProperty("newNames").GetProperty("perHour").GetInt32()));
        var authorities = summary.GetProperty("authorities").EnumerateArray().ToDictionary(ca => ca.GetProperty("ca").GetString()!);
        Assert.Equal(["fallback", "main", "staging"], authorities.Keys.Order());
        Assert.Equal(("needsOperator", "new terms"), (authorities["main"].GetProperty("account").GetProperty("state").GetString(), authorities["main"].GetProperty("account").GetProperty("reason").GetString()));
        Assert.Equal(("open", "HTTP 503"), (authorities["main"].GetProperty("breaker").GetProperty("state").GetString(), authorities["main"].GetProperty("breaker").GetProperty("reason").GetString()));
        Assert.Equal("""[{"kind":"first","tokens":3,"capacity":270,"perHour":90},{"kind":"renewals","tokens":333,"capacity":333,"perHour":2000}]""", authorities["main"].GetProperty("budgets").GetRawText());
        Assert.Equal(("limited", JsonValueKind.Null), (authorities["fallback"].GetProperty("breaker").GetProperty("state").GetString(), authorities["fallback"].GetProperty("account").ValueKind));
        Assert.Equal("closed", authorities["staging"].GetProperty("breaker").GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, summary.GetProperty("clock").ValueKind);
        Assert.DoesNotContain("sealed", summary.GetRawText(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory, BothStores]
    public async Task Certificates_of_the_local_CA_are_listed_and_counted_without_issuing(StoreKind kind)
    {
        await using var app = await apps.StartAsync(kind, ("Certificates:Source", "LocalCa"));
        await app.AddTenantAsync();
        await app.PutDomainAsync("local.example");
        await Eventually.TrueAsync(
            async () => (await app.Admin.GetAnswerAsync("certificates")).Items("domain").Length == 1,
            () => "the certificate is stored");

        var item = (await app.Admin.GetAnswerAsync("certificates?state=valid")).Json.GetProperty("items")[0];
        Assert.Equal(("localCa", JsonValueKind.Null), (item.GetProperty("origin").GetString(), item.GetProperty("issuance").ValueKind));
        Assert.Empty((await app.Admin.GetAnswerAsync("certificates?state=idle")).Items("domain"));
        var summary = (await app.Admin.GetAnswerAsync("certificates/summary")).Json;
        Assert.Equal(("localCa", 1, 0), (summary.GetProperty("source").GetString(), summary.GetProperty("certificates").GetProperty("valid").GetInt32(), summary.GetProperty("authorities").GetArrayLength()));
        var one = (await app.Admin.GetAnswerAsync("domains/local.example/certificate")).Is(HttpStatusCode.OK);
        Assert.Equal(("valid", "localCa", JsonValueKind.Null), (one.Member("state"), one.Member("origin"), one.Json.GetProperty("issuance").ValueKind));
        Assert.NotEmpty(one.Member("serial"));
        (await app.Admin.CallAsync("POST", "domains/local.example/certificate/renewal")).IsProblem(HttpStatusCode.Conflict, "certificate.local_ca");
        (await app.Admin.CallAsync("POST", "domains/local.example/certificate/revocation", new { reason = "superseded" })).IsProblem(HttpStatusCode.Conflict, "certificate.local_ca");
    }

    /// <summary>A host in every kind of state.</summary>
    private async Task<Dictionary<string, string>> FillAsync(HostApp app)
    {
        await app.AddTenantAsync();
        var now = app.Clock.GetUtcNow();
        var domains = new Dictionary<string, string>
        {
            ["waits"] = await apps.AddAsync(app, job => job.DueAt = now),
            ["fails"] = await apps.AddAsync(app, job => JobRules.Failed(job, new JobFailure(FailureKind.Name, "acme.dns", "no such name"), now, Random.Shared, null, new CaChoice(AcmeApps.Directory))),
            ["young"] = await apps.AddAsync(app, job => Rest(job, now.AddDays(-1), now.AddDays(89), now.AddDays(58))),
            ["short"] = await apps.AddAsync(app, job => Rest(job, now.AddDays(-1), now.AddDays(6), now.AddHours(2))),
            ["revoked"] = await apps.AddAsync(app, job => Rest(job, now.AddDays(-1), now.AddDays(89), now.AddDays(5))),
            ["old"] = await apps.AddAsync(app, job => (job.State, job.Priority, job.DueAt, job.LastIssuedAt) = (JobState.Queued, JobPriority.Renewal, now.AddHours(-3), now.AddDays(-70))),
            ["over"] = await apps.AddAsync(app, job => JobRules.Failed(job, new JobFailure(FailureKind.Blocked, "acme.rejectedIdentifier", "no"), now, Random.Shared, null, new CaChoice(AcmeApps.Directory))),
            ["gone"] = await apps.AddAsync(app, job => JobRules.Unpublished(job, new CertificateDates(now.AddDays(-87), now.AddDays(3)), now)),
        };
        foreach (var (name, from, to) in new[] { ("young", -1, 89), ("short", -1, 6), ("revoked", -1, 89), ("old", -70, 20), ("over", -91, -1), ("gone", -87, 3) })
        {
            (await AcmeApps.AddCertificateAsync(app, domains[name], now.AddDays(from), now.AddDays(to), row => row.RevokedAt = name == "revoked" ? now : null)).Dispose();
        }

        return domains;

        void Rest(CertificateJob job, DateTimeOffset from, DateTimeOffset to, DateTimeOffset renewAt)
        {
            JobRules.Issued(job, new CertificateDates(from, to), null, from, Random.Shared);
            job.RenewAt = job.DueAt = renewAt;
        }
    }
}
