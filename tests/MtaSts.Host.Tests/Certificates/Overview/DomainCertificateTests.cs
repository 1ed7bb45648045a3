using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Overview;

/// <summary>`GET /domains/{domain}/certificate` and `POST …/renewal`.</summary>
public sealed class DomainCertificateTests(AcmeApps apps) : IClassFixture<AcmeApps>
{
    [Theory, BothStores]
    public async Task A_domain_shows_what_its_host_presents_and_when_the_next_one_comes(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var now = app.Clock.GetUtcNow();
        var domain = await apps.AddAsync(app, job =>
        {
            JobRules.Issued(job, new CertificateDates(now.AddDays(-1), now.AddDays(89)), "aki.serial", now, Random.Shared);
            (job.AriStart, job.AriEnd, job.AriExplanation) = (now.AddDays(50), now.AddDays(52), "https://main.ca.example/why");
            job.LeaseOwner = "somebody-at-work";
        });
        using var leaf = await AcmeApps.AddCertificateAsync(app, domain, now.AddDays(-1), now.AddDays(89));

        var answer = (await app.Admin.GetAnswerAsync($"domains/{domain}/certificate")).Is(HttpStatusCode.OK);

        Assert.Equal($"mta-sts.{domain}", answer.Member("host"));
        Assert.Equal(("valid", "acme", leaf.SerialNumber.ToLowerInvariant(), $"CN=mta-sts.{domain}"), (answer.Member("state"), answer.Member("origin"), answer.Member("serial"), answer.Member("issuer")));
        Assert.Equal(now.AddDays(89), answer.Json.GetProperty("notAfter").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        var issuance = answer.Json.GetProperty("issuance");
        Assert.Equal(("idle", "main", AcmeApps.Directory), (issuance.GetProperty("state").GetString(), issuance.GetProperty("ca").GetString(), issuance.GetProperty("directory").GetString()));
        Assert.InRange(issuance.GetProperty("renewAt").GetDateTimeOffset(), now.AddDays(50), now.AddDays(60));
        Assert.Equal("https://main.ca.example/why", issuance.GetProperty("renewalWindow").GetProperty("explanationUrl").GetString());
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("preflight").ValueKind);
        foreach (var secret in new[] { "somebody-at-work", "lease", "sealed", "key" })
        {
            Assert.DoesNotContain(secret, answer.Text, StringComparison.OrdinalIgnoreCase);
        }

        using var viewer = app.Client(await app.AddKeyAsync("acme", "viewer"));
        Assert.Equal(answer.Text, (await viewer.GetAnswerAsync($"domains/{domain}/certificate")).Text);
    }

    [Theory, BothStores]
    public async Task A_name_that_failed_shows_the_words_of_the_CA_and_what_the_preflight_found(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var now = app.Clock.GetUtcNow();
        var domain = await apps.AddAsync(app, job =>
        {
            job.Ca = CaRole.Main;
            job.PreflightAt = now.AddMinutes(-1);
            job.PreflightReport = """{"passed":false,"chain":["x.host.example"],"addresses":["192.0.2.1"],"findings":[{"code":"caa.refuses","severity":"error","message":"CAA refuses.","rfc":"RFC 8659 4.2"},{"code":"echo.timeout","severity":"warning","message":"No answer."}]}""";
            JobRules.Failed(
                job,
                new JobFailure(FailureKind.Name, "acme.dns", "dns: no such name", """{"type":"urn:ietf:params:acme:error:dns","detail":"no such name"}"""),
                now,
                Random.Shared,
                null,
                new CaChoice(AcmeApps.Directory, Staging: AcmeApps.Staging));
        });

        var answer = (await app.Admin.GetAnswerAsync($"domains/{domain}/certificate")).Is(HttpStatusCode.OK);

        Assert.Equal("none", answer.Member("state"));
        var issuance = answer.Json.GetProperty("issuance");
        Assert.Equal(("backoff", "staging", AcmeApps.Staging, 1), (issuance.GetProperty("state").GetString(), issuance.GetProperty("ca").GetString(), issuance.GetProperty("directory").GetString(), issuance.GetProperty("failures").GetInt32()));
        Assert.Equal(("acme.dns", "dns: no such name"), (issuance.GetProperty("code").GetString(), issuance.GetProperty("reason").GetString()));
        Assert.Equal("no such name", issuance.GetProperty("problem").GetProperty("detail").GetString());
        Assert.InRange(issuance.GetProperty("nextAt").GetDateTimeOffset(), now, now.AddMinutes(2));
        var preflight = answer.Json.GetProperty("preflight");
        Assert.False(preflight.GetProperty("passed").GetBoolean());
        Assert.Equal("x.host.example", preflight.GetProperty("chain")[0].GetString());
        Assert.Equal("192.0.2.1", preflight.GetProperty("addresses")[0].GetString());
        Assert.Equal(
            """[{"code":"caa.refuses","severity":"error","message":"CAA refuses.","rfc":"RFC 8659 4.2"},{"code":"echo.timeout","severity":"warning","message":"No answer."}]""",
            preflight.GetProperty("findings").GetRawText());
    }

