using Microsoft.EntityFrameworkCore;
using MtaSts.Dns;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>
/// Loop: reads what is offered into the zone, all at start, then what changed. The first load must succeed or the process stops; while the store is away later
/// on, the zone is answered from memory. A row goes when all authoritative servers have let go of what it offered; whatever was missed in spite of that,
/// the full load of every hour finds.
/// </summary>
internal sealed partial class ZoneLoader(Store store, RecordStore rows, Zone zone, TimeProvider clock, ILogger<ZoneLoader> logger) : BackgroundService
{
    // A change on this node wakes the loop at once; this is how soon it sees those of other nodes.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LoadAllEvery = TimeSpan.FromHours(1);

    // Times of rows come from several clocks and stand before they are committed: what is younger is read again.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    private readonly RowReading _reading = new(zone);
    private readonly HashSet<(string Name, string Type)> _refused = [];
    private Task _nextChange = Task.CompletedTask;
    private string? _epoch;
    private DateTimeOffset _newest = DateTimeOffset.UnixEpoch;
    private long _loadedAllAt;
    private bool _hasFailed;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the look: what is written from then on wakes the loop, also while it has not begun.
        _nextChange = rows.Written.Next;
        await LoadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.WhenAny(_nextChange, Task.Delay(LookEvery, clock, stoppingToken));
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            _nextChange = rows.Written.Next;
            try
            {
                await LoadAsync(stoppingToken);
                if (_hasFailed)
                {
                    _hasFailed = false;
                    Log.LoadedAgain(logger, zone.Records.Labels);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (!_hasFailed)
                {
                    _hasFailed = true;
                    Log.LoadFailed(logger, StoreFaults.Tell(exception), zone.Records.Labels);
                }
            }
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var state = await db.StoreState.SingleAsync(cancellationToken);
        store.RefuseAnother(state);
        // After an outage rows may have gone unseen.
        if (_epoch != state.Epoch || _hasFailed || clock.GetElapsedTime(_loadedAllAt) >= LoadAllEvery)
        {
            await LoadAllAsync(db, cancellationToken);
            _loadedAllAt = clock.GetTimestamp();
            _epoch = state.Epoch;
        }
        else
        {
            await LoadChangesAsync(db, cancellationToken);
        }

        // Read before the rows: they may be newer than it, and it follows with the next look; never the other way round.
        var serial = ZoneSerial.Of(state.ZoneSerial);
        if (zone.Serial != serial)
        {
            zone.Serial = serial;
        }
    }

    private async Task LoadAllAsync(HostDbContext db, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var records = new ZoneRecords();
        _refused.Clear();
        await foreach (var row in Rows(db.DnsRecords).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            Apply(row, records);
        }

        zone.Records = records;
        Log.Loaded(logger, records.Labels, clock.GetElapsedTime(began).TotalMilliseconds);
    }

    private async Task LoadChangesAsync(HostDbContext db, CancellationToken cancellationToken)
    {
        // A clock that was ahead once must not hide what comes after.
        var now = clock.GetUtcNow();
        var since = (_newest < now ? _newest : now) - Overlap;
        foreach (var row in await Rows(db.DnsRecords.Where(row => row.OfferedAt >= since)).ToListAsync(cancellationToken))
        {
            Apply(row, zone.Records);
        }
    }

    private void Apply(OfferedRow row, ZoneRecords records)
    {
        _newest = row.OfferedAt > _newest ? row.OfferedAt.Value : _newest;
        try
        {
            // Of another zone: `Dns:Zone` was another one before.
            if (_reading.FindPlace(row.Name) is not { } place)
            {
                return;
            }

            var type = RowReading.TypeOf(row.Type);
            if (string.IsNullOrEmpty(row.Offered))
            {
                records.Remove(place.Label, place.Part, type);
                return;
            }

            try
            {
                records.Put(place.Label, _reading.Read(place.Part, type, row.Ttl, row.Offered));
            }
            catch (FormatException)
            {
                Keep(place, type, records);
                throw;
            }
        }
        catch (FormatException exception)
        {
            if (_refused.Add((row.Name, row.Type)))
            {
                Log.Damaged(logger, row.Name, row.Type, exception.Message);
            }
        }
    }

    // What was there before a row was damaged goes on being answered.
    private void Keep(ZonePlace place, DnsType type, ZoneRecords records)
    {
        foreach (var set in zone.Records.Find(place.Label))
        {
            if (set.Part == place.Part && set.Type == type)
            {
                records.Put(place.Label, set);
            }
        }
    }

    private static IQueryable<OfferedRow> Rows(IQueryable<DnsRecordStatus> rows) =>
        rows.Select(row => new OfferedRow(row.Name, row.Type, row.Ttl, row.Offered, row.OfferedAt));

    private static partial class Log
    {
        [LoggerMessage(730, LogLevel.Information, "The zone has records for {Labels} labels; read in {Milliseconds:F0} ms")]
        public static partial void Loaded(ILogger logger, int labels, double milliseconds);

        [LoggerMessage(731, LogLevel.Warning, "The store cannot be read ({Reason}); the zone's {Labels} labels are answered from memory, changes must wait")]
        public static partial void LoadFailed(ILogger logger, string reason, int labels);

        [LoggerMessage(732, LogLevel.Information, "The store can be read again; the zone has records for {Labels} labels")]
        public static partial void LoadedAgain(ILogger logger, int labels);

        [LoggerMessage(733, LogLevel.Error, "What is stored for {Name} {Type} is damaged and is not answered; what was answered before stays: {Reason}")]
        public static partial void Damaged(ILogger logger, string name, string type, string reason);
    }
}
