using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords;

/// <summary>The service writes its zone at a real BIND, by signed updates.</summary>
public sealed class PublishingTests
{
    private const string Zone = "sts.provider.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_edit_brings_its_id_into_DNS_and_a_removal_takes_everything_out_again()
    {
        await using var rig = await Rig.StartAsync();
        await rig.App.AddTenantAsync();
        var first = await rig.App.PutDomainAsync("example.test");
        var label = await rig.LabelAsync("example.test");

        await rig.UntilAsync(async () => await rig.TextsAsync(label) is [var text] && text == $"v=STSv1; id={first.GetProperty("policyId").GetString()};", "the id is in DNS");
        Assert.Equal(["192.0.2.10"], await rig.AddressesAsync(label, AddressFamily.InterNetwork));
        Assert.Equal(["2001:db8::10"], await rig.AddressesAsync(label, AddressFamily.InterNetworkV6));
        await rig.UntilAsync(async () => (await rig.RowsAsync()).TrueForAll(row => row.State == DnsRecordState.Live), "all records are live");

        var second = await rig.App.PutDomainAsync("example.test", maxAge: 86400);
        await rig.UntilAsync(async () => await rig.TextsAsync(label) is [var text] && text == $"v=STSv1; id={second.GetProperty("policyId").GetString()};", "the next id is in DNS");

        using (await rig.App.Admin.DeleteAsync(new Uri("domains/example.test?now=true", UriKind.Relative), Cancel))
        {
        }

        await rig.UntilAsync(async () => (await rig.RowsAsync()).Count == 0, "nothing is left to look after");
        Assert.Empty(await rig.TextsAsync(label));
        Assert.Empty(await rig.AddressesAsync(label, AddressFamily.InterNetwork));
    }

    [Fact]
    public async Task A_record_that_the_key_may_not_write_keeps_no_other_out()
    {
        // No right for AAAA.
        await using var rig = await Rig.StartAsync(["A", "TXT"]);
        await rig.App.AddTenantAsync();
        foreach (var number in Enumerable.Range(0, 20))
        {
            await rig.App.PutDomainAsync($"d{number}.test");
        }

        await rig.UntilAsync(
            async () => (await rig.RowsAsync()) is var rows && rows.Count(row => row.State == DnsRecordState.Live) == 40 && rows.Count(row => row.State == DnsRecordState.Failed) == 20, "all others are live");
        Assert.All((await rig.RowsAsync()).Where(row => row.State == DnsRecordState.Failed), row => Assert.Equal(("AAAA", "dns.update.refused"), (row.Type, row.Code)));
    }

    [Fact]
    public async Task What_somebody_else_writes_into_the_zone_is_found_and_put_right()
    {
        await using var rig = await Rig.StartAsync();
        await rig.App.AddTenantAsync();
        await rig.App.PutDomainAsync("example.test");
        var label = await rig.LabelAsync("example.test");
        await rig.UntilAsync(async () => (await rig.RowsAsync()) is { Count: 3 } rows && rows.TrueForAll(row => row.State == DnsRecordState.Live), "all records are live");
        await rig.UpdateAsync($"add {label}._mta-sts.{Zone} 300 TXT \"v=STSv1; id=other;\"");
        Assert.Equal(2, (await rig.TextsAsync(label)).Count);

        // The daily look finds the second record, which would make senders see none (RFC 8461 §3.1). It comes now: BIND takes no signature of a clock a day ahead.
        await rig.App.Services.GetRequiredService<Store>().WriteAsideAsync(
            db => db.DnsRecords.ExecuteUpdateAsync(set => set.SetProperty(row => row.DueAt, rig.App.Clock.GetUtcNow()), Cancel), Cancel);
        await rig.UntilAsync(async () => (await rig.TextsAsync(label)).Count == 1 && (await rig.RowsAsync()).TrueForAll(row => row.State == DnsRecordState.Live), "there is one again");
    }

