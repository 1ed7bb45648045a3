namespace MtaSts.Host.Certificates.Issuing;

/// <summary>When a certificate is renewed. Pure.</summary>
internal static class RenewalPlan
{
    // Let's Encrypt's advice: two thirds, half of a short life.
    private const double Usual = 2.0 / 3;
    private const double OfShortLife = 0.5;

    /// <summary>So much of its life may a CA's window (RFC 9773) wait beyond our own date.</summary>
    private const double Latest = 0.8;

    private const double MostJitter = 0.05;

    private static readonly TimeSpan ShortLife = TimeSpan.FromDays(10);
    private static readonly TimeSpan LongestFloor = TimeSpan.FromHours(36);

    public static bool IsShort(CertificateDates dates) => dates.Life < ShortLife;

    /// <param name="dates">Of the certificate.</param>
    /// <param name="jitter">0 to 1, stored with the certificate: names that came together are spread within two lives.</param>
    public static DateTimeOffset RenewAt(CertificateDates dates, double jitter) =>
        dates.NotBefore + (dates.Life * ((IsShort(dates) ? OfShortLife : Usual) - (MostJitter * jitter)));

    /// <summary>RFC 9773 §4.2: a random time in the CA's window; but none keeps a certificate from being renewed in time.</summary>
    public static DateTimeOffset RenewAt(CertificateDates dates, DateTimeOffset start, DateTimeOffset end, double random)
    {
        var chosen = start + ((end - start) * random);
        var latest = dates.NotBefore + (dates.Life * Latest);
        return chosen < latest ? chosen : latest;
    }

    /// <summary>So long two issues of one name are apart: CAs count equal ones (5 in 7 days), and a wrong window must not burn them.</summary>
    public static TimeSpan Floor(CertificateDates dates) => dates.Life / 4 < LongestFloor ? dates.Life / 4 : LongestFloor;
}
