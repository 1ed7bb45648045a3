using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Checks.Watching;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

public sealed class OwnSideTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly OwnSide _side;

    public OwnSideTests() => _side = new OwnSide(_clock, NullLogger<OwnSide>.Instance);

    [Fact]
    public void When_nearly_all_domains_become_silent_what_their_checks_say_waits()
    {
        Assert.Equal(19, Enumerable.Range(0, 19).Count(domain => !Silent(domain)));
        Assert.True(Silent(19));
        Assert.NotNull(_side.Since);
        Assert.True(Silent(20));
        // One that answers is believed.
        Assert.False(_side.Holds(21, []));
    }

    [Fact]
    public void It_ends_when_domains_answer_again()
    {
        Assert.Equal(1, Enumerable.Range(0, 20).Count(Silent));
        for (var domain = 0; domain < 5; domain++)
        {
            _side.Holds(domain, []);
        }

        Assert.Null(_side.Since);
        Assert.False(Silent(99));
    }

    [Fact]
    public void Checks_of_few_domains_say_nothing_however_many_they_are()
    {
        Assert.DoesNotContain(true, Enumerable.Range(0, 500).Select(check => Silent(check % 19)));
        Assert.Null(_side.Since);
    }

    [Fact]
    public void Domains_that_all_have_the_same_few_servers_are_really_down()
    {
        Assert.DoesNotContain(true, Enumerable.Range(0, 500).Select(domain => _side.Holds(domain, ["mx1.provider.test", "mx2.provider.test"])));
    }

    [Fact]
    public void A_fifth_that_answers_shows_that_the_network_is_there()
    {
        Assert.DoesNotContain(true, Enumerable.Range(0, 500).Select(domain => _side.Holds(domain, domain % 4 == 0 ? [] : [$"mx{domain}.test"])));
    }

    [Fact]
    public void What_was_half_an_hour_ago_does_not_count()
    {
        Assert.Equal(1, Enumerable.Range(0, 20).Count(Silent));
        _clock.Advance(TimeSpan.FromMinutes(31));
        Assert.Null(_side.Since);
        Assert.False(Silent(20));
    }

    private bool Silent(int domain) => _side.Holds(domain, [$"mx{domain}.test"]);
}
