using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Comparison;
using MtaSts.Host.DnsRecords.Publishers;
using MtaSts.Host.Lookups;
using MtaSts.Host.Tests.DnsRecords.Gate;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Comparison;

/// <summary>The comparison by itself, with a zone that a test says, and with what happens while it is listed.</summary>
public sealed class ZoneComparisonTests(PostgresServer postgres)
{
    private const string Zone = "sts.example";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task Rows_in_flight_are_not_misjudged(StoreKind kind)
    {
        await using var rig = await Rig.StartAsync(kind, postgres);
        await rig.AddAsync(Row("same", "1"), Row("lost", "1"), Row("other", "1"), Row("edited", "1"), Row("pending", "1") with { State = DnsRecordState.Publishing }, Row("removed", "1"), Row("verifying", "1") with { State = DnsRecordState.Verifying });
        rig.Zone.Records.AddRange([Text("same", "1"), Text("other", "2"), Text("added", "1"), Text("removed", "1"), Text("stranger", "9")]);
        // While the zone is listed, edits go on: each is in the zone before or after the list, and never in both views as the list has it.
        rig.Zone.AtTheEnd = () => rig.ChangeAsync(async db =>
        {
            db.DnsRecords.Add(Status(Row("added", "1")));
            db.DnsRecords.Add(Status(Row("added-later", "1")));
            await db.DnsRecords.Where(row => row.Name == "edited._mta-sts.sts.example").ExecuteUpdateAsync(set => set.SetProperty(row => row.Offered, "\"2\""), Cancel);
            await db.DnsRecords.Where(row => row.Name == "pending._mta-sts.sts.example").ExecuteUpdateAsync(set => set.SetProperty(row => row.State, DnsRecordState.Live), Cancel);
            await db.DnsRecords.Where(row => row.Name == "removed._mta-sts.sts.example").ExecuteDeleteAsync(Cancel);
        });

        Assert.True(await rig.RunAsync());
        Assert.Equal(["lost._mta-sts.sts.example Missing", "other._mta-sts.sts.example Different"], rig.GivenBack);
        var report = await rig.ReportAsync();
        Assert.Equal((5, 2, 1), (report.Records, report.Missing, report.Unknown));
        Assert.Contains("stranger._mta-sts.sts.example", report.Items, StringComparison.Ordinal);
    }

    [Theory, BothStores]
    public async Task Labels_of_domains_and_of_former_ones_are_known_also_without_rows(StoreKind kind)
    {
        await using var rig = await Rig.StartAsync(kind, postgres);
        await rig.App.AddTenantAsync();
        await rig.App.PutDomainAsync("example.test");
        var label = (await rig.App.RowAsync("example.test")).Label;
        using (await rig.App.Admin.DeleteAsync(new Uri("domains/example.test?now=true", UriKind.Relative), Cancel))
        {
        }

        await rig.App.PutDomainAsync("other.test");
        var other = (await rig.App.RowAsync("other.test")).Label;
        rig.Zone.Records.AddRange(
        [
            new($"{label}.host.{Zone}", "A", "192.0.2.1"),
            new($"{other}.host.{Zone}", "CNAME", "elsewhere."),
            new($"{other}.host.{Zone}", "RRSIG", "of signing"),
            new($"deeper.{other}.host.{Zone}", "A", "192.0.2.1"),
            new($"stranger.host.{Zone}", "A", "192.0.2.1"),
            new($"stranger.host.{Zone}", "A", "192.0.2.2"),
            new($"stranger.host.{Zone}", "NSEC", "of signing"),
            new($"www.{Zone}", "A", "192.0.2.1"),
            new(Zone, "SOA", "…"),
        ]);

        Assert.True(await rig.RunAsync());
        var report = await rig.ReportAsync();
        Assert.Equal((5, 0, 2), (report.Records, report.Missing, report.Unknown));
        Assert.Equal(
            $$"""{"missing":[],"unknown":[{"name":"deeper.{{other}}.host.{{Zone}}","type":"A","data":["192.0.2.1"]},{"name":"stranger.host.{{Zone}}","type":"A","data":["192.0.2.1","192.0.2.2"]}]}""",
            report.Items);
    }

