using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks;

/// <summary>A first policy in `enforce`: served at once, announced when the mail servers in a real DNS are found fit.</summary>
public sealed class AnnouncementTests
{
    private const string Zone = "sts.provider.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_id_of_a_first_policy_in_enforce_waits_until_its_mail_servers_are_fit()
    {
        await using var rig = await Rig.StartAsync("@ MX 10 other\nother A 127.1.77.2");
        var put = await rig.App.PutDomainAsync("example.test", mode: "enforce");
        await rig.UntilAsync(async () => (await rig.TextRowAsync()) is { State: DnsRecordState.WaitingForHttps, Code: "guard.refused" }, "the id is held back");
        Assert.Empty(await rig.TextsAsync());
        Assert.Contains("mode: enforce", await rig.App.FetchPolicyAsync("example.test"), StringComparison.Ordinal);

        await rig.SetMxAsync("0 .");
        await rig.LookAgainAsync();
        await rig.UntilAsync(async () => await rig.TextsAsync() is [var text] && text.Contains(put.GetProperty("policyId").GetString()!, StringComparison.Ordinal), "the id is in DNS");
    }

    [Fact]
    public async Task An_edit_to_testing_is_announced_at_once()
    {
        await using var rig = await Rig.StartAsync("@ MX 10 other\nother A 127.1.77.2");
        await rig.App.PutDomainAsync("example.test", mode: "enforce");
        await rig.UntilAsync(async () => (await rig.TextRowAsync()) is { State: DnsRecordState.WaitingForHttps, Code: "guard.refused" }, "the id is held back");
        var put = await rig.App.PutDomainAsync("example.test", mode: "testing");
        await rig.UntilAsync(async () => await rig.TextsAsync() is [var text] && text.Contains(put.GetProperty("policyId").GetString()!, StringComparison.Ordinal), "the id is in DNS");
    }

    [Fact]
    public async Task A_customer_who_sets_the_id_himself_is_not_asked_for_it_until_his_mail_servers_are_fit()
    {
        await using var rig = await Rig.StartAsync("@ MX 10 other\nother A 127.1.77.2", byHand: true);
        var id = (await rig.App.PutDomainAsync("example.test", mode: "enforce")).GetProperty("policyId").GetString()!;
        await rig.UntilAsync(async () => await rig.OwnTextAsync() is ("waitingForHttps", "guard.refused", ""), "he is told why it waits, and of no id");
        Assert.DoesNotContain(id, await rig.App.Admin.GetStringAsync("domains/example.test/records", Cancel), StringComparison.Ordinal);
        Assert.Contains("No TXT at _mta-sts.example.test yet (guard.refused)", await rig.App.Admin.GetStringAsync("domains/example.test/records?format=zone", Cancel), StringComparison.Ordinal);

        await rig.SetMxAsync("0 .");
        await rig.LookAgainAsync();
        await rig.UntilAsync(async () => await rig.OwnTextAsync() is ("missing", "record.missing", var wanted) && wanted.Contains(id, StringComparison.Ordinal), "he is asked for it");
        Assert.Contains(id, await rig.App.Admin.GetStringAsync("domains/example.test/records?format=terraform", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_that_moves_in_with_its_record_is_judged_before_its_policy_is_served()
    {
        await using var rig = await Rig.StartAsync("@ MX 10 other\nother A 127.1.77.2\n_mta-sts TXT \"v=STSv1; id=old1;\"");
        Task<ApiAnswer> PutAsync(string mode) => rig.App.Admin.CallAsync("PUT", "domains/example.test", ApiCalls.Put(mode: mode, mx: "mail.example.test"));
        (await PutAsync("enforce")).IsProblem(HttpStatusCode.Conflict, "guard.refused");
        (await rig.App.Admin.GetAnswerAsync("domains/example.test")).Is(HttpStatusCode.NotFound);

        await rig.SetMxAsync("0 .");
        (await PutAsync("enforce")).Is(HttpStatusCode.Created);
        await using var db = rig.App.Services.GetRequiredService<Store>().Open();
        Assert.Empty(await db.AnnouncementHolds.ToListAsync(Cancel));
    }

    private sealed class Rig(BindServer bind, UpdateKey key, HostApp app) : IAsyncDisposable
    {
        public HostApp App => app;

        public static async Task<Rig> StartAsync(string records, bool byHand = false)
        {
            var key = UpdateKey.Create("mtasts");
            var bind = await BindServer.StartAsync(new Dictionary<string, string?> { [Zone] = "", ["example.test"] = records }, key);
            // The servers of the test's zones are not at port 53.
            var app = await HostApp.StartAsync(services: services => Authorities.Use(services, bind.EndPoint.Port), settings:
            [
                ("Checks:Guard", "Refuse"),
                ("Network:AllowPrivateAddresses", "true"),
                ("Dns:Zone", byHand ? "" : Zone),
                ("Dns:Publisher", byHand ? "Manual" : "Rfc2136"),
                ("Dns:Rfc2136:Server", bind.Address),
                ("Dns:Rfc2136:KeyName", key.Name),
                ("Dns:Rfc2136:KeySecret", key.Secret),
                ("Dns:Authoritative", bind.Address),
                ("Dns:Resolvers", bind.Address),
                ("Public:Addresses", "192.0.2.10"),
            ]);
            await app.AddTenantAsync();
            return new Rig(bind, key, app);
        }

        public Task UntilAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(
            async () =>
            {
                // However long it takes, less than the 300 s that a signature may be off (RFC 8945 §10).
                app.Clock.Advance(TimeSpan.FromMilliseconds(50));
                return await condition();
            },
            () => what);

        public async Task<DnsRecordStatus?> TextRowAsync()
        {
            await using var db = app.Services.GetRequiredService<Store>().Open();
            return await db.DnsRecords.SingleOrDefaultAsync(row => row.Type == "TXT", Cancel);
        }

        public async Task<IReadOnlyList<string>> TextsAsync() =>
            await TextRowAsync() is { } row ? (await app.Services.GetRequiredService<Resolver>().FindTextsAsync(row.Name, Cancel)).Records : [];

        /// <summary>State, last code and wanted data of the customer's own TXT record, from a look of now.</summary>
        public async Task<(string State, string? Code, string Wanted)> OwnTextAsync()
        {
            await app.Services.GetRequiredService<Store>().WriteAsideAsync(db => db.CustomerLooks.ExecuteDeleteAsync(Cancel), Cancel);
            var text = (await app.Admin.GetAnswerAsync("domains/example.test/records")).Json.GetProperty("items").EnumerateArray()
                .Single(item => item.GetProperty("name").GetString() == "_mta-sts.example.test" && item.GetProperty("type").GetString() == "TXT");
            return (
                text.GetProperty("state").GetString()!,
                text.GetProperty("problems").EnumerateArray().LastOrDefault() is { ValueKind: JsonValueKind.Object } problem ? problem.GetProperty("code").GetString() : null,
                string.Join(' ', text.GetProperty("wanted").EnumerateArray().Select(data => data.GetString())));
        }

        /// <summary>Now, and not in a minute: BIND takes no signature of a clock that runs away.</summary>
        public Task LookAgainAsync() => app.Services.GetRequiredService<Store>().WriteAsideAsync(
            db => db.AnnouncementHolds.ExecuteUpdateAsync(set => set.SetProperty(hold => hold.NextLookAt, app.Clock.GetUtcNow()), Cancel), Cancel);

        public Task SetMxAsync(string mx) => Nsupdate.SendAsync(bind.EndPoint, key, "example.test", "delete example.test MX", $"add example.test 60 MX {mx}");

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            await bind.DisposeAsync();
        }
    }
}
