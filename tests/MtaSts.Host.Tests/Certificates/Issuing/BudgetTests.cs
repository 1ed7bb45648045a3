using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;
using Xunit;
using static MtaSts.Host.Tests.Certificates.Issuing.Jobs;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>Buckets, breaker, shares and estimates.</summary>
public sealed class BudgetTests
{
    private static readonly BudgetLimits Limits = new();

    [Fact]
    public void A_bucket_gives_its_burst_and_then_its_rate()
    {
        var use = BudgetRules.First(Limits, CaRole.Main, "x");
        var (bucket, now, taken) = (TokenBucket.Full(use, Now), Now, 0);
        while (now < Now + TimeSpan.FromHours(10))
        {
            if (TokenBucket.TryTake(bucket, use.Rate, now))
            {
                taken++;
            }
            else
            {
                var next = TokenBucket.AvailableAt(bucket, use.Rate, now);
                Assert.InRange(next - now, TimeSpan.FromSeconds(39), TimeSpan.FromSeconds(41));
                now = next;
            }
        }

        // The CA would have given 300 and 100 an hour.
        Assert.InRange(taken, 270 + 898, 270 + 900);
    }

    [Fact]
    public void A_clock_that_was_set_back_gives_no_tokens_and_takes_none()
    {
        var rate = new TokenRate(10, 10);
        var bucket = new IssuanceBucket { Name = "x", Tokens = 3, At = Now };
        Assert.Equal(3, TokenBucket.Level(bucket, rate, Now - TimeSpan.FromDays(365)));
        Assert.True(TokenBucket.TryTake(bucket, rate, Now - TimeSpan.FromDays(365)));
        Assert.Equal(2 + 1, TokenBucket.Level(bucket, rate, Now - TimeSpan.FromDays(365) + TimeSpan.FromMinutes(6)), 6);
    }

    [Fact]
    public void First_orders_take_from_the_account_and_the_registered_domain_renewals_from_their_own_bucket()
    {
        Assert.Equal(["first main", "domain main a.test"], Names(CaRole.Main, isRenewal: false));
        Assert.Equal(["renewal main"], Names(CaRole.Main, isRenewal: true));
        Assert.Equal(["staging main"], Names(CaRole.Staging, isRenewal: false));

        static IEnumerable<string> Names(CaRole role, bool isRenewal) => BudgetRules.Uses(Limits, role, "main", "mta-sts.mail.a.test", isRenewal).Select(use => use.Name);
    }

    [Fact]
    public void Twenty_first_orders_in_a_week_may_come_from_below_one_registered_domain()
    {
        var use = BudgetRules.Uses(Limits, CaRole.Main, "main", "mta-sts.a.test", isRenewal: false)[1];
        Assert.Equal(20, use.Rate.Capacity);
        Assert.Equal(20, use.Rate.PerHour * 24 * 7, 6);
    }

    [Theory]
    [InlineData("mta-sts.example.com", "example.com")]
    [InlineData("mta-sts.mail.example.co.uk", "example.co.uk")]
    [InlineData("mta-sts.example.ck", "mta-sts.example.ck")]
    [InlineData("mta-sts.www.ck", "www.ck")]
    [InlineData("mta-sts.city.kobe.jp", "city.kobe.jp")]
    [InlineData("mta-sts.a.example.kobe.jp", "a.example.kobe.jp")]
    [InlineData("mta-sts.a.github.io", "a.github.io")]
    [InlineData("mta-sts.a.xn--55qx5d.cn", "a.xn--55qx5d.cn")]
    [InlineData("mta-sts.a.unheard-of", "a.unheard-of")]
    [InlineData("co.uk", "co.uk")]
    [InlineData("test", "test")]
    public void The_registered_domain_is_one_label_more_than_the_public_suffix(string name, string expected) =>
        Assert.Equal(expected, RegisteredDomain.Of(name));

    [Fact]
    public void The_breaker_opens_after_ten_failures_in_a_row_over_different_names()
    {
        var ca = Condition();
        Fail(ca, 9);
        Assert.False(CaBreaker.IsOpen(ca));

        CaBreaker.Failed(ca, "another.test", "500", Now);

        Assert.True(CaBreaker.IsOpen(ca));
        Assert.False(CaBreaker.TryEnter(ca, "a.test", Now + TimeSpan.FromSeconds(59)));
        Assert.Equal(Now + TimeSpan.FromMinutes(1), CaBreaker.MayTryAt(ca));
    }

    [Fact]
    public void One_name_that_fails_again_and_again_does_not_open_it_and_a_success_counts_anew()
    {
        var ca = Condition();
        for (var i = 0; i < 100; i++)
        {
            CaBreaker.Failed(ca, "special.test", "500", Now);
        }

        Assert.False(CaBreaker.IsOpen(ca));
        Fail(ca, 8);
        CaBreaker.Succeeded(ca);
        Fail(ca, 9);
        Assert.False(CaBreaker.IsOpen(ca));
    }

