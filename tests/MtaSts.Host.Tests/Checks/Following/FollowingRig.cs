using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MtaSts.Host.Checks.Following;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Host.Tests.Domains.MailServers;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Following;

/// <summary>The service with a domain that follows its MX records, in a time that a test makes; its own loop does not run.</summary>
internal sealed class FollowingRig : IAsyncDisposable
{
    private const string Name = "moving.test";

    private readonly FollowingUpkeep _upkeep;

    private FollowingRig(HostApp app, MxDns dns, SettableIds ids, SettableClock clock)
    {
        (App, Dns, Ids, Clock) = (app, dns, ids, clock);
        _upkeep = NewNode();
    }

    public HostApp App { get; }

    public MxDns Dns { get; }

    public SettableIds Ids { get; }

    public SettableClock Clock { get; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="kind">Of the store.</param>
    /// <param name="postgres">Where that is PostgreSQL.</param>
    /// <param name="bind">Takes the place of <see cref="Dns"/>: resolver and server of the zone.</param>
    /// <param name="settings">Further ones.</param>
    public static async Task<FollowingRig> StartAsync(StoreKind kind = StoreKind.Sqlite, PostgresServer? postgres = null, BindServer? bind = null, params (string, string?)[] settings)
    {
        MxDns dns = new();
        SettableIds ids = new();
        SettableClock clock = new(TimeProvider.System.GetUtcNow());
        try
        {
            var app = await HostApp.StartAsync(
                kind, postgres, clock: clock,
                services: services =>
                {
                    if (bind is null)
                    {
                        dns.Use(services);
                    }
                    else
                    {
                        Authorities.Use(services, bind.EndPoint.Port);
                    }

                    services.Replace(ServiceDescriptor.Singleton<IPublishedIds>(ids));
                    services.Without<FollowingUpkeep>();
                },
                settings: [.. dns.Settings, .. bind is null ? [] : new (string, string?)[] { ("Dns:Resolvers", bind.Address) }, .. settings]);
            await app.AddTenantAsync();
            return new FollowingRig(app, dns, ids, clock);
        }
        catch
        {
            await dns.DisposeAsync();
            throw;
        }
    }

    public FollowingUpkeep NewNode() => ActivatorUtilities.CreateInstance<FollowingUpkeep>(App.Services);

    public async Task<ApiAnswer> PutAsync(string mode = "testing", TimeSpan? maxAge = null, string domain = Name)
    {
        var answer = await App.Admin.CallAsync("PUT", $"domains/{domain}", new { tenant = "acme", mxSource = "dns", policy = new { mode, maxAge = (int)(maxAge ?? TimeSpan.FromDays(7)).TotalSeconds } });
        Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.OK, answer.Text);
        await ServeAsync();
        return answer;
    }

    /// <summary>Time goes by, and in all of it nothing but the last moment is looked at.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        Clock.SleptFor += time;
        await _upkeep.RoundAsync(Cancel);
        await ServeAsync();
    }

    /// <summary>The same in steps of twelve minutes.</summary>
    public async Task LiveAsync(TimeSpan time, Action? atEachStep = null)
    {
        for (var end = Now + time; Now < end;)
        {
            atEachStep?.Invoke();
            await PassAsync(TimeSpan.FromMinutes(12));
        }
    }

    public async Task<ApiAnswer> GetAsync() => (await App.Admin.GetAnswerAsync($"domains/{Name}")).Is(HttpStatusCode.OK);

    public async Task<string> MxAsync() => string.Join(' ', (await GetAsync()).Json.GetProperty("policy").GetProperty("mx").EnumerateArray().Select(pattern => pattern.GetString()));

    public async Task<JsonElement> FollowingAsync() => (await GetAsync()).Json.GetProperty("mxFollowing");

    public async Task<string?> CodeAsync() => (await FollowingAsync()).GetProperty("code").GetString();

    public async Task<MxFollowing> RowAsync(string domain = Name)
    {
        await using var db = App.Services.GetRequiredService<Store>().Open();
        return await db.MxFollowings.SingleAsync(following => db.Domains.Any(row => row.Id == following.DomainId && row.Name == domain), Cancel);
    }

    public async Task<List<PolicyVersion>> VersionsAsync()
    {
        await using var db = App.Services.GetRequiredService<Store>().Open();
        return await db.PolicyVersions.Where(version => version.Domain!.Name == Name).OrderBy(version => version.Number).ToListAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _upkeep.Dispose();
        await App.DisposeAsync();
        await Dns.DisposeAsync();
    }

    // As the gate says when every node serves the last version: what was before it ends.
    private async Task ServeAsync()
    {
        List<HostedDomain> rows;
        await using (var db = App.Services.GetRequiredService<Store>().Open())
        {
            rows = await VersionClosing.Replaced(db).Select(version => version.Domain!).Distinct().ToListAsync(Cancel);
        }

        await App.Services.GetRequiredService<VersionClosing>().CloseBeforeAsync([.. rows.Select(row => (row.Id, row.Version))], Cancel);
    }
}
