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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void When_nearly_all_domains_of_all_tenants_become_silent_it_is_our_network(int tenants)
    {
        for (var domain = 0; domain < 9; domain++)
        {
            Silent(domain, domain % tenants, tenants);
        }

        Assert.Null(_side.Since);
        Silent(9, 9 % tenants, tenants);
        Assert.NotNull(_side.Since);
    }

    [Fact]
    public void It_ends_when_domains_answer_again()
    {
        Fill(20);
        Assert.NotNull(_side.Since);
        for (var domain = 0; domain < 5; domain++)
        {
            _side.Note(domain, domain % 3, Silence.None, 3);
        }

        Assert.Null(_side.Since);
    }

    [Fact]
    public void One_tenants_dead_domains_are_his_however_many_they_are()
    {
        for (var domain = 0; domain < 500; domain++)
        {
            Silent(domain, 1, 3);
            if (domain % 6 == 0)
            {
                _side.Note(1000 + domain, 2 + (domain % 4), Silence.None, 3);
            }

            Assert.Null(_side.Since);
        }
    }

    [Fact]
    public void Checks_of_few_domains_say_nothing_however_many_they_are()
    {
        for (var check = 0; check < 500; check++)
        {
            Silent(check % 9, check % 3, 3);
            Assert.Null(_side.Since);
        }
    }

    [Theory]
    // The same names; or names of their own at the same few addresses.
    [InlineData(false, 2, 2)]
    [InlineData(true, 20, 2)]
    public void Domains_that_all_have_the_same_few_servers_are_really_down(bool hasOwnNames, int names, int networks)
    {
        for (var domain = 0; domain < 100; domain++)
        {
            _side.Note(domain, domain % 3, new Silence(new HashSet<string> { hasOwnNames ? $"d{domain}.test" : $"p{domain % names}.test" }, new HashSet<string> { $"{domain % networks}" }), 3);
            Assert.Null(_side.Since);
        }
    }

    [Fact]
    public void A_fifth_that_answers_shows_that_the_network_is_there()
    {
        for (var domain = 0; domain < 500; domain++)
        {
            _side.Note(domain, domain % 3, domain % 4 == 0 ? Silence.None : Own(domain), 3);
            Assert.Null(_side.Since);
        }
    }

    [Fact]
    public void What_was_half_an_hour_ago_does_not_count()
    {
        Fill(20);
        _clock.Advance(TimeSpan.FromMinutes(31));
        Assert.Null(_side.Since);
        Silent(20, 0, 3);
        Assert.Null(_side.Since);
    }

    [Fact]
    public void After_two_hours_nothing_waits_any_more_though_it_goes_on()
    {
        var next = 0;
        for (var minute = 0; minute < 180; minute++)
        {
            Silent(next, next++ % 3, 3);
            _clock.Advance(TimeSpan.FromMinutes(1));
            if (minute is >= 10 and < 125)
            {
                Assert.NotNull(_side.Since);
            }
            else if (minute > 130)
            {
                Assert.Null(_side.Since);
            }
        }
    }

    private static Silence Own(int domain) => new(new HashSet<string> { $"mx{domain}.test" }, new HashSet<string>());

    private void Fill(int count)
    {
        for (var domain = 0; domain < count; domain++)
        {
            Silent(domain, domain % 3, 3);
        }
    }

    private void Silent(int domain, int tenant, int tenants) => _side.Note(domain, tenant, Own(domain), tenants);
}
