using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

/// <summary>Removals to their end, judged by a book of all texts that were ever served, which knows nothing of the service's own dates (RFC 8461 §8.3).</summary>
public sealed class RemovalYearTests(PostgresServer postgres)
{
    private static readonly TimeSpan Proxy = TimeSpan.FromSeconds(60);

    private sealed record Served(DateTimeOffset From, StsMode Mode, int MaxAge);

    [Theory]
    [InlineData(StoreKind.Sqlite, 1)]
    [InlineData(StoreKind.Sqlite, 2)]
    [InlineData(StoreKind.PostgreSql, 3)]
    public async Task In_a_year_of_edits_removals_and_restarts_nothing_ends_early_and_in_the_end_all_is_gone(StoreKind kind, int seed)
    {
        await using var rig = await RemovalRig.StartAsync(kind, postgres);
        var random = new Random(seed);
        string[] names = ["a.example", "b.example", "c.example", "d.example"];
        var book = names.ToDictionary(name => name, _ => new List<Served>());
        var announced = new HashSet<string>();
        var endedAt = new Dictionary<string, DateTimeOffset>();
        var (ended, restarts) = (0, 0);

        // A hundred days of edits, then nobody touches anything.
        var quietFrom = rig.Now.AddDays(100);
        var last = quietFrom.AddSeconds(31_557_600).AddDays(10);
        foreach (var name in names)
        {
            await ServeAsync(name, StsMode.Enforce, 31_557_600 / (1 + Array.IndexOf(names, name)));
        }

        while (rig.Now < last)
        {
            if (rig.Now < quietFrom)
            {
                await ActAsync(names[random.Next(names.Length)]);
            }
            else
            {
                foreach (var name in names)
                {
                    await RemoveAsync(name);
                }
            }

            await rig.PublishAsync();
            await rig.PassAsync(TimeSpan.FromHours(random.Next(1, rig.Now < quietFrom ? 24 : 40)));
            if (random.Next(20) == 0)
            {
                restarts++;
                await rig.RestartAsync();
            }

            var before = await rig.RecordsAsync();
            announced.UnionWith(before.Values.Where(record => record.State == DnsRecordState.Live).Select(record => record.Published!));
            await rig.Node.RoundAsync(TestContext.Current.CancellationToken);
            foreach (var name in names)
            {
                await JudgeAsync(name, before);
            }
        }

        Assert.True(ended >= names.Length && restarts > 5, $"{ended} {restarts}");
        foreach (var name in names)
        {
            Assert.Null(await rig.FindAsync(name));
        }

        async Task ActAsync(string name)
        {
            switch (random.Next(6))
            {
                case 0 or 1:
                    await RemoveAsync(name);
                    break;
                case 2:
                    // Also an end to a removal, or a domain that comes back.
                    await ServeAsync(name, StsMode.Enforce, random.Next(3) == 0 ? 31_557_600 : random.Next(0, 10) * 86_400);
                    break;
                case 3 when await rig.FindAsync(name) is { State: DomainState.Active } row:
                    await ServeAsync(name, row.Mode == StsMode.Enforce ? StsMode.Testing : StsMode.Enforce, random.Next(86_400, 1_000_000));
                    break;
                case 4 when await rig.FindAsync(name) is { State: DomainState.Active } row:
                    await ServeAsync(name, StsMode.None, 86_400);
                    break;
                default:
                    break;
            }
        }

        async Task ServeAsync(string name, StsMode mode, int maxAge)
        {
            await rig.PutAsync(name, mode, maxAge);
            endedAt.Remove(name);
            book[name].Add(new Served(rig.Now, mode, maxAge));
        }

        async Task RemoveAsync(string name)
        {
            if (await rig.FindAsync(name) is { State: DomainState.Active })
            {
                var row = await rig.RemoveAsync(name);
                Assert.Equal((StsMode.None, 86_400), (row.Mode, row.MaxAge));
                book[name].Add(new Served(rig.Now, StsMode.None, 86_400));
            }
        }

        async Task JudgeAsync(string name, Dictionary<long, DnsRecordStatus> before)
        {
            var row = await rig.FindAsync(name);
            var texts = book[name];
            for (var index = 0; index < texts.Count; index++)
            {
                // Served until the next came, and by the last moment somebody may have got it from a proxy.
                var until = (index + 1 < texts.Count ? texts[index + 1].From : row is null ? DateTimeOffset.MinValue : rig.Now) + (row is null && index + 1 == texts.Count ? TimeSpan.Zero : Proxy + TimeSpan.FromSeconds(texts[index].MaxAge));
                if (texts[index].Mode != StsMode.None && rig.Now < until)
                {
                    Assert.True(row is { RecordEndedAt: null }, $"{name}: at {rig.Now:u} a text of {texts[index]} may be held until {until:u}.");
                }
            }

            if (row is null)
            {
                if (endedAt.Remove(name, out var recordEnd))
                {
                    // The host outlives the record by what a sender may hold of `none`.
                    Assert.True(rig.Now >= recordEnd + Proxy + TimeSpan.FromDays(1), $"{name}: the host ended at {rig.Now:u}, the record at {recordEnd:u}.");
                    ended++;
                }

                return;
            }

            if (row.RecordEndedAt is { } end && endedAt.TryAdd(name, end))
            {
                Assert.Equal((DomainState.Removing, StsMode.None), (row.State, row.Mode));
                Assert.Contains($"\"{StsRecord.Write(row.PolicyId)}\"", announced);
                Assert.Equal(DnsRecordState.Live, before[row.Id].State);
            }
        }
    }

