using System.Diagnostics.Metrics;

namespace MtaSts.Host.Certificates;

/// <summary>Counters of the TLS side of the Policy endpoint.</summary>
internal sealed class TlsMetrics
{
    public const string MeterName = "MtaSts.Host";

    private readonly Meter _meter;

    public TlsMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        UnknownNames = _meter.CreateCounter<long>("mtasts.tls.unknown_name", description: "Handshakes refused because the client asked for no name or for one that is not ours");
        Handshakes = _meter.CreateCounter<long>("mtasts.tls.handshakes", description: "Handshakes begun with a certificate of ours");
        Challenges = _meter.CreateCounter<long>("mtasts.tls.challenges", description: "Handshakes that answered a tls-alpn-01 challenge");
        UnknownChallenges = _meter.CreateCounter<long>("mtasts.tls.unknown_challenge", description: "Handshakes refused because no tls-alpn-01 challenge is open for their name");
        Hits = _meter.CreateCounter<long>("mtasts.tls.contexts.hits", description: "Handshakes that found their TLS context ready");
        Misses = _meter.CreateCounter<long>("mtasts.tls.contexts.misses", description: "TLS contexts built");
        Evictions = _meter.CreateCounter<long>("mtasts.tls.contexts.evictions", description: "TLS contexts that made room for others");
        LeavesMade = _meter.CreateCounter<long>("mtasts.local_ca.leaves", description: "Certificates made by the local CA");
        Rounds = _meter.CreateCounter<long>("mtasts.local_ca.rounds", description: "Rounds of the local CA's upkeep");
        Failures = _meter.CreateCounter<long>("mtasts.local_ca.failures", description: "Failed rounds of the local CA's upkeep and of storing");
    }

    public Counter<long> UnknownNames { get; }

    public Counter<long> Handshakes { get; }

    public Counter<long> Challenges { get; }

    public Counter<long> UnknownChallenges { get; }

    public Counter<long> Hits { get; }

    public Counter<long> Misses { get; }

    public Counter<long> Evictions { get; }

    public Counter<long> LeavesMade { get; }

    public Counter<long> Rounds { get; }

    public Counter<long> Failures { get; }

    public void ObserveContexts(Func<int> count) =>
        _meter.CreateObservableGauge("mtasts.tls.contexts.entries", count, description: "TLS contexts kept ready");

    public void ObserveUnsaved(Func<int> count) =>
        _meter.CreateObservableGauge("mtasts.local_ca.unsaved", count, description: "Certificates that are served but not stored yet");
}