    [Fact]
    public async Task A_server_that_is_away_is_waited_for_and_what_is_served_stays()
    {
        await using var rig = await Rig.StartAsync();
        await rig.App.AddTenantAsync();
        await rig.App.PutDomainAsync("example.test");
        await rig.UntilAsync(async () => (await rig.RowsAsync()) is { Count: 3 } rows && rows.TrueForAll(row => row.State == DnsRecordState.Live), "all records are live");
        await rig.TakeServerAwayAsync();

        var edit = await rig.App.PutDomainAsync("example.test", maxAge: 86400);
        await rig.UntilAsync(async () => (await rig.RowsAsync()).Exists(row => row is { State: DnsRecordState.Failed, Code: "dns.update.unreachable" }), "the server is found to be away");
        Assert.Contains("max_age: 86400", await rig.App.FetchPolicyAsync("example.test"), StringComparison.Ordinal);
        Assert.Equal($"\"v=STSv1; id={edit.GetProperty("policyId").GetString()};\"", (await rig.RowsAsync()).Single(row => row.Type == "TXT").Wanted);
    }

    private sealed class Rig : IAsyncDisposable
    {
        private readonly UpdateKey _key;
        private bool _isServerAway;

        private Rig(BindServer bind, UpdateKey key, HostApp app)
        {
            (Bind, _key, App) = (bind, key, app);
        }

        public BindServer Bind { get; }

        public HostApp App { get; }

        public static async Task<Rig> StartAsync(params IReadOnlyList<string> types)
        {
            var key = UpdateKey.Create("mtasts") with { Types = types };
            var bind = await BindServer.StartAsync(new Dictionary<string, string?> { [Zone] = "" }, key);
            var app = await HostApp.StartAsync(settings:
            [
                ("Dns:Zone", Zone),
                ("Dns:Publisher", "Rfc2136"),
                ("Dns:Rfc2136:Server", bind.Address),
                ("Dns:Rfc2136:KeyName", key.Name),
                ("Dns:Rfc2136:KeyAlgorithm", key.Algorithm),
                ("Dns:Rfc2136:KeySecret", key.Secret),
                ("Dns:Authoritative", bind.Address),
                ("Dns:Resolvers", bind.Address),
                ("Public:Addresses", "192.0.2.10, 2001:db8::10"),
            ]);
            return new Rig(bind, key, app);
        }

        public Task UntilAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(
            async () =>
            {
                // However long it takes, less than the 300 s that a signature may be off (RFC 8945 §10).
                App.Clock.Advance(TimeSpan.FromMilliseconds(50));
                return await condition();
            },
            () => $"{what}; there are {string.Join("; ", RowsAsync().GetAwaiter().GetResult().Select(row => $"{row.Name} {row.Type} {row.State} {row.Code} {row.Reason} due {row.DueAt - App.Clock.GetUtcNow()}"))}");

        public async Task<string> LabelAsync(string domain)
        {
            await using var db = App.Services.GetRequiredService<Store>().Open();
            return await db.Domains.Where(row => row.Name == domain).Select(row => row.Label).SingleAsync(Cancel);
        }

        public async Task<List<DnsRecordStatus>> RowsAsync()
        {
            await using var db = App.Services.GetRequiredService<Store>().Open();
            return await db.DnsRecords.ToListAsync(Cancel);
        }

        public async Task<IReadOnlyList<string>> TextsAsync(string label) =>
            (await App.Services.GetRequiredService<Resolver>().FindTextsAsync($"{label}._mta-sts.{Zone}", Cancel)).Records;

        public async Task<IEnumerable<string>> AddressesAsync(string label, AddressFamily family) =>
            (await App.Services.GetRequiredService<Resolver>().FindAddressesAsync($"{label}.host.{Zone}", family, Cancel)).Records.Select(address => address.ToString());

        public Task UpdateAsync(string line) => Nsupdate.SendAsync(Bind.EndPoint, _key, Zone, line);

        public async Task TakeServerAwayAsync()
        {
            await Bind.DisposeAsync();
            _isServerAway = true;
        }

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            if (!_isServerAway)
            {
                await Bind.DisposeAsync();
            }
        }
    }
}
