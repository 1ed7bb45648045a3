using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Records;
using MtaSts.Host.Lookups;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Records;

public sealed class RecordRulesTests
{
    private const string Good = "v=STSv1; id=1;";

    [Theory]
    [InlineData(Good, "1", "")]
    [InlineData("v=spf1 -all|" + Good, "1", "txt.advice")]
    [InlineData("v=STSv1; id=1; x=y", "1", "txt.advice")]
    [InlineData("v=STSv1 ; id=1", "1", "txt.advice")]
    [InlineData("", null, "txt.none")]
    [InlineData("v=spf1 -all", null, "txt.none")]
    [InlineData("v=spf1 -all|other", null, "txt.none")]
    [InlineData(Good + "|v=STSv1; id=2;", null, "txt.multiple")]
    [InlineData("v=STSv1;", null, "txt.syntax")]
    [InlineData("v=STSv1; id=a-b", null, "txt.syntax")]
    [InlineData("v=stsv1; id=1", null, "txt.syntax")]
    [InlineData(" v=STSv1; id=1;", null, "txt.syntax")]
    [InlineData("v=STSv1 id=1|v=spf1 -all", null, "txt.syntax")]
    public void A_sender_takes_exactly_one_record_that_fits_the_grammar(string texts, string? id, string codes)
    {
        var found = RecordRules.Judge(Facts.Of(texts.Split('|', StringSplitOptions.RemoveEmptyEntries)), out var taken);
        Assert.Equal((id, codes), (taken, Codes(found)));
    }

    [Fact]
    public void The_code_of_the_grammar_stands_in_the_message() =>
        Assert.Contains("(id.syntax)", Assert.Single(RecordRules.Judge(Facts.Of("v=STSv1; id=a-b"), out _)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(LookupOutcome.ServerFailure)]
    [InlineData(LookupOutcome.Timeout)]
    [InlineData(LookupOutcome.Refused)]
    [InlineData(LookupOutcome.Malformed)]
    [InlineData(LookupOutcome.AliasLoop)]
    [InlineData(LookupOutcome.TooManyAliases)]
    internal void A_look_up_that_fails_is_a_fault_of_DNS(LookupOutcome outcome)
    {
        var found = Assert.Single(RecordRules.Judge(Facts.Of(Facts.Seen() with { Outcome = outcome }), out var id));
        Assert.Equal((null, "txt.dns", "sts-policy-fetch-error"), (id, found.Code, found.ResultType));
    }

    [Fact]
    public void A_CNAME_to_nothing_is_dangling()
    {
        var found = RecordRules.Judge(Facts.Of(Facts.Seen() with { Chain = ["label.provider.test"] }), out _);
        Assert.Equal("txt.cname-dangling", Codes(found));
        Assert.Contains("label.provider.test", found[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Servers_that_say_different_things_are_told_with_what_they_say()
    {
        var found = RecordRules.Judge(Facts.Of(Facts.Seen(Good) with { IsValidated = true }, Facts.Says(1, Good), Facts.Says(2, "v=STSv1; id=2;"), Facts.Says(3)), out _);
        var message = Assert.Single(found, advisory => advisory.Code == "txt.servers-differ").Message;
        Assert.All(new[] { "192.0.2.1", "id=1", "192.0.2.2", "id=2", "192.0.2.3", "NoName" }, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Single(found);
    }

    [Theory]
    [InlineData(ServerOutcome.Timeout)]
    [InlineData(ServerOutcome.Refused)]
    [InlineData(ServerOutcome.NotAuthoritative)]
    [InlineData(ServerOutcome.ServerFailure)]
    [InlineData(ServerOutcome.Malformed)]
    internal void A_server_without_a_word_is_lame(ServerOutcome outcome)
    {
        var found = RecordRules.Judge(Facts.Of(Facts.Seen(Good) with { IsValidated = true }, Facts.Says(1, Good), Facts.Fails(2, outcome)), out _);
        Assert.Equal(("txt.lame-server", "ns2.test (192.0.2.2)"), (Assert.Single(found).Code, found[0].Subject));
    }

    [Fact]
    public void What_the_resolver_remembers_is_told_as_that()
    {
        var found = RecordRules.Judge(Facts.Of(Facts.Seen("v=STSv1; id=0;") with { IsValidated = true }, Facts.Says(1, Good)), out var id);
        Assert.Equal(("0", "txt.cached", Severity.Info), (id, Codes(found), found[0].Severity));
    }

    [Fact]
    public void A_record_that_stands_at_every_name_comes_from_a_wildcard()
    {
        var facts = Facts.Of(Good);
        Assert.Equal("txt.wildcard", Codes(RecordRules.Judge(facts with { Sibling = Facts.Says(1, Good) }, out _)));
        Assert.Equal("", Codes(RecordRules.Judge(facts with { Sibling = Facts.Says(1, "v=spf1 -all") }, out _)));
        Assert.Equal("", Codes(RecordRules.Judge(facts with { Sibling = Facts.Says(1) }, out _)));
        Assert.Equal("", Codes(RecordRules.Judge(facts with { Sibling = Facts.Fails(1, ServerOutcome.Timeout) }, out _)));
    }

    [Fact]
    public void No_DNSSEC_is_a_hint_only()
    {
        var found = RecordRules.Judge(Facts.Of(Facts.Seen(Good), Facts.Says(1, Good)), out var id);
        Assert.Equal(("1", "txt.no-dnssec", Severity.Info), (id, Codes(found), found[0].Severity));
    }

    [Fact]
    public void What_strangers_write_cannot_steer_a_terminal()
    {
        var facts = Facts.Of("v=STSv1; id=\u001b[31m\u202e");
        var shown = RecordRules.Judge(facts, out _).Select(advisory => advisory.Subject + advisory.Message).Concat(RecordRules.Evidence(facts));
        Assert.All(shown, text => Assert.DoesNotContain(text, letter => char.IsControl(letter) || letter == '\u202e'));
    }

    private static string Codes(IEnumerable<Advisory> found) => string.Join(' ', found.Select(advisory => advisory.Code));
}
