namespace MtaSts.Host.Certificates.Issuing;

/// <summary>How long until all names that wait for their first certificate have it.</summary>
/// <param name="Waiting">Names.</param>
/// <param name="PerHour">How many get theirs in an hour, once the tokens that were saved up are used.</param>
/// <param name="Left">An estimate; null when nothing moves.</param>
internal sealed record BulkEstimate(int Waiting, double PerHour, TimeSpan? Left)
{
    private static readonly TimeSpan OneIssue = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    /// <param name="waiting">Names whose preflight has passed; those that wait for DNS cannot be known.</param>
    /// <param name="tokens">In the bucket of first orders now.</param>
    /// <param name="rate">Of that bucket.</param>
    /// <param name="workers">Of all nodes.</param>
    public static BulkEstimate Of(int waiting, double tokens, TokenRate rate, int workers)
    {
        var byWorkers = workers / OneIssue.TotalHours;
        var perHour = Math.Min(rate.PerHour, byWorkers);
        if (waiting == 0 || perHour <= 0)
        {
            return new(waiting, Math.Max(0, perHour), waiting == 0 ? TimeSpan.Zero : null);
        }

        // The later of the two: until the bucket has given as many tokens, and until the workers have made as many certificates.
        var hours = Math.Max(Math.Max(0, waiting - tokens) / rate.PerHour, waiting / byWorkers);
        return new(waiting, perHour, hours < Longest.TotalHours ? TimeSpan.FromHours(hours) : Longest);
    }
}
