using System.Diagnostics.Metrics;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Counters of issuing.</summary>
internal sealed class IssuanceMetrics
{
    public IssuanceMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(TlsMetrics.MeterName);
        Rounds = meter.CreateCounter<long>("mtasts.issuance.rounds", description: "Looks at the jobs that are due");
        Failures = meter.CreateCounter<long>("mtasts.issuance.failures", description: "Looks and visits that failed on our side");
        Issued = meter.CreateCounter<long>("mtasts.issuance.issued", description: "Certificates that a CA issued");
        Refused = meter.CreateCounter<long>("mtasts.issuance.refused", description: "Attempts that ended without a certificate, by whose fault it was");
    }

    public Counter<long> Rounds { get; }

    public Counter<long> Failures { get; }

    public Counter<long> Issued { get; }

    public Counter<long> Refused { get; }
}
