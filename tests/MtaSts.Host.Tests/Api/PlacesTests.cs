using MtaSts.Host.Api;
using Xunit;

namespace MtaSts.Host.Tests.Api;

public sealed class PlacesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tenant_gets_as_many_as_one_may_have_and_the_provider_what_is_left()
    {
        using var places = new Places(most: 5, each: 2) { LongestWait = TimeSpan.Zero };
        var (one, two) = (await places.TryEnterAsync(1, Cancel), await places.TryEnterAsync(1, Cancel));
        Assert.NotNull(one);
        Assert.NotNull(two);
        Assert.Null(await places.TryEnterAsync(1, Cancel));
        Assert.Null(places.TryEnter(1));
        Assert.All([await places.TryEnterAsync(null, Cancel), await places.TryEnterAsync(null, Cancel), places.TryEnter(2)], Assert.NotNull);
        Assert.Null(await places.TryEnterAsync(null, Cancel));
        Assert.Null(places.TryEnter(3));

        one.Dispose();
        one.Dispose();
        using var again = await places.TryEnterAsync(1, Cancel);
        Assert.NotNull(again);
        Assert.Null(await places.TryEnterAsync(2, Cancel));
    }

    [Fact]
    public async Task Whoever_waits_gets_the_next_that_becomes_free_and_who_goes_away_none()
    {
        using var places = new Places(most: 1, each: 1) { LongestWait = TimeSpan.FromMinutes(5) };
        var taken = await places.TryEnterAsync(1, Cancel);
        using CancellationTokenSource gone = new();
        var (leaving, waiting) = (places.TryEnterAsync(2, gone.Token), places.TryEnterAsync(3, Cancel));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.False(waiting.IsCompleted);
        taken!.Dispose();
        using var place = await waiting;
        Assert.NotNull(place);
    }
}
