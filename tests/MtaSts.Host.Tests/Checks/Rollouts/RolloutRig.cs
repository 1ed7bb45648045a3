using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MtaSts.Host.Checks.Rollouts;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Host.Tests.Domains;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Rollouts;

/// <summary>A service with one domain in `testing`, whose checks and guard find what the test says and whose roll-outs are looked at when it says so.</summary>
internal sealed class RolloutRig : IAsyncDisposable
{
    public const string Domain = "example.test";

    private readonly SettableClock _clock;

    private RolloutRig(HostApp app, ScriptedGuard guard, SettableClock clock)
    {
        App = app;
        Guard = guard;
        _clock = clock;
    }

    public HostApp App { get; }

    public ScriptedGuard Guard { get; }

    public DateTimeOffset Now => _clock.GetUtcNow();

    public Store Store => App.Services.GetRequiredService<Store>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RolloutRig> StartAsync(StoreKind kind = StoreKind.Sqlite, PostgresServer? postgres = null, string mode = "testing", int maxAge = 604800)
    {
        var guard = new ScriptedGuard();
        var clock = new SettableClock(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
        var app = await HostApp.StartAsync(
            kind, postgres, clock: clock, services: services => services.Without<RolloutUpkeep>().AddSingleton<RolloutUpkeep>().Replace(ServiceDescriptor.Singleton<IEditGuard>(guard)));
        await app.AddTenantAsync();
        (await app.Admin.CallAsync("PUT", $"domains/{Domain}", ApiCalls.Put(mode: mode, maxAge: maxAge, mx: "mx.example.test"))).Is(HttpStatusCode.Created);
        return new RolloutRig(app, guard, clock);
    }

    public Task<ApiAnswer> CallAsync(string method, string path = "", object? body = null) => App.Admin.CallAsync(method, $"domains/{Domain}/rollout{path}", body);

    public async Task<ApiAnswer> StartRolloutAsync(object? body = null)
    {
        var started = (await CallAsync("POST", "", body)).Is(HttpStatusCode.OK);
        await LookAsync();
        return started;
    }

    public async Task<ApiAnswer> ShowAsync() => (await CallAsync("GET")).Is(HttpStatusCode.OK);

    public async Task<(string State, string Stage, string? Code)> StateAsync()
    {
        var shown = await ShowAsync();
        return (shown.Member("state"), shown.Member("stage"), shown.Json.GetProperty("code").GetString());
    }

    public async Task<(string Mode, int MaxAge)> PolicyAsync()
    {
        var policy = (await App.Admin.GetAnswerAsync($"domains/{Domain}")).Json.GetProperty("policy");
        return (policy.GetProperty("mode").GetString()!, policy.GetProperty("maxAge").GetInt32());
    }

    /// <summary>A check of the present version, as the watching records it.</summary>
    public Task CheckAsync(params (string Code, AdvisorySeverity Severity)[] wrong) => Store.WriteAsideAsync(
        async db =>
        {
            var row = await db.Domains.SingleAsync(domain => domain.Name == Domain, Cancel);
            var isClean = !wrong.Any(one => one.Severity == AdvisorySeverity.Error);
            var watch = await db.DomainWatches.AsTracking().SingleOrDefaultAsync(candidate => candidate.DomainId == row.Id, Cancel);
            if (watch is null)
            {
                watch = new DomainWatch { DomainId = row.Id };
                db.DomainWatches.Add(watch);
            }

            (watch.CheckedAt, watch.VersionChecked, watch.NextCheckAt) = (Now, row.Version, Now.AddYears(10));
            watch.CleanSince = isClean ? watch.CleanSince ?? Now : null;
            await db.DomainAdvisories.ExecuteDeleteAsync(Cancel);
            db.DomainAdvisories.AddRange(wrong.Select(one => new DomainAdvisory
            {
                DomainId = row.Id,
                Code = one.Code,
                Subject = "mx.example.test",
                Severity = one.Severity,
                Message = $"mx.example.test: {one.Code}.",
                FirstSeenAt = Now,
                LastSeenAt = Now,
            }));
        },
        Cancel);

    public void Pass(TimeSpan time) => _clock.SleptFor += time;

    /// <summary>A day goes by, with a check at its end, and the loop looks.</summary>
    public async Task DayAsync(params (string Code, AdvisorySeverity Severity)[] wrong)
    {
        Pass(TimeSpan.FromDays(1));
        await CheckAsync(wrong);
        await LookAsync();
        // A stage that has begun is checked minutes later.
        await CheckAsync(wrong);
        await LookAsync();
    }

    public async Task DaysAsync(int days)
    {
        for (var i = 0; i < days; i++)
        {
            await DayAsync();
        }
    }

    /// <summary>The loop looks, whether it is due or not.</summary>
    public async Task LookAsync()
    {
        await Store.WriteAsideAsync(db => db.Rollouts.ExecuteUpdateAsync(set => set.SetProperty(row => row.NextLookAt, Now), Cancel), Cancel);
        await App.Services.GetRequiredService<RolloutUpkeep>().RoundAsync(Cancel);
    }

    public async Task<string[]> AuditAsync() =>
        [.. (await App.Admin.GetAnswerAsync($"audit?domain={Domain}")).Items("action").Where(action => action.StartsWith("domain.rollout", StringComparison.Ordinal)).Reverse()];

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
