using MtaSts.Host.DnsRecords.Gate;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Gate;

public sealed class GateRulesTests
{
    private static readonly GateStore Store = new("now", 20);
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The other node's epoch and revision, its fault, its silence in seconds and its direct answer; asked is for revision 10.</summary>
    [Theory]
    [InlineData("now", 10, null, null, "NotAsked", null)]
    [InlineData("now", 20, null, null, "NotAsked", null)]
    [InlineData("now", 9, null, null, "NotAsked", "node.behind")]
    [InlineData("", 0, null, null, "NotAsked", "node.starting")]
    [InlineData("before", 15, null, null, "NotAsked", "node.history")]
    // A history that a restored backup has ended, before anybody noticed.
    [InlineData("now", 21, null, null, "NotAsked", "node.history")]
    [InlineData("now", 10, "https.text", null, "NotAsked", "https.text")]
    [InlineData("now", 10, "policy.damaged", null, "NotAsked", "policy.damaged")]
    [InlineData("now", 10, "certificate.none", null, "NotAsked", "waiting.certificate")]
    [InlineData("now", 10, "certificate.expired", null, "NotAsked", "waiting.certificate")]
    [InlineData("now", 9, "certificate.none", null, "NotAsked", "node.behind")]
    // Silence does not take back what was said.
    [InlineData("now", 10, null, 40, "NotAsked", null)]
    [InlineData("now", 10, null, 4000, "Nothing", null)]
    [InlineData("now", 9, null, 40, "NotAsked", "node.silent")]
    [InlineData("now", 9, null, 40, "Nothing", "node.silent")]
    [InlineData("now", 9, null, 40, "OldText", "node.old-text")]
    [InlineData("now", 9, null, 4000, "OldText", "node.old-text")]
    [InlineData("now", 9, null, 40, "Refused", "node.silent")]
    [InlineData("now", 9, null, 40, "PresentText", null)]
    [InlineData("", 0, null, 40, "PresentText", null)]
    [InlineData("before", 15, null, 40, "PresentText", null)]
    [InlineData("now", 10, "certificate.none", 40, "NotAsked", "node.silent")]
    [InlineData("now", 10, "certificate.none", 40, "Refused", "waiting.certificate")]
    [InlineData("now", 10, "certificate.none", 40, "PresentText", null)]
    [InlineData("now", 10, "https.text", 40, "OldText", "node.old-text")]
    public void One_node_decides_whether_the_id_may_go_out(string epoch, long revision, string? fault, int? silentFor, string direct, string? code)
    {
        var other = Answer("other", epoch, revision, fault, silentFor, Enum.Parse<DirectAnswer>(direct));

        var hold = GateRules.Hold(Store, "own", [Answer("own", "now", 10), other], 10);

        Assert.Equal(code, hold?.Code);
        Assert.True(code is null || hold!.Reason.StartsWith("Node other", StringComparison.Ordinal), hold?.Reason);
    }

    [Fact]
    public void A_node_that_is_not_registered_itself_announces_nothing()
    {
        Assert.Equal("node.unregistered", GateRules.Hold(Store, "own", [], 10)?.Code);
        Assert.Equal("node.unregistered", GateRules.Hold(Store, "own", [Answer("other", "now", 20)], 10)?.Code);
    }

    [Fact]
    public void A_missing_certificate_is_told_last_because_where_one_is_missing_no_old_text_is_given_out()
    {
        var own = Answer("own", "now", 10, "certificate.none");
        Assert.Equal("waiting.certificate", GateRules.Hold(Store, "own", [own, Answer("other", "now", 10)], 10)?.Code);
        Assert.Equal("node.behind", GateRules.Hold(Store, "own", [own, Answer("other", "now", 9)], 10)?.Code);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(-29, 5, false)]
    [InlineData(-30, 5, true)]
    [InlineData(-5, 30, true)]
    [InlineData(600, 0, false)]
    [InlineData(601, 0, true)]
    [InlineData(600, 30, true)]
    public void A_node_is_silent_by_the_clocks_or_by_what_was_seen(int secondsFromNow, int unchangedSeconds, bool silent) =>
        Assert.Equal(silent, GateRules.IsSilent(Now.AddSeconds(secondsFromNow), Now, TimeSpan.FromSeconds(unchangedSeconds)));

    [Theory]
    [InlineData(299, false, false)]
    [InlineData(300, false, true)]
    [InlineData(300, true, false)]
    [InlineData(30000, true, false)]
    public void A_node_is_dead_only_when_its_silence_was_watched_and_it_does_not_answer(int unchangedSeconds, bool answered, bool dead) =>
        Assert.Equal(dead, GateRules.IsDead(TimeSpan.FromSeconds(unchangedSeconds), answered));

    [Theory]
    [InlineData("", "Nothing")]
    [InlineData("Unreachable,Stranger", "Nothing")]
    [InlineData("Unreachable,NoCertificate", "Refused")]
    [InlineData("Unreachable,Present,Stranger", "PresentText")]
    [InlineData("Present,OtherText", "OldText")]
    public void An_old_text_at_one_address_counts_more_than_the_present_one_at_another(string outcomes, string sum) => Assert.Equal(
        Enum.Parse<DirectAnswer>(sum),
        GateRules.Sum(outcomes.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<FetchOutcome>)));

    private static GateAnswer Answer(string name, string epoch, long revision, string? fault = null, int? silentFor = null, DirectAnswer direct = DirectAnswer.NotAsked) => new(
        new GateNode(name, epoch, revision, silentFor is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
        fault is null ? null : new GateHold(fault, "It is so."),
        direct);
}