    [Theory, BothStores]
    public async Task Many_rows_and_strangers_go_page_by_page_and_the_first_hundred_are_kept(StoreKind kind)
    {
        await using var rig = await Rig.StartAsync(kind, postgres);
        await rig.AddAsync([.. Enumerable.Range(0, 2500).Select(number => Row($"n{number:D4}", "1"))]);
        rig.Zone.Records.AddRange(Enumerable.Range(0, 1200).Select(number => Text($"s{number:D4}", "1")));

        Assert.True(await rig.RunAsync());
        Assert.Equal(Enumerable.Range(0, 2500).Select(number => $"n{number:D4}._mta-sts.sts.example Missing"), rig.GivenBack);
        var report = await rig.ReportAsync();
        Assert.Equal((1200, 2500, 1200), (report.Records, report.Missing, report.Unknown));
        Assert.Contains("s0099", report.Items, StringComparison.Ordinal);
        Assert.DoesNotContain("s0100", report.Items, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_breaks_off_gives_nothing_back_and_what_was_found_before_stays()
    {
        await using var rig = await Rig.StartAsync(StoreKind.Sqlite, postgres);
        await rig.AddAsync(Row("same", "1"), Row("later", "1"));
        rig.Zone.Records.AddRange([Text("same", "1"), Text("later", "1"), Text("stranger", "1")]);
        Assert.True(await rig.RunAsync());
        var before = await rig.ReportAsync();

        rig.Zone.Records.RemoveAll(record => !record.Name.StartsWith("same", StringComparison.Ordinal));
        rig.Zone.AtTheEnd = () => throw new DnsPublishException("dns.transfer.unreachable", "cut off");
        Assert.False(await rig.RunAsync());
        Assert.Empty(rig.GivenBack);
        var broken = await rig.ReportAsync();
        Assert.Equal(("dns.transfer.unreachable", "cut off", before.ComparedAt, 1, before.Items), (broken.ProblemCode, broken.Problem, broken.ComparedAt, broken.Unknown, broken.Items));

        rig.Zone.AtTheEnd = null;
        Assert.True(await rig.RunAsync());
        Assert.Equal(["later._mta-sts.sts.example Missing"], rig.GivenBack);
        var mended = await rig.ReportAsync();
        Assert.Equal((null, 0, null), (mended.ProblemCode, mended.Unknown, mended.UnknownSince));
    }

    private static ListedRecord Text(string label, string text) => new($"{label}._mta-sts.{Zone}", "TXT", $"\"{text}\"");

    private static LiveRow Row(string label, string text) => new(label, text, DnsRecordState.Live);

    private static DnsRecordStatus Status(LiveRow row) => new()
    {
        Name = $"{row.Label}._mta-sts.{Zone}",
        Type = "TXT",
        State = row.State,
        Wanted = $"\"{row.Text}\"",
        Offered = $"\"{row.Text}\"",
    };

    private sealed record LiveRow(string Label, string Text, DnsRecordState State);

    private sealed class ScriptedZone : IDnsPublisher, IZoneListing
    {
        public List<ListedRecord> Records { get; } = [];

        /// <summary>Happens after the last record was listed.</summary>
        public Func<Task>? AtTheEnd { get; set; }

        public int LargestBatch => 1;

        public Task ApplyAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken) => throw new InvalidOperationException("A comparison writes nothing.");

        public async IAsyncEnumerable<ListedRecord> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var record in Records)
            {
                yield return record;
            }

            await (AtTheEnd?.Invoke() ?? Task.CompletedTask);
        }
    }

    private sealed class Rig(HostApp app) : IAsyncDisposable
    {
        private readonly List<string> _givenBack = [];

        public HostApp App => app;

        public ScriptedZone Zone { get; } = new();

        public IReadOnlyList<string> GivenBack => _givenBack;

        // Without a zone of its own: no loop of it touches the rows.
        public static async Task<Rig> StartAsync(StoreKind kind, PostgresServer postgres) => new(await HostApp.StartAsync(kind, postgres));

        public Task AddAsync(params LiveRow[] rows) => ChangeAsync(db =>
        {
            db.DnsRecords.AddRange(rows.Select(Status));
            return Task.CompletedTask;
        });

        public Task ChangeAsync(Func<HostDbContext, Task> change) => app.Get<Store>().WriteAsideAsync(change, Cancel);

        public Task<bool> RunAsync()
        {
            _givenBack.Clear();
            var comparison = new ZoneComparison([Zone], app.Get<Store>(), Options.Create(new DnsOptions { Zone = ZoneComparisonTests.Zone }), app.Clock, NullLogger<ZoneComparison>.Instance);
            return comparison.RunAsync(
                (page, _) =>
                {
                    _givenBack.AddRange(page.Select(record => $"{record.Name} {record.Fault}"));
                    return Task.CompletedTask;
                },
                Cancel);
        }

        public async Task<ZoneReport> ReportAsync()
        {
            await using var db = app.Get<Store>().Open();
            return await db.ZoneReports.SingleAsync(Cancel);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
