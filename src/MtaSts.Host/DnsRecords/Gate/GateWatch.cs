using System.Diagnostics.Metrics;
using System.Globalization;
using MtaSts.Host.Listeners;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.DnsRecords.Gate;

/// <summary>
/// Loop: looks every ten seconds how the nodes do, so that health and metrics cost nothing and answer while the store is away, and that the silence of a node is
/// known before an edit waits for it.
/// </summary>
internal sealed partial class GateWatch : RoundLoop
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    // An edit is verified within a second or two; less than this is not worth a word.
    private static readonly TimeSpan LongestVerifying = TimeSpan.FromSeconds(30);

    private readonly ServingGate _gate;
    private readonly ServedPosition _served;
    private readonly NodeFaults _faults;
    private readonly PolicyAddresses _addresses;
    private readonly ILogger<GateWatch> _logger;
    private volatile Sight _current = new([], 0, null, null);

    private sealed record Sight(IReadOnlyList<GateNode> Nodes, int Faults, DateTimeOffset? FaultySince, DateTimeOffset? UnverifiedSince);

    public GateWatch(ServingGate gate, ServedPosition served, NodeFaults faults, PolicyAddresses addresses, IMeterFactory meters, TimeProvider clock, ILogger<GateWatch> logger)
        : base(LookEvery, clock)
    {
        (_gate, _served, _faults, _addresses, _logger) = (gate, served, faults, addresses, logger);
        var meter = meters.Create("MtaSts.Host");
        meter.CreateObservableGauge(
            "mtasts.gate.oldest_unverified", () => Seconds(_current.UnverifiedSince), unit: "s", description: "For how long changes have been loaded that were not read back from the own Policy endpoint yet");
        meter.CreateObservableGauge("mtasts.gate.faults", () => _current.Faults, description: "Domains that this node does not serve as they are stored, those without a certificate apart");
        meter.CreateObservableGauge("mtasts.gate.silent_nodes", () => _current.Nodes.Count(node => node.SilentFor is not null), description: "Registered nodes that no longer beat");
    }

    /// <summary>What keeps ids of edits from being announced: part, one sentence, since when. Without names: it is shown without a key.</summary>
    public IEnumerable<(string Part, string Reason, DateTimeOffset Since)> Troubles()
    {
        var current = _current;
        var now = Clock.GetUtcNow();
        var silent = current.Nodes.Where(node => node.SilentFor is not null).ToList();
        if (silent.Count > 0)
        {
            yield return (
                "nodes",
                string.Create(CultureInfo.InvariantCulture, $"{silent.Count} of {current.Nodes.Count} nodes are silent; ids of edits wait until they answer or are taken for dead"),
                now - silent.Max(node => node.SilentFor!.Value));
        }

        if (current.UnverifiedSince is { } since && now - since >= LongestVerifying)
        {
            yield return ("gate", "changes have not been read back from this node's Policy endpoint; their ids wait", since);
        }

        if (current.FaultySince is { } faultySince)
        {
            yield return ("gate", $"{current.Faults} domains are not given out by this node as they are stored; their ids wait", faultySince);
        }
    }

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        // Addresses of the machine may come and go.
        _served.PolicyAddresses = _addresses.ForOthers();
        var faults = _faults.All.Where(fault => !fault.Code.StartsWith(GateRules.CertificateFaults, StringComparison.Ordinal)).ToList();
        _current = _current with
        {
            Faults = faults.Count,
            FaultySince = faults.Count == 0 ? null : faults.Min(fault => fault.Since),
            UnverifiedSince = _served.Verified == _served.Current ? null : _current.UnverifiedSince ?? Clock.GetUtcNow(),
        };
        _current = _current with { Nodes = (await _gate.LookAsync([], cancellationToken)).Nodes };
        return false;
    }

    protected override void TellFailure(string reason) => Log.LookFailed(_logger, reason);

    private double Seconds(DateTimeOffset? since) => since is { } value ? Math.Max(0, (Clock.GetUtcNow() - value).TotalSeconds) : 0;

    private static partial class Log
    {
        [LoggerMessage(573, LogLevel.Warning, "How the nodes do cannot be looked up ({Reason}); health and metrics show what was known last")]
        public static partial void LookFailed(ILogger logger, string reason);
    }
}