    [Fact]
    public async Task Nothing_ends_before_none_was_announced_nor_the_host_before_the_record_is_gone()
    {
        await using var rig = await RemovalRig.StartAsync(StoreKind.Sqlite, postgres);
        await rig.PutAsync("a.example", StsMode.Enforce, 86_400);
        await rig.PublishAsync();
        await rig.PublishAsync();
        var removed = await rig.RemoveAsync("a.example");
        for (var day = 0; day < 10; day++)
        {
            // The publisher is away: the old id stays in DNS.
            await rig.PassAsync(TimeSpan.FromDays(1));
            await RoundAsync(rig);
        }

        Assert.Null((await rig.FindAsync("a.example"))!.RecordEndedAt);
        await rig.PublishAsync();
        await RoundAsync(rig);
        Assert.Null((await rig.FindAsync("a.example"))!.RecordEndedAt);
        await rig.PublishAsync();
        await RoundAsync(rig);
        Assert.Equal(rig.Now, (await rig.FindAsync("a.example"))!.RecordEndedAt);
        Assert.NotEqual(removed.Revision, (await rig.FindAsync("a.example"))!.Revision);

        await rig.PassAsync(TimeSpan.FromDays(10));
        await RoundAsync(rig);
        Assert.NotNull(await rig.FindAsync("a.example"));

        // Until the last moment a PUT calls it all off.
        var back = await rig.PutAsync("a.example", StsMode.Enforce, 86_400);
        Assert.Equal((DomainState.Active, null, null), (back.State, back.RecordEndedAt, back.RemovalStartedAt));
    }

    [Fact]
    public async Task Where_people_publish_the_host_goes_when_their_record_does_or_a_month_later()
    {
        await using var rig = await RemovalRig.StartAsync(StoreKind.Sqlite, postgres, DnsPublisherKind.Manual);
        await rig.PutAsync("a.example", StsMode.Enforce, 86_400);
        await rig.RemoveAsync("a.example");
        await rig.PassAsync(TimeSpan.FromDays(1.1));
        await RoundAsync(rig);
        var ended = (await rig.FindAsync("a.example"))!.RecordEndedAt;
        Assert.Equal(rig.Now, ended);

        // Nobody answers whether it is gone.
        await rig.PassAsync(TimeSpan.FromDays(29));
        await RoundAsync(rig);
        Assert.NotNull(await rig.FindAsync("a.example"));
        await rig.PassAsync(TimeSpan.FromDays(1));
        await RoundAsync(rig);
        Assert.Null(await rig.FindAsync("a.example"));
    }

    [Fact]
    public async Task A_clock_that_jumps_ends_nothing_for_a_day_not_even_after_a_restart()
    {
        await using var rig = await RemovalRig.StartAsync(StoreKind.Sqlite, postgres, DnsPublisherKind.Manual);
        await rig.PutAsync("a.example", StsMode.Enforce, 31_557_600);
        await rig.RemoveAsync("a.example");
        await RoundAsync(rig);

        rig.Clock.SetBy = TimeSpan.FromDays(400);
        await rig.BeatAsync();
        await RoundAsync(rig);
        Assert.Null((await rig.FindAsync("a.example"))!.RecordEndedAt);
        Assert.Contains(rig.Logs.Lines, line => line.Contains("No removal goes on", StringComparison.Ordinal));
        await rig.PassAsync(TimeSpan.FromHours(23));
        await rig.RestartAsync();
        await RoundAsync(rig);
        Assert.Null((await rig.FindAsync("a.example"))!.RecordEndedAt);

        // Set right, and that is a step again; the old wait does not last for four hundred days.
        rig.Clock.SetBy = TimeSpan.Zero;
        await RoundAsync(rig);
        await rig.PassAsync(TimeSpan.FromHours(25));
        for (var day = 0; day < 364; day++)
        {
            await rig.PassAsync(TimeSpan.FromDays(1));
        }

        await RoundAsync(rig);
        Assert.NotNull((await rig.FindAsync("a.example"))!.RecordEndedAt);
    }

    [Fact]
    public async Task A_start_long_after_all_that_the_store_has_seen_ends_nothing_for_a_day()
    {
        await using var rig = await RemovalRig.StartAsync(StoreKind.Sqlite, postgres, DnsPublisherKind.Manual);
        await rig.PutAsync("a.example", StsMode.Enforce, 86_400);
        await rig.RemoveAsync("a.example");
        rig.Clock.Advance(TimeSpan.FromDays(3));
        await rig.RestartAsync();
        await RoundAsync(rig);
        Assert.Null((await rig.FindAsync("a.example"))!.RecordEndedAt);
        await rig.PassAsync(TimeSpan.FromDays(1.1));
        await RoundAsync(rig);
        Assert.NotNull((await rig.FindAsync("a.example"))!.RecordEndedAt);
    }

    private static Task RoundAsync(RemovalRig rig) => rig.Node.RoundAsync(TestContext.Current.CancellationToken);
}