    [Theory, BothStores]
    public async Task Nobody_looks_at_a_blocked_name_by_itself(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var domain = await apps.AddAsync(app, job => JobRules.Failed(
            job, new JobFailure(FailureKind.Blocked, "acme.rejectedIdentifier", "policy forbids"), app.Clock.GetUtcNow(), Random.Shared, null, new CaChoice(AcmeApps.Directory)));

        var issuance = (await app.Admin.GetAnswerAsync($"domains/{domain}/certificate")).Json.GetProperty("issuance");

        Assert.Equal("blocked", issuance.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, issuance.GetProperty("nextAt").ValueKind);
    }

    [Theory, BothStores]
    public async Task The_state_of_the_certificate_goes_by_its_dates_and_by_its_revocation(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var now = app.Clock.GetUtcNow();
        var domain = await apps.AddAsync(app);
        foreach (var (from, to, revoked, word) in new[]
        {
            (-59, 31, false, "valid"), (-61, 29, false, "expiring"), (-4, 5, false, "valid"), (-5, 4, false, "expiring"), (-90, -1, false, "expired"), (-1, 89, true, "revoked"), (-90, -1, true, "revoked"),
        })
        {
            (await AcmeApps.AddCertificateAsync(app, domain, now.AddDays(from), now.AddDays(to), row => row.RevokedAt = revoked ? now : null)).Dispose();
            Assert.Equal(word, (await app.Admin.GetAnswerAsync($"domains/{domain}/certificate")).Member("state"));
        }

        // The CA revoked by itself: the job has learnt it from the CA's window.
        (await AcmeApps.AddCertificateAsync(app, domain, now.AddDays(-1), now.AddDays(89))).Dispose();
        await AcmeApps.SetJobAsync(app, domain, job => job.IsRevoked = true);
        Assert.Equal("revoked", (await app.Admin.GetAnswerAsync($"domains/{domain}/certificate")).Member("state"));
    }

