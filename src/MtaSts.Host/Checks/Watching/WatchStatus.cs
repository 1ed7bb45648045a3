using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace MtaSts.Host.Checks.Watching;

/// <summary>How the watch does, for `/metrics` and health. Safe from all threads.</summary>
internal sealed class WatchStatus
{
    private readonly OwnSide _ownSide;
    private readonly ChecksOptions _options;
    private readonly TimeProvider _clock;
    private volatile WatchSnapshot _last = new(0, null);

    public WatchStatus(OwnSide ownSide, IOptions<ChecksOptions> options, IMeterFactory meters, TimeProvider clock)
    {
        (_ownSide, _options, _clock) = (ownSide, options.Value, clock);
        var meter = meters.Create("MtaSts.Host");
        Rounds = meter.CreateCounter<long>("mtasts.watch.rounds", description: "Rounds in which this node looked for domains that are due for a check");
        Failures = meter.CreateCounter<long>("mtasts.watch.failures", description: "Rounds and checks that failed on our side");
        Checks = meter.CreateCounter<long>("mtasts.watch.checks", description: "Checks of hosted domains that this node made by itself");
        meter.CreateObservableGauge("mtasts.watch.overdue", () => Last.Overdue, description: "Domains whose check has been due for more than ten minutes");
        meter.CreateObservableGauge(
            "mtasts.watch.oldest_due", () => Last.OldestDue is { } due ? Math.Max(0, (_clock.GetUtcNow() - due).TotalSeconds) : 0, unit: "s", description: "How long the domain that waits longest has been due");
    }

    public Counter<long> Rounds { get; }

    public Counter<long> Failures { get; }

    public Counter<long> Checks { get; }

    /// <summary>What the store said last.</summary>
    public WatchSnapshot Last
    {
        get => _last;
        set => _last = value;
    }

    public IEnumerable<(string Part, string Reason, DateTimeOffset Since)> Troubles()
    {
        var last = Last;
        if (last.OldestDue is { } due && due < _clock.GetUtcNow() - (2 * _options.Every))
        {
            yield return ("checks", $"{last.Overdue} domains wait for their check, the first for more than twice Checks:Every; raise Checks:AtOnce or add nodes", due);
        }

        if (_ownSide.Since is { } since)
        {
            yield return ("checks", "nearly no domain answers this node's checks: its own network or resolver seems to be at fault, and what they say of silence waits, for two hours at most", since);
        }
    }
}

/// <param name="Overdue">Domains whose check has been due for more than ten minutes.</param>
/// <param name="OldestDue">When the check was due that waits longest; null: none does.</param>
internal sealed record WatchSnapshot(int Overdue, DateTimeOffset? OldestDue);
