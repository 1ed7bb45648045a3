using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Checks.Mail;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Mail;

/// <summary>One visit for many domains that have the same mail server.</summary>
public sealed class SmtpVisitsTests : IDisposable
{
    private static readonly SeenWithin Minutes = new(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(1));

    private readonly MailCa _ca = new();
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Those_that_come_while_another_is_there_get_what_it_sees()
    {
        var allAreOut = new TaskCompletionSource();
        await using var server = new StubMailServer(async visitor =>
        {
            await allAreOut.Task;
            await visitor.SayAsync("554 no\r\n");
        });
        using var visits = new SmtpVisits(MailLooking.Smtp(), _clock);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var first = visits.LookAsync(server.Address, "mx.test", Minutes, gone.Token);
        var looks = Enumerable.Range(0, 8).Select(_ => visits.LookAsync(server.Address, "mx.test", new SeenWithin(TimeSpan.FromMinutes(1), TimeSpan.Zero), Cancel)).ToArray();
        await Eventually.TrueAsync(() => server.Visits > 0, "the first is there");

        // Whoever began the visit goes; the others still get it.
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        allAreOut.SetResult();
        Assert.All(await Task.WhenAll(looks), seen => Assert.Equal(MailEnd.Refused, seen.End));
        Assert.Equal(1, server.Visits);
    }

    [Fact]
    public async Task What_is_wrong_is_looked_at_again_sooner_than_what_is_right()
    {
        var chain = _ca.Issue("mx.test");
        await using var good = new StubMailServer(visitor => visitor.ServeAsync(chain));
        await using var bad = new StubMailServer(visitor => visitor.SayAsync("554 no\r\n"));
        using var visits = new SmtpVisits(MailLooking.Smtp(_ca), _clock);
        await LookAsync();
        await LookAsync();
        Assert.Equal((1, 1), (good.Visits, bad.Visits));

        _clock.Advance(TimeSpan.FromMinutes(2));
        await LookAsync();
        Assert.Equal((1, 2), (good.Visits, bad.Visits));

        _clock.Advance(TimeSpan.FromMinutes(30));
        await LookAsync();
        Assert.Equal((2, 3), (good.Visits, bad.Visits));

        async Task LookAsync()
        {
            Assert.Equal(MailEnd.Secured, (await visits.LookAsync(good.Address, "mx.test", Minutes, Cancel)).End);
            Assert.Equal(MailEnd.Refused, (await visits.LookAsync(bad.Address, "mx.test", Minutes, Cancel)).End);
        }
    }

    [Fact]
    public async Task Another_name_at_the_same_address_and_a_check_of_a_person_are_visits_of_their_own()
    {
        await using var server = new StubMailServer(visitor => visitor.SayAsync("554 no\r\n"));
        using var visits = new SmtpVisits(MailLooking.Smtp(), _clock);
        await visits.LookAsync(server.Address, "mx.test", Minutes, Cancel);
        await visits.LookAsync(server.Address, "mx2.test", Minutes, Cancel);
        await visits.LookAsync(server.Address, "mx.test", SeenWithin.Now, Cancel);
        Assert.Equal(3, server.Visits);
    }

    public void Dispose() => _ca.Dispose();
}
