using MtaSts.Host.Certificates.Issuing;

namespace MtaSts.Measure.Schedule;

/// <summary>What is simulated. Half of the names come with certificates of random ages, as after a move; the other half are new, all on the first day.</summary>
internal sealed record ScheduleSettings(int Names, int Days, TimeSpan Life)
{
    public static readonly DateTimeOffset Start = new(2026, 9, 1, 0, 0, 0, TimeSpan.Zero);

    public int Seed { get; init; } = 1;

    /// <summary>Of all nodes.</summary>
    public int Workers { get; init; } = 16;

    public BudgetLimits Limits { get; init; } = new();

    /// <summary>As if the buckets were not there: shows that the model of the CA refuses.</summary>
    public bool IgnoresBudgets { get; init; }

    public DateTimeOffset End => Start + TimeSpan.FromDays(Days);

    /// <summary>Twelve hours without an answer, in the middle.</summary>
    public DateTimeOffset OutageFrom => Start + (TimeSpan.FromDays(Days) * 0.5);

    public DateTimeOffset OutageUntil => OutageFrom + TimeSpan.FromHours(12);

    /// <summary>The CA calls a twentieth of the certificates back (RFC 9773 §4.2: their windows move into the past).</summary>
    public DateTimeOffset CallBackAt => Start + (TimeSpan.FromDays(Days) * 0.75);

    public bool IsOutage(DateTimeOffset now) => now >= OutageFrom && now < OutageUntil;
}
