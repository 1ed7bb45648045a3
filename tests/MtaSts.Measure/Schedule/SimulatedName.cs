using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Measure.Schedule;

/// <summary>One policy host: its job, its certificate, and what is wrong with it.</summary>
internal sealed class SimulatedName(CertificateJob job)
{
    public CertificateJob Job { get; } = job;

    public CertificateDates? InService { get; set; }

    /// <summary>Since when a certificate of this CA is in service for it: what a CA calls a renewal.</summary>
    public bool IsKnownToCa { get; set; }

    public bool IsCalledBack { get; set; }

    /// <summary>Its DNS leads to us from then …</summary>
    public DateTimeOffset InDnsFrom { get; init; } = DateTimeOffset.MinValue;

    /// <summary>… until then.</summary>
    public DateTimeOffset InDnsUntil { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>Validation fails in this time, whatever the preflight says.</summary>
    public DateTimeOffset FailsFrom { get; init; } = DateTimeOffset.MaxValue;

    public DateTimeOffset FailsUntil { get; init; } = DateTimeOffset.MinValue;

    /// <summary>Our own preflight is wrong about it: it fails and the CA would not.</summary>
    public bool IsMisjudged { get; init; }

    /// <summary>Nobody can issue for it for long: it does not count.</summary>
    public bool IsHopeless { get; init; }

    // The model's buckets of this name.
    public Allowance Authorizations;
    public Allowance ExactSet;
    public Allowance StagingAuthorizations;
    public Allowance InARow;

    public bool IsInDns(DateTimeOffset now) => now >= InDnsFrom && now < InDnsUntil;

    public bool Validates(DateTimeOffset now) => IsInDns(now) && !(now >= FailsFrom && now < FailsUntil);
}
