using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords;

/// <summary>The states of a record, in simulated time.</summary>
public sealed class RecordRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly RecordCheck Same = new(CheckVerdict.Same, null, null, "[]");
    private static readonly RecordCheck Other = new(CheckVerdict.Other, "dns.differs", "ns1 gives something else.", "[]");
    private static readonly RecordCheck Silence = new(CheckVerdict.Silence, "dns.server-silent", "ns2 is silent.", "[]");

    private static Random Dice => new(7);

    [Fact]
    public void An_id_waits_for_its_text_then_goes_out_and_is_live_when_every_server_gives_it()
    {
        var row = RecordRules.New(Wanted("one"), Now);
        Assert.Equal((DnsRecordState.WaitingForHttps, true), (row.State, RecordRules.IsUnwritten(row)));
        RecordRules.Held(row, "waiting.certificate", "No certificate yet.", Now);
        Assert.Equal((DnsRecordState.WaitingForHttps, "waiting.certificate", Now), (row.State, row.Code, row.Since));
        Assert.InRange(row.DueAt, Now + TimeSpan.FromMilliseconds(100), Now + TimeSpan.FromSeconds(1));

        RecordRules.Written(row, Now.AddSeconds(1));
        Assert.Equal((DnsRecordState.Verifying, "\"one\"", null, false), (row.State, row.Offered, row.Published, RecordRules.IsUnwritten(row)));

        Assert.True(RecordRules.Checked(row, Same, byPeople: false, Now.AddSeconds(2), Dice));
        Assert.Equal((DnsRecordState.Live, "\"one\"", Now.AddSeconds(2), null), (row.State, row.Published, row.PublishedAt, row.Code));
        Assert.InRange(row.DueAt, Now.AddHours(19), Now.AddHours(29));
    }

    [Fact]
    public void Of_several_ids_that_wait_the_last_one_is_written()
    {
        var row = RecordRules.New(Wanted("one"), Now);
        Assert.True(RecordRules.Want(row, Wanted("two", 8), Now));
        Assert.False(RecordRules.Want(row, Wanted("two", 9), Now.AddSeconds(1)));
        // The same id of a later edit, which changed something else, waits for no more than before.
        Assert.Equal(8, row.Gate);

        RecordRules.Written(row, Now);
        Assert.Equal("\"two\"", row.Offered);
    }

    [Fact]
    public void What_was_live_and_changes_is_shown_as_published_until_the_next_one_is_there()
    {
        var row = Live("one");
        RecordRules.Want(row, Wanted("two"), Now);
        Assert.Equal((DnsRecordState.WaitingForHttps, "\"one\"", "\"one\""), (row.State, row.Published, row.Offered));
    }

    [Fact]
    public void A_failed_write_comes_again_less_and_less_often_and_as_the_other_side_asks()
    {
        var row = RecordRules.New(Wanted("one"), Now);
        var waits = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            RecordRules.WriteFailed(row, "dns.update.refused", new string('x', 5000), null, Now, Dice);
            waits.Add((row.DueAt - Now).TotalSeconds);
        }

        Assert.Equal((DnsRecordState.Failed, 12, 1000), (row.State, row.Failures, row.Reason!.Length));
        Assert.InRange(waits[0], 1.6, 2.4);
        Assert.InRange(waits[^1], 480, 720);
        RecordRules.WriteFailed(row, "dns.throttled", "", TimeSpan.FromMinutes(5), Now, Dice);
        Assert.True(RecordRules.IsUnwritten(row));
        RecordRules.Written(row, Now);
        Assert.Equal((0, null), (row.Failures, row.Code));
    }

    [Fact]
    public void One_silent_server_is_waited_for_ten_minutes_and_then_told_of()
    {
        var row = RecordRules.New(Wanted("one"), Now);
        RecordRules.Written(row, Now);
        RecordRules.Checked(row, Silence, byPeople: false, Now.AddMinutes(9), Dice);
        Assert.Equal(DnsRecordState.Verifying, row.State);

        RecordRules.Checked(row, Silence, byPeople: false, Now.AddMinutes(10), Dice);
        Assert.Equal((DnsRecordState.Live, "dns.server-silent"), (row.State, row.Code));
        Assert.True(row.DueAt < Now.AddMinutes(20));
    }

    [Fact]
    public void A_silence_does_not_make_a_live_record_something_else()
    {
        var row = Live("one");
        RecordRules.Checked(row, Silence, byPeople: false, Now.AddMinutes(1), Dice);
        Assert.Equal(DnsRecordState.Live, row.State);
    }

    [Fact]
    public void Whoever_overwrites_a_live_record_is_overwritten_once_at_once_and_then_less_and_less_often()
    {
        var row = Live("one");
        var at = Now.AddDays(1);
        RecordRules.Checked(row, Other, byPeople: false, at, Dice);
        Assert.Equal((DnsRecordState.Drift, true, at), (row.State, RecordRules.IsUnwritten(row), row.DueAt));

        RecordRules.Checked(row, Other, byPeople: false, at, Dice);
        Assert.InRange(row.DueAt - at, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(20));
    }

    [Fact]
    public void What_a_server_does_not_give_five_minutes_after_it_was_accepted_is_written_again()
    {
        var row = RecordRules.New(Wanted("one"), Now);
        RecordRules.Written(row, Now);
        RecordRules.Checked(row, Other, byPeople: false, Now.AddMinutes(4), Dice);
        Assert.Equal((DnsRecordState.Verifying, "dns.differs"), (row.State, row.Code));
        RecordRules.Checked(row, Other, byPeople: false, Now.AddMinutes(5), Dice);
        Assert.Equal(DnsRecordState.Drift, row.State);
    }

    [Fact]
    public void What_people_write_is_waited_for_and_never_called_written_again()
    {
        var row = RecordRules.New(Wanted("one"), Now);
        RecordRules.Written(row, Now);
        RecordRules.Checked(row, Other, byPeople: true, Now.AddHours(8), Dice);
        Assert.Equal(DnsRecordState.Verifying, row.State);
        Assert.InRange(row.DueAt, Now.AddHours(8.7), Now.AddHours(9.3));
    }

    [Fact]
    public void What_is_to_go_is_handed_over_and_its_row_goes_when_no_server_gives_it()
    {
        var row = Live("one");
        Assert.True(RecordRules.Unwant(row, Now));
        Assert.False(RecordRules.Unwant(row, Now));
        Assert.Equal((DnsRecordState.Removing, true), (row.State, RecordRules.IsUnwritten(row)));

        RecordRules.Written(row, Now);
        Assert.Equal((DnsRecordState.Removing, false, null), (row.State, RecordRules.IsUnwritten(row), row.Offered));
        Assert.True(RecordRules.Checked(row, Other, byPeople: false, Now.AddMinutes(4), Dice));
        Assert.Equal((DnsRecordState.Removing, false), (row.State, RecordRules.IsUnwritten(row)));
        Assert.False(RecordRules.Checked(row, Same, byPeople: false, Now.AddMinutes(21), Dice));
    }

    [Fact]
    public void What_a_server_still_gives_five_minutes_after_it_was_deleted_is_deleted_again()
    {
        var row = Live("one");
        RecordRules.Unwant(row, Now);
        RecordRules.Written(row, Now);
        Assert.True(RecordRules.Checked(row, Other, byPeople: false, Now.AddMinutes(5), Dice));
        Assert.Equal((DnsRecordState.Removing, true, Now.AddMinutes(5)), (row.State, RecordRules.IsUnwritten(row), row.DueAt));

        RecordRules.Written(row, Now.AddMinutes(5));
        Assert.Null(row.Offered);
        Assert.False(RecordRules.Checked(row, Same, byPeople: false, Now.AddMinutes(26), Dice));
    }

    [Fact]
    public void A_removal_that_is_taken_back_wants_it_again()
    {
        var row = Live("one");
        RecordRules.Unwant(row, Now);
        Assert.True(RecordRules.Want(row, Wanted("one"), Now));
        Assert.Equal((DnsRecordState.WaitingForHttps, "\"one\""), (row.State, row.Wanted));
    }

    private static WantedRecord Wanted(string text, long gate = 5) => new("l._mta-sts.sts.example", "TXT", 300, [RecordText.Txt(text)], 1, gate);

    private static DnsRecordStatus Live(string text)
    {
        var row = RecordRules.New(Wanted(text), Now);
        RecordRules.Written(row, Now);
        RecordRules.Checked(row, Same, byPeople: false, Now, Dice);
        return row;
    }
}
