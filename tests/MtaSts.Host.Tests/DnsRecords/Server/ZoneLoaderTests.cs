using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Dns;
using MtaSts.Host.Data;
using MtaSts.Host.DnsRecords;
using MtaSts.Host.DnsRecords.Server;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Server;

public sealed class ZoneLoaderTests(PostgresServer postgres)
{
    private const string Host = NameServerRig.Host;
    private const string Policy = NameServerRig.Policy;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task What_is_offered_is_answered_at_once_and_what_is_withdrawn_goes(StoreKind kind)
    {
        await using var rig = await NameServerRig.StartAsync(kind, postgres);
        Assert.Equal(["NXDOMAIN"], await rig.AskAsync(Policy, DnsType.Txt));

        await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""]);
        await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=2;\"");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=2;\""]);
        await rig.OfferAsync(Policy, "TXT");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NXDOMAIN"]);
    }

    [Theory, BothStores]
    public async Task An_edit_is_in_the_zone_by_itself_and_a_removal_empties_it(StoreKind kind)
    {
        await using var rig = await NameServerRig.StartAsync(kind, postgres, publishes: true);
        await rig.App.AddTenantAsync();
        var first = await rig.App.PutDomainAsync("example.test");
        string label;
        await using (var db = rig.App.Services.GetRequiredService<Store>().Open())
        {
            label = await db.Domains.Select(row => row.Label).SingleAsync(Cancel);
        }

        var (text, host) = ($"{label}._mta-sts.{Asking.ZoneName}", $"{label}.host.{Asking.ZoneName}");
        await rig.AnswersAsync(text, DnsType.Txt, ["NOERROR", $"\"v=STSv1; id={first.GetProperty("policyId").GetString()};\""], advance: true);
        await rig.AnswersAsync(host, DnsType.A, ["NOERROR", "192.0.2.10"], advance: true);
        await rig.AnswersAsync(host, DnsType.Aaaa, ["NOERROR", "2001:db8::10"], advance: true);

        var second = await rig.App.PutDomainAsync("example.test", maxAge: 86400);
        await rig.AnswersAsync(text, DnsType.Txt, ["NOERROR", $"\"v=STSv1; id={second.GetProperty("policyId").GetString()};\""], advance: true);

        using (await rig.App.Admin.DeleteAsync(new Uri("domains/example.test?now=true", UriKind.Relative), Cancel))
        {
        }

        await rig.AnswersAsync(text, DnsType.Txt, ["NXDOMAIN"], advance: true);
        await rig.AnswersAsync(host, DnsType.A, ["NXDOMAIN"], advance: true);
        await Eventually.TrueAsync(
            async () =>
            {
                rig.App.Clock.Advance(TimeSpan.FromSeconds(1));
                await using var db = rig.App.Services.GetRequiredService<Store>().Open();
                return !await db.DnsRecords.AnyAsync(Cancel);
            },
            () => "nothing is left to look after");
    }

    [Theory, BothStores]
    public async Task All_is_there_at_the_first_question_after_a_start(StoreKind kind)
    {
        var database = kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : null;
        await using var first = await NameServerRig.StartAsync(kind, connectionString: database);
        await first.OfferAsync(Host, "A", "192.0.2.1", "192.0.2.2");
        await first.OfferAsync(Host, "CAA", "0 issue \"ca.example\"");
        await first.AnswersAsync(Host, DnsType.Caa, ["NOERROR", "0 issue \"ca.example\""]);
        database ??= $"Data Source={Path.Combine(first.App.Directory, "mtasts.db")}";

        await using var second = await NameServerRig.StartAsync(kind, connectionString: database);

        Assert.Equal(["NOERROR", "192.0.2.1", "192.0.2.2"], await second.AskAsync(Host, DnsType.A));
        Assert.Equal(["NOERROR", "0 issue \"ca.example\""], await second.AskAsync(Host, DnsType.Caa));
    }

    [Fact]
    public async Task Two_nodes_answer_the_same_after_a_change_serial_included()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var first = await NameServerRig.StartAsync(StoreKind.PostgreSql, connectionString: database);
        await using var second = await NameServerRig.StartAsync(StoreKind.PostgreSql, connectionString: database);
        await first.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await first.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""]);
        await second.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""], advance: true);
        var before = await first.AskAsync(Asking.ZoneName, DnsType.Soa);
        Assert.Equal(before, await second.AskAsync(Asking.ZoneName, DnsType.Soa));

        second.App.Clock.Advance(TimeSpan.FromSeconds(5));
        await second.OfferAsync(Policy, "TXT", "\"v=STSv1; id=2;\"");
        await second.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=2;\""]);
        await first.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=2;\""], advance: true);
        var after = await first.AskAsync(Asking.ZoneName, DnsType.Soa);
        Assert.Equal(after, await second.AskAsync(Asking.ZoneName, DnsType.Soa));
        Assert.InRange(unchecked(Serial(after) - Serial(before)), 1u, (uint)int.MaxValue);
    }

    [Fact]
    public async Task Each_change_has_a_higher_serial_whatever_the_clock_says_and_a_look_has_none()
    {
        await using var rig = await NameServerRig.StartAsync();
        await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""]);
        await SerialIsStoredAsync(rig);
        var last = Serial(await rig.AskAsync(Asking.ZoneName, DnsType.Soa));
        // The clock stands still, goes on, and is set back.
        foreach (var (id, step) in ((int, TimeSpan)[])[(2, default), (3, default), (4, TimeSpan.FromMinutes(1)), (5, TimeSpan.FromDays(-1))])
        {
            rig.App.Clock.AdjustTime(rig.App.Clock.GetUtcNow() + step);
            await rig.OfferAsync(Policy, "TXT", $"\"v=STSv1; id={id};\"");
            await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", $"\"v=STSv1; id={id};\""]);
            await SerialIsStoredAsync(rig);
            var next = Serial(await rig.AskAsync(Asking.ZoneName, DnsType.Soa));
            Assert.InRange(unchecked(next - last), 1u, (uint)int.MaxValue);
            last = next;
        }

        await using var db = rig.App.Services.GetRequiredService<Store>().Open();
        var row = await db.DnsRecords.AsNoTracking().SingleAsync(Cancel);
        row.CheckedAt = rig.App.Clock.GetUtcNow();
        await rig.App.Services.GetRequiredService<RecordStore>().SaveAsync([row], [], Cancel);
        Assert.Equal(last, ZoneSerial.Of((await db.StoreState.SingleAsync(Cancel)).ZoneSerial));
    }

    [Fact]
    public async Task The_serial_does_not_fall_back_when_the_newest_row_has_gone_and_the_node_starts_again()
    {
        await using var first = await NameServerRig.StartAsync();
        await first.OfferAsync(Host, "A", "192.0.2.1");
        first.App.Clock.Advance(TimeSpan.FromDays(1));
        await first.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await first.OfferAsync(Policy, "TXT");
        await first.AnswersAsync(Policy, DnsType.Txt, ["NXDOMAIN"]);
        await SerialIsStoredAsync(first);
        var before = Serial(await first.AskAsync(Asking.ZoneName, DnsType.Soa));
        await first.WriteAsync(db => db.DnsRecords.Where(row => row.Name == Policy).ExecuteDeleteAsync(Cancel));

        await using var second = await NameServerRig.StartAsync(connectionString: $"Data Source={Path.Combine(first.App.Directory, "mtasts.db")}");
        Assert.Equal(before, Serial(await second.AskAsync(Asking.ZoneName, DnsType.Soa)));
    }

    [Fact]
    public async Task A_row_of_a_clock_that_was_ahead_hides_no_later_change()
    {
        await using var rig = await NameServerRig.StartAsync();
        await rig.WriteAsync(db =>
        {
            db.DnsRecords.Add(NameServerRig.Row(Host, "A", "192.0.2.1", rig.App.Clock.GetUtcNow().AddYears(1)));
            return Task.CompletedTask;
        });
        await rig.AnswersAsync(Host, DnsType.A, ["NOERROR", "192.0.2.1"], advance: true);

        await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""]);
    }

    [Fact]
    public async Task A_row_that_went_unseen_goes_within_the_hour()
    {
        await using var rig = await NameServerRig.StartAsync();
        await rig.OfferAsync(Host, "A", "192.0.2.1");
        await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""]);
        await rig.WriteAsync(db => db.DnsRecords.Where(row => row.Name == Host).ExecuteDeleteAsync(Cancel));

        rig.App.Clock.Advance(TimeSpan.FromHours(1));
        await rig.AnswersAsync(Host, DnsType.A, ["NXDOMAIN"]);
        Assert.Equal(["NOERROR", "\"v=STSv1; id=1;\""], await rig.AskAsync(Policy, DnsType.Txt));
    }

    [Fact]
    public async Task A_damaged_row_leaves_what_was_answered_before_and_hinders_no_other()
    {
        await using var rig = await NameServerRig.StartAsync();
        await rig.OfferAsync(Host, "A", "192.0.2.1");
        await rig.AnswersAsync(Host, DnsType.A, ["NOERROR", "192.0.2.1"]);
        await rig.OfferAsync(Host, "A", "192.0.2.999");
        await rig.OfferAsync($"a.b.c.{Asking.ZoneName}", "A", "192.0.2.1");
        await rig.OfferAsync("", "A", "192.0.2.1");
        await rig.OfferAsync(Host, "MX", "10 mail.example.");
        await rig.OfferAsync("label.host.former.test", "A", "192.0.2.1");
        await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""]);
        Assert.Equal(["NOERROR", "192.0.2.1"], await rig.AskAsync(Host, DnsType.A));

        // A full load keeps it as well.
        await rig.WriteAsync(db => db.DnsRecords.Where(row => row.Name == Policy).ExecuteDeleteAsync(Cancel));
        rig.App.Clock.Advance(TimeSpan.FromHours(1));
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NXDOMAIN"]);
        Assert.Equal(["NOERROR", "192.0.2.1"], await rig.AskAsync(Host, DnsType.A));
    }

    [Fact]
    public async Task SQLite_away_the_zone_is_answered_and_changes_come_when_it_is_back()
    {
        await using var rig = await NameServerRig.StartAsync();
        await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""]);
        var file = Path.Combine(rig.App.Directory, "mtasts.db");
        File.Move(file, file + ".away");
        await AnswersWhileAwayAsync(rig);

        File.Move(file + ".away", file);
        await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=2;\"");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=2;\""], advance: true);
    }

    [Fact]
    public async Task PostgreSQL_stopped_the_zone_is_answered_and_changes_come_when_it_is_back()
    {
        await using var own = new PostgresServer();
        await using var rig = await NameServerRig.StartAsync(StoreKind.PostgreSql, own);
        await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""]);
        await own.StopAsync();
        await AnswersWhileAwayAsync(rig);

        await own.StartAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=2;\"");
                    return true;
                }
                catch (Exception exception) when (StoreFaults.IsAway(exception))
                {
                    return false;
                }
            },
            () => "the store takes writes again");
        await rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=2;\""], advance: true);
    }

    private static async Task AnswersWhileAwayAsync(NameServerRig rig)
    {
        var logs = rig.App.Services.GetRequiredService<StoreHealth>();
        for (var look = 0; look < 20; look++)
        {
            rig.App.Clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(["NOERROR", "\"v=STSv1; id=1;\""], await rig.AskAsync(Policy, DnsType.Txt));
            Assert.Equal(["NXDOMAIN"], await rig.AskAsync(Host, DnsType.A));
        }

        await Eventually.TrueAsync(
            () =>
            {
                rig.App.Clock.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(logs.Fault is not null);
            },
            () => "somebody noticed that the store is away");
        Assert.Equal(["NOERROR", "\"v=STSv1; id=1;\""], await rig.AskAsync(Policy, DnsType.Txt));
    }

    private static Task SerialIsStoredAsync(NameServerRig rig) => Eventually.TrueAsync(
        async () =>
        {
            await using var db = rig.App.Services.GetRequiredService<Store>().Open();
            return Serial(await rig.AskAsync(Asking.ZoneName, DnsType.Soa)) == ZoneSerial.Of((await db.StoreState.SingleAsync(Cancel)).ZoneSerial);
        },
        () => "the serial is the store's");

    private static uint Serial(string[] soa) => uint.Parse(soa[1].Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
}
