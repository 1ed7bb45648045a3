using Microsoft.Extensions.Time.Testing;

namespace MtaSts.Host.Tests;

/// <summary>Whoever sets a clock does not set the counter beside it.</summary>
internal sealed class SettableClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    public TimeSpan SetBy { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + SetBy;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}
