using System.Diagnostics;
using Xunit;

namespace MtaSts.Host.Tests;

/// <summary>Waits for a condition with a bound, for what happens in the background.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), () => what);

    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Bound, $"Waited {Bound.TotalSeconds} s until {what()}.");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }
}
