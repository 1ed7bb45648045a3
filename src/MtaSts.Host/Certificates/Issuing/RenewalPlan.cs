namespace MtaSts.Host.Certificates.Issuing;

/// <summary>When a certificate is renewed by its own dates.</summary>
internal static class RenewalPlan
{
    // The jitter is taken off, so that nobody renews later than what is advised.
    private const double JitterShare = 0.05;

    /// <summary>Where a window of the CA may lead at the latest: before the alarm about certificates past three quarters of their life.</summary>
    private const double LatestShare = 0.75;

    private static readonly TimeSpan LongestFloor = TimeSpan.FromHours(36);
    private static readonly TimeSpan LongestEarlyFloor = TimeSpan.FromHours(6);

    /// <summary>Two thirds of its life, half of a short one, less up to 5 %.</summary>
    /// <param name="dates">Of the certificate in service.</param>
    /// <param name="jitter">0 ≤ x &lt; 1.</param>
    public static DateTimeOffset RenewAt(CertificateDates dates, double jitter) =>
        dates.NotBefore + (dates.Life * ((dates.IsShort ? 1.0 / 2 : 2.0 / 3) - (JitterShare * jitter)));

    /// <summary>However late the window of the CA lies (RFC 9773 §4.2), the dates demand a renewal by then.</summary>
    /// <param name="dates">Of the certificate in service.</param>
    /// <param name="jitter">0 ≤ x &lt; 1.</param>
    public static DateTimeOffset LatestAt(CertificateDates dates, double jitter) => dates.NotBefore + (dates.Life * (LatestShare - (JitterShare * jitter)));

    /// <summary>
    /// Before that a name that got a certificate gets no other one, whoever asks: five for the same name in a week is Let's Encrypt's limit, and
    /// loops of renewals have happened. Never later than the certificate's own dates ask for.
    /// </summary>
    /// <param name="lastIssuedAt">When a CA last issued for the name.</param>
    /// <param name="dates">Of the certificate in service.</param>
    /// <param name="jitter">0 ≤ x &lt; 1.</param>
    /// <param name="isWindowPast">The CA wants it renewed at once, as after a revocation: then the floor only stops loops.</param>
    public static DateTimeOffset FloorAt(DateTimeOffset? lastIssuedAt, CertificateDates dates, double jitter, bool isWindowPast = false)
    {
        if (lastIssuedAt is not { } issuedAt)
        {
            return DateTimeOffset.MinValue;
        }

        var floor = issuedAt + (isWindowPast ? LongestEarlyFloor : LongestFloor);
        var planned = RenewAt(dates, jitter);
        return floor < planned ? floor : planned;
    }

    /// <summary>The CA's window ended before the dates ask for anything: it calls the certificate back.</summary>
    public static bool IsCalledBack(CertificateDates dates, DateTimeOffset? windowEnd, DateTimeOffset now) =>
        windowEnd is { } end && end <= now && end < RenewAt(dates, jitter: 1);
}
