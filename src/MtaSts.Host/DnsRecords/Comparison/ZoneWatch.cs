using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.DnsRecords.Comparison;

/// <summary>Loop: looks every ten seconds what the last comparison of the zone found, on whatever node it was, so that health and metrics cost nothing.</summary>
internal sealed partial class ZoneWatch : RoundLoop
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly Store _store;
    private readonly string? _zone;
    private readonly ILogger<ZoneWatch> _logger;
    private volatile ZoneReport? _current;

    public ZoneWatch(Store store, ZoneComparison comparison, IOptions<DnsOptions> options, IMeterFactory meters, TimeProvider clock, ILogger<ZoneWatch> logger)
        : base(LookEvery, clock)
    {
        (_store, _zone, _logger) = (store, comparison.IsPossible ? options.Value.Zone : null, logger);
        var meter = meters.Create("MtaSts.Host");
        meter.CreateObservableGauge("mtasts.zone.unknown", () => _current?.Unknown ?? 0, description: "Record sets in the zone below our names that belong to no domain here");
        meter.CreateObservableGauge("mtasts.zone.missing", () => _current?.Missing ?? 0, description: "Record sets that the last comparison of the zone found missing or different");
        meter.CreateObservableGauge(
            "mtasts.zone.uncompared", () => _current?.ProblemSince is { } since ? Math.Max(0, (Clock.GetUtcNow() - since).TotalSeconds) : 0, unit: "s", description: "For how long the zone could not be compared with what is published");
    }

    /// <summary>Part, one sentence, since when. Without names: it is shown without a key.</summary>
    public IEnumerable<(string Part, string Reason, DateTimeOffset Since)> Troubles()
    {
        var current = _current;
        if (current is { ProblemCode: { } code, ProblemSince: { } since })
        {
            yield return ("zone", $"the zone cannot be compared with what is published ({code}); publication goes on, `GET /api/v1/zone` says more", since);
        }

        if (current is { UnknownSince: { } unknownSince })
        {
            yield return ("zone", $"{current.Unknown} record sets in the zone belong to no domain here; `GET /api/v1/zone` shows them", unknownSince);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _zone is null ? Task.CompletedTask : base.ExecuteAsync(stoppingToken);

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await using var db = _store.Open();
        _current = await db.ZoneReports.SingleOrDefaultAsync(row => row.Zone == _zone, cancellationToken);
        return false;
    }

    protected override void TellFailure(string reason) => Log.LookFailed(_logger, reason);

    private static partial class Log
    {
        [LoggerMessage(515, LogLevel.Warning, "What the comparison of the zone found cannot be looked up ({Reason}); health and metrics show what was known last")]
        public static partial void LookFailed(ILogger logger, string reason);
    }
}
