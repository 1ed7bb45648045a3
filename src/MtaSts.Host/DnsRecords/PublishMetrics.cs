using System.Diagnostics.Metrics;

namespace MtaSts.Host.DnsRecords;

/// <summary>What publication does, for `/metrics`. Safe from all threads.</summary>
internal sealed class PublishMetrics
{
    private long _oldestDue;

    public PublishMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("MtaSts.Host");
        Rounds = meter.CreateCounter<long>("mtasts.dns.rounds", description: "Rounds of the loop that publishes records");
        Failures = meter.CreateCounter<long>("mtasts.dns.failures", description: "Rounds that ended in a failure");
        Written = meter.CreateCounter<long>("mtasts.dns.written", description: "Record sets that were handed to DNS");
        Refused = meter.CreateCounter<long>("mtasts.dns.refused", description: "Record sets that DNS did not take");
        meter.CreateObservableGauge("mtasts.dns.oldest_due", () => OldestDue.TotalSeconds, unit: "s", description: "How long the record that waits longest has been due");
    }

    public Counter<long> Rounds { get; }

    public Counter<long> Failures { get; }

    public Counter<long> Written { get; }

    public Counter<long> Refused { get; }

    /// <summary>At the last round on this node.</summary>
    public TimeSpan OldestDue
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _oldestDue));
        set => Interlocked.Exchange(ref _oldestDue, value.Ticks);
    }
}
