using System.Diagnostics.Metrics;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>Counters of the name server.</summary>
internal sealed class DnsServerMetrics
{
    private readonly Counter<long> _answers;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _limited;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _connections;
    private readonly Counter<long> _refused;

    public DnsServerMetrics(IMeterFactory meters, Zone zone, TcpPlaces places)
    {
        var meter = meters.Create("MtaSts.Host");
        _answers = meter.CreateCounter<long>("mtasts.dns.answers", description: "Questions that were answered, by transport and response code");
        _dropped = meter.CreateCounter<long>("mtasts.dns.dropped", description: "Messages that were no questions and got no answer");
        _limited = meter.CreateCounter<long>("mtasts.dns.limited", description: "Answers over UDP beyond the limit of a network, dropped or truncated");
        _failures = meter.CreateCounter<long>("mtasts.dns.failures", description: "Failures of ours or of the network while a question was answered");
        _connections = meter.CreateCounter<long>("mtasts.dns.tcp.connections", description: "TCP connections that were accepted");
        _refused = meter.CreateCounter<long>("mtasts.dns.tcp.refused", description: "TCP connections that were closed at once because there were too many");
        meter.CreateObservableGauge("mtasts.dns.tcp.open", () => places.Taken, description: "TCP connections that are open");
        meter.CreateObservableGauge("mtasts.dns.labels", () => zone.Records.Labels, description: "Labels that have records");
    }

    public void Answered(DnsResponseCode code, bool overTcp) => _answers.Add(1, new("rcode", DnsText.Of(code)), new("transport", overTcp ? "tcp" : "udp"));

    public void Dropped() => _dropped.Add(1);

    public void Limited(RateVerdict verdict) => _limited.Add(1, new KeyValuePair<string, object?>("action", verdict == RateVerdict.Drop ? "dropped" : "truncated"));

    public void Failed() => _failures.Add(1);

    public void Connected() => _connections.Add(1);

    public void Refused() => _refused.Add(1);
}