    [Theory, BothStores]
    public async Task A_pending_domain_shows_nothing_of_who_has_the_name(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var now = app.Clock.GetUtcNow();
        var domain = await apps.AddAsync(app, job => job.Failures = 3);
        (await AcmeApps.AddCertificateAsync(app, domain, now, now.AddDays(90))).Dispose();
        var other = $"o{domain[1..5]}";
        await app.AddTenantAsync(other);
        using var editor = app.Client(await app.AddKeyAsync(other, "editor"));
        (await editor.CallAsync("PUT", $"domains/{domain}", ApiCalls.Put(null))).Is(HttpStatusCode.Created);

        var answer = (await editor.GetAnswerAsync($"domains/{domain}/certificate")).Is(HttpStatusCode.OK);

        Assert.Equal("none", answer.Member("state"));
        Assert.Equal("unverified", answer.Json.GetProperty("issuance").GetProperty("state").GetString());
        Assert.Equal(0, answer.Json.GetProperty("issuance").GetProperty("failures").GetInt32());
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("notAfter").ValueKind);
        (await editor.CallAsync("POST", $"domains/{domain}/certificate/renewal")).IsProblem(HttpStatusCode.Conflict, "certificate.not_served");
    }

    [Theory, BothStores]
    public async Task A_name_that_waits_for_our_own_budget_learns_when_its_turn_is(StoreKind kind)
    {
        await using var app = await apps.StartAsync(kind, ("Acme:NewPerHour", "10"));
        await app.AddTenantAsync();
        var now = app.Clock.GetUtcNow();
        await app.Services.GetRequiredService<Store>().WriteAsideAsync(
            db =>
            {
                db.IssuanceBuckets.Add(new IssuanceBucket { Name = $"first {AcmeApps.Directory}", Tokens = 0, At = now });
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken);
        var domains = new List<string>();
        for (var place = 0; place < 20; place++)
        {
            domains.Add(await apps.AddAsync(app, job =>
            {
                (job.State, job.Priority, job.ReasonCode, job.DueAt) = (JobState.Queued, JobPriority.NewName, null, now.AddSeconds(place - 100));
            }));
        }

        Assert.Equal(now.AddHours(0.1), await EstimateAsync(domains[0]), TimeSpan.FromSeconds(1));
        Assert.Equal(now.AddHours(2), await EstimateAsync(domains[19]), TimeSpan.FromSeconds(1));
        var names = (await app.Admin.GetAnswerAsync("certificates/summary")).Json.GetProperty("newNames");
        Assert.Equal((20, 10), (names.GetProperty("waiting").GetInt32(), names.GetProperty("perHour").GetInt32()));
        Assert.Equal(now.AddHours(2), names.GetProperty("estimatedAt").GetDateTimeOffset(), TimeSpan.FromSeconds(1));

        async Task<DateTimeOffset> EstimateAsync(string domain) =>
            (await app.Admin.GetAnswerAsync($"domains/{domain}/certificate")).Json.GetProperty("issuance").GetProperty("estimatedAt").GetDateTimeOffset();
    }

    [Theory, BothStores]
    public async Task A_renewal_that_is_asked_for_takes_a_failed_name_up_again_and_stands_in_the_audit(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var now = app.Clock.GetUtcNow();
        var domain = await apps.AddAsync(app, job =>
        {
            JobRules.Failed(job, new JobFailure(FailureKind.Blocked, "acme.rejectedIdentifier", "policy forbids"), now, Random.Shared, null, new CaChoice(AcmeApps.Directory));
            (job.LeaseOwner, job.LeaseUntil) = ("somebody-at-work", now.AddMinutes(1));
        });
        using var editor = app.Client(await app.AddKeyAsync("acme", "editor"));
        var woken = app.Services.GetRequiredService<JobStore>().Changed.Next;

        var answer = (await editor.CallAsync("POST", $"domains/{domain}/certificate/renewal")).Is(HttpStatusCode.Accepted);

        Assert.Equal("dnsWait", answer.Json.GetProperty("issuance").GetProperty("state").GetString());
        var job = await AcmeApps.JobAsync(app, domain);
        Assert.Equal((JobState.DnsWait, true, now, null), (job.State, job.RenewNow, job.DueAt, job.LeaseOwner));
        Assert.True(woken.IsCompleted);
        var line = (await editor.GetAnswerAsync($"audit?domain={domain}")).Json.GetProperty("items")[0];
        Assert.Equal(("certificate.renewal", $"mta-sts.{domain}", "acme"), (line.GetProperty("action").GetString(), line.GetProperty("target").GetString(), line.GetProperty("tenant").GetString()));
        Assert.StartsWith("key:", line.GetProperty("actor").GetString(), StringComparison.Ordinal);
    }

    [Theory, BothStores]
    public async Task A_renewal_soon_after_the_last_issue_waits_and_says_how_long(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var now = app.Clock.GetUtcNow();
        var dates = new CertificateDates(now.AddHours(-2), now.AddDays(90));
        var domain = await apps.AddAsync(app, job =>
        {
            JobRules.Issued(job, dates, null, now.AddHours(-1), Random.Shared);
        });
        (await AcmeApps.AddCertificateAsync(app, domain, dates.NotBefore, dates.NotAfter)).Dispose();

        var issuance = (await app.Admin.CallAsync("POST", $"domains/{domain}/certificate/renewal")).Is(HttpStatusCode.Accepted).Json.GetProperty("issuance");

        Assert.Equal(("idle", "renewal.floor"), (issuance.GetProperty("state").GetString(), issuance.GetProperty("code").GetString()));
        Assert.Equal(now.AddHours(35), issuance.GetProperty("nextAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        var job = await AcmeApps.JobAsync(app, domain);
        Assert.False(JobRules.IsRenewalDue(job, now.AddHours(34.9)));
        Assert.True(JobRules.IsRenewalDue(job, now.AddHours(35)));

        // Later it is at once.
        await AcmeApps.SetJobAsync(app, domain, job => (job.RenewNow, job.LastIssuedAt) = (false, now.AddHours(-36)));
        issuance = (await app.Admin.CallAsync("POST", $"domains/{domain}/certificate/renewal")).Is(HttpStatusCode.Accepted).Json.GetProperty("issuance");
        Assert.Equal("queued", issuance.GetProperty("state").GetString());
        Assert.Equal(now, issuance.GetProperty("nextAt").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        Assert.Equal(JsonValueKind.Null, issuance.GetProperty("code").ValueKind);
    }

    [Theory, BothStores]
    public async Task A_domain_of_this_moment_gets_its_job_with_the_renewal(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var domain = apps.NewDomain();
        await app.PutDomainAsync(domain);
        Assert.Equal("dnsWait", (await app.Admin.GetAnswerAsync($"domains/{domain}/certificate")).Json.GetProperty("issuance").GetProperty("state").GetString());

        (await app.Admin.CallAsync("POST", $"domains/{domain}/certificate/renewal")).Is(HttpStatusCode.Accepted);

        Assert.True((await AcmeApps.JobAsync(app, domain)).RenewNow);
    }

    [Theory, BothStores]
    public async Task Roles_of_renewal_and_revocation(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var domain = await apps.AddAsync(app);
        using var viewer = app.Client(await app.AddKeyAsync("acme", "viewer"));
        using var admin = app.Client(await app.AddKeyAsync("acme", "admin"));
        using var provider = app.Client((await app.Admin.CallAsync("POST", "keys", new { role = "editor" })).Is(HttpStatusCode.Created).Member("secret"));

        (await viewer.CallAsync("POST", $"domains/{domain}/certificate/renewal")).IsProblem(HttpStatusCode.Forbidden, "role.too_low");
        (await admin.CallAsync("POST", $"domains/{domain}/certificate/revocation", "no json")).IsProblem(HttpStatusCode.Forbidden, "role.provider_only");
        (await provider.CallAsync("POST", $"domains/{domain}/certificate/revocation", "no json")).IsProblem(HttpStatusCode.Forbidden, "role.too_low");
        (await app.Admin.CallAsync("POST", $"domains/{domain}/certificate/revocation", "no json")).Is(HttpStatusCode.BadRequest);
        (await app.Admin.CallAsync("POST", $"domains/{domain}/certificate/revocation", new { reason = "bored", at = 1 })).IsInvalid("reason.value reason", "field.unknown at");
        (await app.Admin.CallAsync("POST", $"domains/{domain}/certificate/revocation", new { })).IsInvalid("field.missing reason");
        (await app.Admin.CallAsync("POST", $"domains/{domain}/certificate/revocation", new { reason = "superseded" })).IsProblem(HttpStatusCode.Conflict, "certificate.none");
    }
}
