using Microsoft.Extensions.Time.Testing;

namespace MtaSts.Host.Tests;

/// <summary>Whoever sets a clock does not set the counter beside it.</summary>
internal sealed class SettableClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    public TimeSpan SetBy { get; set; }

    /// <summary>Time that really went by, without a timer that rings: by days at once each of them would ring for every second.</summary>
    public TimeSpan SleptFor { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + SleptFor + SetBy;

    public override long GetTimestamp() => (base.GetUtcNow() + SleptFor).Ticks;
}
