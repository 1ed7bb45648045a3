using System.Text.Json;
using MtaSts.Host.Api;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords;

/// <summary>From the answers of all servers to a verdict. Pure.</summary>
internal static class RecordCheckRules
{
    private const int MostObserved = 8;
    private const int LongestObserved = 8000;

    // What a stranger's server gives is as long as it likes, and JSON makes it longer.
    private static readonly int[] LongestData = [300, 60, 10];

    /// <param name="type">Of the record.</param>
    /// <param name="wanted">Data as <see cref="RecordText"/> writes them; empty: nothing is to be there.</param>
    /// <param name="answers">One for each server that is known.</param>
    /// <param name="sibling">What the servers give for a name beside it that nobody has; null: not asked.</param>
    public static RecordCheck Judge(string type, IReadOnlyList<string> wanted, IReadOnlyList<ServerAnswer> answers, IReadOnlyList<ServerAnswer>? sibling = null)
    {
        var observed = Write(answers);
        if (answers.Count == 0)
        {
            return new(CheckVerdict.Silence, "dns.no-servers", "No name server of the zone is known: look at its NS records, or set Dns:Authoritative.", observed);
        }

        if (sibling?.FirstOrDefault(answer => answer.Outcome == ServerOutcome.Answer) is { } wildcard)
        {
            return new(CheckVerdict.Other, "dns.wildcard", $"{wildcard.Server.Name} answers for names that nobody has set: take the wildcard record out of the zone.", observed);
        }

        if (answers.FirstOrDefault(answer => answer.IsWord && answer.Alias is not null) is { } alias)
        {
            return new(CheckVerdict.Other, "dns.alias", $"{alias.Server.Name} has a CNAME to {alias.Alias} where the record is to be: take it out.", observed);
        }

        if (answers.FirstOrDefault(answer => answer.IsWord && !Same(type, wanted, answer.Data)) is { } other)
        {
            var gives = other.Data.Count == 0 ? "no such record" : string.Join(" and ", other.Data.Take(3).Select(data => Short(data, LongestData[0])));
            return new(CheckVerdict.Other, "dns.differs", $"{other.Server.Name} ({other.Server.EndPoint}) gives {gives}.", observed);
        }

        if (answers.FirstOrDefault(answer => !answer.IsWord) is { } silent)
        {
            return new(CheckVerdict.Silence, "dns.server-silent", $"{silent.Server.Name} ({silent.Server.EndPoint}) gives no authoritative answer ({Word(silent.Outcome)}).", observed);
        }

        return new(CheckVerdict.Same, null, null, observed);
    }

    /// <summary>The same data, however written and in whatever order.</summary>
    public static bool Same(string type, IReadOnlyList<string> wanted, IReadOnlyList<string> found) =>
        wanted.Select(data => RecordText.Normal(type, data)).Order(StringComparer.Ordinal).SequenceEqual(found.Select(data => RecordText.Normal(type, data)).Order(StringComparer.Ordinal));

    public static string Word(ServerOutcome outcome) => EnumWords.Of(outcome);

    private static string Write(IReadOnlyList<ServerAnswer> answers) =>
        LongestData.Select(longest => Write(answers, longest)).FirstOrDefault(text => text.Length <= LongestObserved) ?? "[]";

    private static string Write(IReadOnlyList<ServerAnswer> answers, int longest) => JsonSerializer.Serialize(
        [.. answers.Take(MostObserved).Select(answer => new ServerObservation($"{answer.Server.Name} {answer.Server.EndPoint}", Word(answer.Outcome), [.. answer.Data.Take(MostObserved).Select(data => Short(data, longest))]))],
        DnsRecordsJson.Default.ListServerObservation);

    private static string Short(string data, int longest) => data.Length <= longest ? data : data[..longest] + "…";
}