    [Fact]
    public void While_open_one_name_at_a_time_tries_and_each_failure_doubles_the_wait_up_to_30_minutes()
    {
        var ca = Condition();
        Fail(ca, 10);
        var (now, waits) = (Now, new List<double>());
        for (var i = 0; i < 8; i++)
        {
            var next = CaBreaker.MayTryAt(ca);
            waits.Add((next - now).TotalMinutes);
            now = next;
            Assert.True(CaBreaker.TryEnter(ca, $"probe{i}.test", now));
            Assert.False(CaBreaker.TryEnter(ca, "other.test", now));
            CaBreaker.Failed(ca, $"probe{i}.test", "500", now);
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], waits);
        Assert.True(CaBreaker.IsAwayForLong(ca, now));
        CaBreaker.Succeeded(ca);
        Assert.True(CaBreaker.TryEnter(ca, "a.test", now) && CaBreaker.TryEnter(ca, "b.test", now));
    }

    [Fact]
    public void Names_that_were_under_way_when_it_opened_do_not_double_the_wait()
    {
        var ca = Condition();
        Fail(ca, 30);
        Assert.Equal(Now + TimeSpan.FromMinutes(1), CaBreaker.MayTryAt(ca));
    }

    [Fact]
    public void One_that_tries_and_dies_lets_another_one_try()
    {
        var ca = Condition();
        Fail(ca, 10);
        var tried = CaBreaker.MayTryAt(ca);
        Assert.True(CaBreaker.TryEnter(ca, "dies.test", tried));
        Assert.True(CaBreaker.TryEnter(ca, "next.test", tried + TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public void A_rate_limit_holds_up_first_orders_of_all_for_a_minute_doubling_and_exempt_renewals_never()
    {
        var ca = Condition();
        CaBreaker.RateLimited(ca, Now + TimeSpan.FromHours(34), Now);
        Assert.Equal(Now + TimeSpan.FromMinutes(1), BudgetRules.HeldUntil(ca, isExempt: false, Now));
        Assert.Null(BudgetRules.HeldUntil(ca, isExempt: true, Now));
        Assert.Null(BudgetRules.HeldUntil(ca, isExempt: false, Now + TimeSpan.FromMinutes(1)));

        CaBreaker.RateLimited(ca, null, Now);
        Assert.Equal(Now + TimeSpan.FromMinutes(2), ca.LimitedUntil);
        CaBreaker.RateLimited(ca, Now + TimeSpan.FromSeconds(36), Now);
        Assert.Equal(Now + TimeSpan.FromSeconds(36), ca.LimitedUntil);
        Assert.False(CaBreaker.IsOpen(ca));
    }

    [Theory]
    [InlineData(10, 100, 100, 100, 7, 3, 0)]
    [InlineData(10, 0, 100, 100, 0, 7, 3)]
    [InlineData(10, 0, 100, 0, 0, 10, 0)]
    [InlineData(10, 100, 0, 100, 10, 0, 0)]
    [InlineData(10, 2, 1, 100, 2, 1, 7)]
    [InlineData(10, 1, 1, 1, 1, 1, 1)]
    public void New_names_and_renewals_each_keep_thirty_percent_of_the_workers(int free, int late, int fresh, int normal, int expectedLate, int expectedNew, int expectedNormal) =>
        Assert.Equal(new ClaimShares(expectedLate, expectedNew, expectedNormal), ClaimShares.Split(free, late, fresh, normal, 0.5));

    [Fact]
    public void Workers_that_become_free_one_by_one_keep_the_shares_by_chance()
    {
        var (random, fresh) = (Dice, 0);
        for (var i = 0; i < 10_000; i++)
        {
            var shares = ClaimShares.Split(1, 5, 5, 5, random.NextDouble());
            Assert.Equal(1, shares.Late + shares.New + shares.Normal);
            fresh += shares.New;
        }

        Assert.InRange(fresh, 2_800, 3_200);
    }

    [Fact]
    public void A_bulk_import_of_a_hundred_thousand_names_takes_46_days_and_a_small_one_as_long_as_the_workers_need()
    {
        var rate = BudgetRules.First(Limits, CaRole.Main, "x").Rate;
        Assert.Equal(46.2, BulkEstimate.Of(100_000, 270, rate, 16).Left!.Value.TotalDays, 1);
        Assert.Equal(TimeSpan.FromMinutes(5), BulkEstimate.Of(160, 270, rate, 16).Left);
        Assert.Equal(TimeSpan.Zero, BulkEstimate.Of(0, 0, rate, 16).Left);
        Assert.Null(BulkEstimate.Of(5, 0, rate, 0).Left);
    }

    private static CaCondition Condition() => new() { Directory = "https://main.test/" };

    private static void Fail(CaCondition ca, int times)
    {
        for (var i = 0; i < times; i++)
        {
            CaBreaker.Failed(ca, $"n{i}.test", "500", Now);
        }
    }
}
