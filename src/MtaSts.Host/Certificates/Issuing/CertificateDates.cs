namespace MtaSts.Host.Certificates.Issuing;

/// <summary>From when to when the certificate in service is valid. Whatever is decided by it is a fraction of its life: lifetimes change.</summary>
internal readonly record struct CertificateDates(DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    private const double LateShare = 0.25;

    // What Let's Encrypt advises for its short-lived certificates.
    private static readonly TimeSpan ShortLife = TimeSpan.FromDays(10);

    public TimeSpan Life => NotAfter > NotBefore ? NotAfter - NotBefore : TimeSpan.Zero;

    public bool IsShort => Life < ShortLife;

    /// <summary>1 when new, 0 and less once it has expired.</summary>
    public double RemainingAt(DateTimeOffset now) => Life == TimeSpan.Zero ? 0 : (NotAfter - now) / Life;

    /// <summary>Less than a quarter of its life is left: its renewal has failed for long, and rules that save others' work give way.</summary>
    public bool IsLateAt(DateTimeOffset now) => RemainingAt(now) < LateShare;

    /// <summary>Since when <see cref="IsLateAt"/> holds.</summary>
    public DateTimeOffset LateAt => NotAfter - (Life * LateShare);
}
