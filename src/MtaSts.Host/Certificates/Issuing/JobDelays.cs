namespace MtaSts.Host.Certificates.Issuing;

/// <summary>How long until the next try. All are spread by ±20 %, because one cause often hits many names at one moment.</summary>
internal static class JobDelays
{
    /// <summary>A name whose preflight fails for as long is looked at once a week only.</summary>
    public static readonly TimeSpan Dormancy = TimeSpan.FromDays(30);

    public static readonly TimeSpan DormantLook = TimeSpan.FromDays(7);

    /// <summary>Who asks for a failing name gets one try at a time: five failed authorizations an hour is Let's Encrypt's limit.</summary>
    public static readonly TimeSpan BetweenAskedTries = TimeSpan.FromMinutes(15);

    // A certificate that lives for hours cannot wait for hours: about 24 tries in a life.
    private const int TriesInLife = 24;

    private static readonly TimeSpan FirstLook = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestLook = TimeSpan.FromHours(6);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestShortLivedBackoff = TimeSpan.FromHours(6);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);

    /// <summary>Between looks at DNS: grows with the time that the preflight has failed for, from 1 min to 6 h.</summary>
    public static TimeSpan UntilLook(TimeSpan failingFor, CertificateDates? inService, Random random) =>
        Spread(Within(failingFor / 2, FirstLook, AtMost(LongestLook, inService)), random);

    /// <summary>After failures of the name: 1, 10, 100 min, then 24 h, or 6 h when certificates live for days.</summary>
    public static TimeSpan Backoff(int failures, CertificateDates? inService, Random random) =>
        Spread(
            Within(
                failures > 3 ? LongestBackoff : TimeSpan.FromMinutes(Math.Pow(10, Math.Max(failures, 1) - 1)),
                TimeSpan.Zero,
                AtMost(inService is { IsShort: true } ? LongestShortLivedBackoff : LongestBackoff, inService)),
            random);

    /// <summary>After failures of the CA: 1 min, doubling to 30 min; its breaker guards it better than any one name.</summary>
    public static TimeSpan Pause(int failures, CertificateDates? inService, Random random) =>
        Spread(Within(TimeSpan.FromMinutes(Math.Pow(2, Math.Clamp(failures, 1, 6) - 1)), TimeSpan.Zero, AtMost(LongestPause, inService)), random);

    public static TimeSpan Spread(TimeSpan delay, Random random) => delay * (0.8 + (0.4 * random.NextDouble()));

    private static TimeSpan AtMost(TimeSpan longest, CertificateDates? inService) =>
        inService is { } dates && dates.Life / TriesInLife < longest ? dates.Life / TriesInLife : longest;

    private static TimeSpan Within(TimeSpan delay, TimeSpan shortest, TimeSpan longest)
    {
        var atLeast = delay > shortest ? delay : shortest;
        return atLeast < longest ? atLeast : longest;
    }
}
