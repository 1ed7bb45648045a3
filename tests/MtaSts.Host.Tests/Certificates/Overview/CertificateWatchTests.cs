using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Certificates.Overview;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Overview;

/// <summary>What `/healthz/ready` and `/metrics` say of certificates.</summary>
[Collection(Alone.Name)]
public sealed class CertificateWatchTests(AcmeApps apps) : IClassFixture<AcmeApps>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Certificates_are_counted_by_what_is_left_of_their_lives()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(60);
        var snapshot = CertificateSnapshot.Of(
            [
                Certificate(now.AddDays(-67), now.AddDays(23)),
                Certificate(now.AddDays(-68), now.AddDays(22)),
                Certificate(now.AddDays(-92), now.AddDays(-2)),
                Certificate(now.AddDays(-93), now.AddDays(-3)),
                Certificate(now.AddHours(-5), now.AddHours(1)),
            ],
            null,
            now);

        Assert.Equal((5, 2, now.AddDays(-3)), (snapshot.Served, snapshot.Expired, snapshot.ExpiredSince));
        Assert.Equal((4, now.AddDays(-93 + 67.5)), (snapshot.Late, snapshot.LateSince));
        Assert.Equal((0, null, 0, null), Of(CertificateSnapshot.Of([], null, now)));

        static (int, DateTimeOffset?, int, DateTimeOffset?) Of(CertificateSnapshot empty) => (empty.Expired, empty.ExpiredSince, empty.Late, empty.LateSince);
        static HostCertificate Certificate(DateTimeOffset from, DateTimeOffset to) => new("mta-sts.a.example", [], [], [], from, to);
    }

    [Theory, BothStores]
    public async Task Health_says_what_keeps_certificates_from_being_good(StoreKind kind)
    {
        await using var app = await apps.StartAsync(kind);
        await app.AddTenantAsync();
        var now = app.Clock.GetUtcNow();
        using var nobody = app.Client(null);
        Assert.Equal("[]", (await nobody.GetAnswerAsync("/healthz/ready")).Json.GetProperty("why").GetRawText());
        var expired = await apps.AddAsync(app);
        var late = await apps.AddAsync(app);
        (await AcmeApps.AddCertificateAsync(app, expired, now.AddDays(-92), now.AddDays(-2))).Dispose();
        (await AcmeApps.AddCertificateAsync(app, late, now.AddDays(-80), now.AddDays(10))).Dispose();
        await app.Services.GetRequiredService<Store>().WriteAsideAsync(
            db =>
            {
                db.CaConditions.Add(new CaCondition { Directory = AcmeApps.Directory, Failures = 11, Openings = 1, OpenSince = now.AddMinutes(-5), ProbeAt = now.AddMinutes(1), Reason = $"dns of mta-sts.{late}" });
                db.AcmeRegistrations.Add(new AcmeRegistration { Directory = AcmeApps.Directory, SealedKey = [1], State = AccountState.Dead, Reason = "its name", CreatedAt = now, Since = now.AddHours(-1) });
                db.AcmeRegistrations.Add(new AcmeRegistration { Directory = AcmeApps.Fallback, SealedKey = [1], State = AccountState.NeedsOperator, CreatedAt = now, Since = now.AddHours(-2) });
                return Task.CompletedTask;
            },
            Cancel);

        app.Clock.Advance(TimeSpan.FromSeconds(31));

        ApiAnswer? ready = null;
        await Eventually.TrueAsync(
            async () => Why(ready = await nobody.GetAnswerAsync("/healthz/ready")).Count() == 5,
            () => $"all five are told: {ready?.Text}");
        var why = Why(ready!.Is(HttpStatusCode.OK))
            .Select(one => $"{one.GetProperty("part").GetString()}: {one.GetProperty("reason").GetString()}")
            .ToList();
        Assert.Equal(
            [
                "certificates: 1 of 2 certificates have expired; senders cannot fetch these policies",
                "certificates: 1 of 2 certificates have less than a quarter of their life left, their renewal fails",
                $"ca: the main CA fails and is left alone; it is tried again at {now.AddMinutes(1):u}",
                "account: the account at the main CA is dead: `mtasts acme new-account` makes another one",
                "account: the account at the fallback CA waits for the operator: `mtasts acme account` says for what",
            ],
            why);
        Assert.Equal(now.AddDays(-2), ready.Json.GetProperty("why")[0].GetProperty("since").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        // Whoever has no key learns no names and none of the CA's words.
        Assert.DoesNotContain(late, ready.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(expired, ready.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_show_jobs_the_oldest_that_is_due_breakers_and_accounts()
    {
        await using var app = await apps.StartAsync();
        await app.AddTenantAsync();
        var now = app.Clock.GetUtcNow();
        var old = await apps.AddAsync(app, job => (job.State, job.Priority, job.DueAt) = (JobState.Queued, JobPriority.Renewal, now.AddHours(-1)));
        (await AcmeApps.AddCertificateAsync(app, old, now.AddDays(-92), now.AddDays(-2))).Dispose();
        await apps.AddAsync(app, job => (job.State, job.DueAt) = (JobState.Idle, now.AddDays(1)));
        await app.Services.GetRequiredService<Store>().WriteAsideAsync(
            db =>
            {
                db.CaConditions.Add(new CaCondition { Directory = AcmeApps.Fallback, OpenSince = now });
                db.AcmeRegistrations.Add(new AcmeRegistration { Directory = AcmeApps.Directory, SealedKey = [1], State = AccountState.Valid, CreatedAt = now, Since = now });
                return Task.CompletedTask;
            },
            Cancel);

        app.Clock.Advance(TimeSpan.FromSeconds(31));

        // The exporter keeps an answer for a moment; labels of its own stand in between.
        var metrics = "";
        using var nobody = app.Client(null);
        await Eventually.TrueAsync(
            async () => Value(metrics = (await nobody.GetAnswerAsync("/metrics")).Text, "mtasts_certificates_expired") == "1" && Value(metrics, "mtasts_issuance_jobs", "state=\"queued\"") == "1",
            () => $"the gauges are there: {string.Join('\n', metrics.Split('\n').Where(line => line.StartsWith("mtasts", StringComparison.Ordinal)))}");
        Assert.Equal("1", Value(metrics, "mtasts_certificates_late_share"));
        Assert.Equal("1", Value(metrics, "mtasts_issuance_jobs", "state=\"idle\""));
        Assert.Equal("0", Value(metrics, "mtasts_issuance_jobs", "state=\"blocked\""));
        Assert.Equal("3631", Value(metrics, "mtasts_issuance_oldest_due_seconds"));
        Assert.Equal(("0", "1", "0"), (Value(metrics, "mtasts_ca_breaker_open", "ca=\"main\""), Value(metrics, "mtasts_ca_breaker_open", "ca=\"fallback\""), Value(metrics, "mtasts_ca_breaker_open", "ca=\"staging\"")));
        Assert.Equal(("1", "0"), (Value(metrics, "mtasts_ca_account", "ca=\"main\",state=\"valid\""), Value(metrics, "mtasts_ca_account", "ca=\"main\",state=\"dead\"")));
    }

    [Fact]
    public async Task What_was_known_last_stands_while_the_store_is_away_and_dates_go_on()
    {
        await using var app = await apps.StartAsync();
        await app.AddTenantAsync();
        var now = app.Clock.GetUtcNow();
        var domain = await apps.AddAsync(app);
        (await AcmeApps.AddCertificateAsync(app, domain, now.AddDays(-50), now.AddDays(40))).Dispose();
        await app.Services.GetRequiredService<Store>().WriteAsideAsync(
            db =>
            {
                db.CaConditions.Add(new CaCondition { Directory = AcmeApps.Directory, OpenSince = now, ProbeAt = now });
                return Task.CompletedTask;
            },
            Cancel);
        using var nobody = app.Client(null);
        app.Clock.Advance(TimeSpan.FromSeconds(31));
        await WaitForAsync("ca");

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        File.Move(Path.Combine(app.Directory, "mtasts.db"), Path.Combine(app.Directory, "away.db"));
        app.Clock.Advance(TimeSpan.FromDays(41));

        await WaitForAsync("certificates");
        await WaitForAsync("ca");
        File.Move(Path.Combine(app.Directory, "away.db"), Path.Combine(app.Directory, "mtasts.db"));

        Task WaitForAsync(string part) => Eventually.TrueAsync(
            async () => (await nobody.GetAnswerAsync("/healthz/ready")).Json.GetProperty("why").EnumerateArray().Any(one => one.GetProperty("part").GetString() == part),
            () => $"{part} is told");
    }

    // The clock that is advanced by half a minute at once makes the reading back of the two domains late.
    private static IEnumerable<JsonElement> Why(ApiAnswer ready) => ready.Json.GetProperty("why").EnumerateArray().Where(one => one.GetProperty("part").GetString() != "gate");

    private static string? Value(string metrics, string name, string labels = "") => metrics.Split('\n')
        .Where(line => (line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal)) && line.Contains(labels, StringComparison.Ordinal))
        .Select(line => Regex.Replace(line, @"^[^{ ]*(\{.*\})? ", "").Split(' ')[0])
        .SingleOrDefault();
}
