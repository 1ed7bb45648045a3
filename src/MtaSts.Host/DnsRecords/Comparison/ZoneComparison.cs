using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Publishers;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Comparison;

/// <summary>
/// Compares all that `Dns:Zone` holds with the rows: what was published and is not there is given back to publication, names that nobody knows are told and
/// stay. Writes no rows of records itself, and deletes nothing. Nobody waits for it.
/// </summary>
internal sealed partial class ZoneComparison(
    IEnumerable<IDnsPublisher> publishers, Store store, IOptions<DnsOptions> options, TimeProvider clock, ILogger<ZoneComparison> logger)
{
    private const int Page = 1000;
    private const int NamesToTell = 5;

    private readonly IZoneListing? _listing = publishers.SingleOrDefault() as IZoneListing;
    private readonly string _zone = options.Value.Zone;
    private readonly ZoneNames _names = new(options.Value.Zone);

    /// <summary>Nobody but the service has the zone, or only people write it: there is nothing to compare.</summary>
    public bool IsPossible => _listing is not null;

    /// <param name="giveBack">Takes a page of what is wrong; may let it wait.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether the zone could be compared.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<bool> RunAsync(Func<IReadOnlyList<LostRecord>, CancellationToken, Task> giveBack, CancellationToken cancellationToken)
    {
        var began = clock.GetUtcNow();
        try
        {
            var view = await ReadRowsAsync(cancellationToken);
            var unknown = new UnknownNames(store, _names);
            long records = 0;
            await foreach (var record in _listing!.ListAsync(cancellationToken))
            {
                if (!_names.IsOurs(record.Name) || ZoneNames.IsOfSigning(record.Type))
                {
                    continue;
                }

                records++;
                if (!view.Find(record.Name, record.Type, record.Data))
                {
                    await unknown.AddAsync(record, cancellationToken);
                }
            }

            await unknown.EndAsync(cancellationToken);
            var (missing, first) = await GiveBackAsync(view, giveBack, cancellationToken);
            await KeepAsync(began, records, missing, first, unknown, cancellationToken);
            return true;
        }
        catch (DnsPublishException exception)
        {
            await KeepAsync(exception, cancellationToken);
            return false;
        }
    }

    private async Task<ZoneView> ReadRowsAsync(CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var view = new ZoneView(await db.DnsRecords.CountAsync(cancellationToken));
        await foreach (var row in RowsAsync(cancellationToken))
        {
            view.Expect(row.Name, row.Type, row.State == DnsRecordState.Live ? row.Offered : null);
        }

        return view;
    }

    private async Task<(int Count, List<ZoneItem> First)> GiveBackAsync(ZoneView view, Func<IReadOnlyList<LostRecord>, CancellationToken, Task> giveBack, CancellationToken cancellationToken)
    {
        var (count, first, page) = (0, new List<ZoneItem>(), new List<LostRecord>());
        await foreach (var row in RowsAsync(cancellationToken))
        {
            if (row is not { State: DnsRecordState.Live, Offered: { } offered } || !_names.IsOurs(row.Name) || view.FaultOf(row.Name, row.Type, offered) is var fault && fault == ZoneFault.None)
            {
                continue;
            }

            count++;
            page.Add(new LostRecord(row.Name, row.Type, offered, fault));
            if (first.Count < ZoneItems.Most)
            {
                first.Add(new ZoneItem(row.Name, row.Type, [.. RecordRules.Lines(offered)]));
            }

            if (page.Count == Page)
            {
                await giveBack(page, cancellationToken);
                page = [];
            }
        }

        if (page.Count > 0)
        {
            await giveBack(page, cancellationToken);
        }

        return (count, first);
    }

    // Page by page: one read of all of them would keep SQLite from clearing its log for as long.
    private async IAsyncEnumerable<(string Name, string Type, DnsRecordState State, string? Offered)> RowsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (name, type) = ("", "");
        while (true)
        {
            await using var db = store.Open();
            var page = await db.DnsRecords.Where(row => row.Name.CompareTo(name) >= 0 && (row.Name.CompareTo(name) > 0 || row.Type.CompareTo(type) > 0))
                .OrderBy(row => row.Name).ThenBy(row => row.Type).Take(Page).Select(row => new { row.Name, row.Type, row.State, row.Offered }).ToListAsync(cancellationToken);
            foreach (var row in page)
            {
                yield return (row.Name, row.Type, row.State, row.Offered);
            }

            if (page.Count < Page)
            {
                yield break;
            }

            (name, type) = (page[^1].Name, page[^1].Type);
        }
    }

    private async Task KeepAsync(DateTimeOffset began, long records, int missing, List<ZoneItem> firstMissing, UnknownNames unknown, CancellationToken cancellationToken)
    {
        var items = JsonSerializer.Serialize(new ZoneItems(firstMissing, unknown.First), ZoneJson.Default.ZoneItems);
        var isNews = false;
        await ChangeAsync(
            row =>
            {
                isNews = row.ComparedAt is null || row.ProblemCode is not null || row.Unknown != unknown.Count || missing > 0;
                row.UnknownSince = unknown.Count == 0 ? null : row.UnknownSince ?? began;
                (row.ComparedAt, row.Records, row.Missing, row.Unknown, row.Items) = (began, records, missing, unknown.Count, items);
                (row.ProblemCode, row.Problem, row.ProblemSince) = (null, null, null);
            },
            cancellationToken);
        if (!isNews)
        {
            return;
        }

        Log.Compared(logger, _zone, records, missing, unknown.Count);
        if (missing > 0)
        {
            Log.Missing(logger, missing, _zone, Tell(firstMissing));
        }

        if (unknown.Count > 0)
        {
            Log.Unknown(logger, unknown.Count, _zone, Tell(unknown.First));
        }
    }

    private async Task KeepAsync(DnsPublishException problem, CancellationToken cancellationToken)
    {
        var isNews = false;
        await ChangeAsync(
            row =>
            {
                isNews = row.ProblemCode != problem.Code;
                row.ProblemSince = isNews ? clock.GetUtcNow() : row.ProblemSince;
                (row.ProblemCode, row.Problem) = (problem.Code, problem.Message.Length > 2000 ? problem.Message[..2000] : problem.Message);
            },
            cancellationToken);
        if (isNews)
        {
            Log.NotCompared(logger, _zone, problem.Code, problem.Message);
        }
    }

    private Task ChangeAsync(Action<ZoneReport> change, CancellationToken cancellationToken) => store.WriteAsideAsync(
        async db =>
        {
            var row = await db.ZoneReports.AsTracking().SingleOrDefaultAsync(row => row.Zone == _zone, cancellationToken);
            if (row is null)
            {
                row = new ZoneReport { Zone = _zone, Items = """{"missing":[],"unknown":[]}""" };
                db.ZoneReports.Add(row);
            }

            change(row);
        },
        cancellationToken);

    private static string Tell(List<ZoneItem> items) => string.Join(", ", items.Take(NamesToTell).Select(item => $"{item.Name} {item.Type}"));

    private static partial class Log
    {
        [LoggerMessage(510, LogLevel.Information, "The zone {Zone} was compared: {Records} records below our names, {Missing} record sets are missing or different, {Unknown} are nobody's here")]
        public static partial void Compared(ILogger logger, string zone, long records, int missing, int unknown);

        [LoggerMessage(511, LogLevel.Warning, "{Count} record sets that were published are missing or different in {Zone}, first {Names}; they are written again")]
        public static partial void Missing(ILogger logger, int count, string zone, string names);

        [LoggerMessage(512, LogLevel.Warning, "{Count} record sets in {Zone} lie below our names and belong to no domain here, first {Names}; they stay: see GET /api/v1/zone")]
        public static partial void Unknown(ILogger logger, int count, string zone, string names);

        [LoggerMessage(513, LogLevel.Warning, "The zone {Zone} cannot be compared ({Code}), which holds up nothing else: {Reason}. It is tried again, and told again only when the reason changes")]
        public static partial void NotCompared(ILogger logger, string zone, string code, string reason);
    }
}

/// <summary>What was published and is not in the zone as it was.</summary>
internal sealed record LostRecord(string Name, string Type, string Offered, ZoneFault Fault);
