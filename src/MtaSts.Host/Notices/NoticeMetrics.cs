using System.Diagnostics.Metrics;
using MtaSts.Host.Certificates;

namespace MtaSts.Host.Notices;

/// <summary>Counters of what is told to tenants.</summary>
internal sealed class NoticeMetrics
{
    public NoticeMetrics(IMeterFactory meters)
    {
        Meter = meters.Create(TlsMetrics.MeterName);
        Events = Meter.CreateCounter<long>("mtasts.notices.events", description: "Events of advisories taken over to be told");
        Rounds = Meter.CreateCounter<long>("mtasts.notices.rounds", description: "Rounds of the loop that tells them");
        Failures = Meter.CreateCounter<long>("mtasts.notices.failures", description: "Failed rounds of that loop");
        Deliveries = Meter.CreateCounter<long>("mtasts.notices.deliveries", description: "Tries to deliver, by channel and by how they ended");
    }

    public Meter Meter { get; }

    public Counter<long> Events { get; }

    public Counter<long> Rounds { get; }

    public Counter<long> Failures { get; }

    public Counter<long> Deliveries { get; }
}
