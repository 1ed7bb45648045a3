using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>When a domain is looked at again. Pure.</summary>
internal static class LookSchedule
{
    public static readonly TimeSpan Soonest = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan LatestIncomplete = TimeSpan.FromHours(6);
    public static readonly TimeSpan Complete = TimeSpan.FromDays(1);

    // So that what was put in together is not looked at together for ever.
    private const double Spread = 0.2;

    /// <param name="before">The look before; null: none.</param>
    /// <param name="isComplete">What this one found.</param>
    /// <param name="isChanged">The domain was edited, or its records are in another state than at the look before.</param>
    /// <param name="random">Of the spread.</param>
    public static TimeSpan Next(CustomerLook? before, bool isComplete, bool isChanged, Random random)
    {
        var last = before is null || isChanged ? TimeSpan.Zero : before.NextLookAt - before.LookedAt;
        var next = isComplete ? Complete : TimeSpan.FromTicks(Math.Clamp(last.Ticks * 2, Soonest.Ticks, LatestIncomplete.Ticks));
        return next * (1 - (Spread / 2) + (Spread * random.NextDouble()));
    }
}
