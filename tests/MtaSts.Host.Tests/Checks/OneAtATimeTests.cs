using System.Net;
using MtaSts.Host.Checks;
using Xunit;

namespace MtaSts.Host.Tests.Checks;

public sealed class OneAtATimeTests
{
    private static readonly IPAddress Address = IPAddress.Parse("192.0.2.1");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_at_one_address_are_never_inside_together()
    {
        OneAtATime turns = new();
        int inside = 0, most = 0, done = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async number =>
        {
            using var turn = await turns.EnterAsync(number % 2 == 0 ? Address : Address.MapToIPv6(), 25, Cancel);
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            done++;
        }));
        Assert.Equal((1, 50), (most, done));
    }

    [Fact]
    public async Task Another_address_has_its_own_turn()
    {
        OneAtATime turns = new();
        using var one = await turns.EnterAsync(Address, 25, Cancel);
        using var other = await turns.EnterAsync(IPAddress.Parse("192.0.2.2"), 25, Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    // A stranger's policy host at the address of somebody's mail server keeps nobody from that.
    [Fact]
    public async Task Another_port_has_its_own_turn()
    {
        OneAtATime turns = new();
        using var one = await turns.EnterAsync(Address, 443, Cancel);
        using var other = await turns.EnterAsync(Address, 25, Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task Whoever_gave_up_waiting_takes_nobodys_turn()
    {
        OneAtATime turns = new();
        using CancellationTokenSource giveUp = new();
        var first = await turns.EnterAsync(Address, 25, Cancel);
        var waiting = turns.EnterAsync(Address, 25, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var third = turns.EnterAsync(Address, 25, Cancel);
        Assert.False(third.IsCompleted);
        first.Dispose();
        first.Dispose();
        using var turn = await third.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.False(turns.EnterAsync(Address, 25, Cancel).IsCompleted);
    }
}
