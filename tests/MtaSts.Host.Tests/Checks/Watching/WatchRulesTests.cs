using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data.Tables;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

public sealed class WatchRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<DomainAdvisory> _rows = [];
    private readonly DomainWatch _watch = new() { DomainId = 7 };

    [Fact]
    public void A_certain_fault_is_told_at_once_sustained_once_a_day_and_cleared_when_it_is_mended()
    {
        Assert.Equal(["Added mx.certificate-expired"], Check(0, "mx.certificate-expired"));
        for (var hour = 1; hour < 24; hour++)
        {
            Assert.Empty(Check(hour * 60, "mx.certificate-expired"));
        }

        Assert.Equal(["Sustained mx.certificate-expired"], Check(24 * 60, "mx.certificate-expired"));
        Assert.Empty(Check(25 * 60, "mx.certificate-expired"));
        Assert.Equal(["Sustained mx.certificate-expired"], Check(48 * 60, "mx.certificate-expired"));
        Assert.Equal(["Cleared mx.certificate-expired"], Check(49 * 60));
        Assert.Empty(Check(50 * 60));
        Assert.Empty(_rows);
    }

    [Fact]
    public void What_may_pass_is_told_when_a_second_check_finds_it_too()
    {
        Assert.Empty(Check(0, "mx.unreachable"));
        Assert.Equal(Start + TimeSpan.FromMinutes(5), _watch.NextCheckAt);
        // Somebody asks for checks in between.
        Assert.Empty(Check(1, "mx.unreachable"));
        Assert.Empty(Check(2, "mx.unreachable"));
        Assert.Equal(["Added mx.unreachable"], Check(5, "mx.unreachable"));
        Assert.Equal(["Cleared mx.unreachable"], Check(65));
    }

    [Fact]
    public void What_has_passed_at_the_second_look_is_told_to_nobody_however_often_it_comes()
    {
        for (var day = 0; day < 5; day++)
        {
            Assert.Empty(Check(day * 1440, "txt.dns"));
            Assert.Empty(Check((day * 1440) + 5));
        }

        Assert.Empty(_rows);
    }

    [Fact]
    public void Infos_are_not_kept()
    {
        Assert.Empty(Check(0, "tlsrpt.none", "txt.no-dnssec"));
        Assert.Empty(_rows);
    }

    [Fact]
    public void The_same_code_of_two_subjects_is_two()
    {
        Assert.Equal(["Added mx.no-starttls", "Added mx.no-starttls"], Check(0, "mx.no-starttls", "mx.no-starttls@other.example.test", "mx.no-starttls"));
        Assert.Equal(["Cleared mx.no-starttls"], Check(60, "mx.no-starttls"));
        Assert.Equal(Reports.Mail, Assert.Single(_rows).Subject);
    }

    [Fact]
    public void A_server_that_does_not_answer_has_not_shown_that_its_certificate_is_right()
    {
        Check(0, "mx.certificate-expired");
        Assert.Empty(Check(60, "mx.unreachable", "mx.none-reachable"));
        Assert.Equal(["Added mx.none-reachable", "Added mx.unreachable"], Check(65, "mx.unreachable", "mx.none-reachable"));
        Assert.Equal(["Cleared mx.certificate-expired", "Cleared mx.none-reachable", "Cleared mx.unreachable"], Check(125));
    }

    [Fact]
    public void A_domain_is_clean_since_the_first_check_of_a_row_without_error()
    {
        Check(0, "mx.pattern-unused", "mx.cname");
        Assert.Equal(Start, _watch.CleanSince);
        Check(60);
        Assert.Equal(Start, _watch.CleanSince);
        Check(120, "mx.no-starttls");
        Assert.Null(_watch.CleanSince);
        Check(180);
        Assert.Equal(Start.AddMinutes(180), _watch.CleanSince);
    }

    [Fact]
    public void An_error_that_passes_costs_no_clean_days_but_is_not_clean_while_nobody_knows()
    {
        Check(0);
        Check(1440, "txt.dns");
        Assert.Null(_watch.CleanSince);
        Check(1445);
        Assert.Equal(Start, _watch.CleanSince);
        Check(2880, "txt.dns");
        Check(2885, "txt.dns");
        Check(2945);
        Assert.Equal(Start.AddMinutes(2945), _watch.CleanSince);
    }

    [Fact]
    public void An_error_that_is_only_hidden_is_not_clean()
    {
        Check(0, "mx.certificate-expired");
        Check(60, "mx.unreachable");
        Check(65, "mx.unreachable");
        Assert.Null(_watch.CleanSince);
    }

    [Fact]
    public void Checks_come_more_often_while_something_is_wrong()
    {
        Check(0);
        Assert.Equal(Start.AddDays(1), _watch.NextCheckAt);
        Check(0, "mx.no-starttls");
        Assert.Equal(Start.AddHours(1), _watch.NextCheckAt);
        Check(60 * 24 * 9, "mx.no-starttls");
        Assert.Equal(Start.AddDays(9).AddHours(1), _watch.NextCheckAt);
    }

    [Fact]
    public void A_warning_that_people_live_with_does_not_make_them_so_for_ever()
    {
        Check(0, "mx.cname");
        Assert.Equal(Start.AddHours(1), _watch.NextCheckAt);
        Check(24 * 60, "mx.cname");
        Assert.Equal(Start.AddDays(2), _watch.NextCheckAt);
    }

    [Fact]
    public void A_clock_that_was_ahead_silences_nothing_for_longer_than_a_day()
    {
        Check(365 * 1440, "mx.no-starttls");
        Assert.Empty(Check(0, "mx.no-starttls"));
        Assert.Equal(["Sustained mx.no-starttls"], Check(1440, "mx.no-starttls"));
    }

    [Fact]
    public void A_clock_that_was_ahead_keeps_no_finding_from_being_told()
    {
        Assert.Empty(Check(365 * 1440, "mx.unreachable"));
        Assert.Empty(Check(0, "mx.unreachable"));
        Assert.Equal(["Added mx.unreachable"], Check(5, "mx.unreachable"));
    }

    [Fact]
    public void A_clock_that_was_ahead_holds_no_clean_days_up()
    {
        Check(365 * 1440);
        Check(0);
        Assert.Equal(Start, _watch.CleanSince);
    }

    [Fact]
    public void A_clock_that_was_ahead_holds_none_up_that_an_error_has_interrupted()
    {
        Check(365 * 1440);
        Check(365 * 1440, "txt.dns");
        Check(10, "txt.dns");
        Check(15);
        Assert.Equal(Start.AddMinutes(10), _watch.CleanSince);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(24, 2)]
    [InlineData(72, 6)]
    public void A_check_is_stale_when_two_have_been_missed(int every, int days) => Assert.Equal(TimeSpan.FromDays(days), WatchRules.StaleAfter(new ChecksOptions { Every = TimeSpan.FromHours(every) }));

    [Fact]
    public void Long_texts_of_strangers_are_cut_and_stay_the_same_thing()
    {
        var (subject, message) = (new string('x', 5000), new string('y', 100_000));
        var finding = Reports.Finding("mx.no-starttls") with { Subject = subject, Message = message };
        var first = WatchRules.Judge([], 7, Reports.Of(Start, [finding]));
        var row = Assert.Single(first.Added);
        Assert.Equal((DomainAdvisory.LongestSubject, DomainAdvisory.LongestMessage), (row.Subject.Length, row.Message.Length));
        var second = WatchRules.Judge([row], 7, Reports.Of(Start.AddHours(1), [finding]));
        Assert.Empty(second.Added);
        Assert.Empty(second.Gone);
        Assert.Empty(second.Events);
    }

    private string[] Check(int minutes, params string[] findings)
    {
        var report = Reports.Of(Start.AddMinutes(minutes), findings);
        var outcome = WatchRules.Judge([.. _rows], 7, report);
        _rows.Clear();
        _rows.AddRange(outcome.Rows);
        WatchRules.Settle(_watch, _rows, report, new ChecksOptions());
        return [.. outcome.Events.Select(told => $"{told.Kind} {told.Advisory.Code}").Order(StringComparer.Ordinal)];
    }
}
