namespace MtaSts.Host.Certificates.Issuing;

/// <summary>The life of a certificate. No lifetime is written anywhere: everything is a share of it.</summary>
internal readonly record struct CertificateDates(DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    public TimeSpan Life => NotAfter - NotBefore;

    /// <summary>1 at the beginning, 0 at the end, negative after it.</summary>
    public double RemainingShare(DateTimeOffset now) => (NotAfter - now) / Life;
}
