using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Records;

/// <summary>What is wrong with the record of MTA-STS, and which id a sender takes from it. Pure.</summary>
internal static class RecordRules
{
    private const string Version = "v=STSv1";

    /// <summary>Of `_mta-sts`.</summary>
    /// <param name="facts">What DNS says.</param>
    /// <param name="id">What a sender takes; null: it assumes that there is no policy.</param>
    public static IReadOnlyList<Advisory> Judge(TextFacts facts, out string? id)
    {
        var found = new List<Advisory>();
        id = JudgeSeen(facts, found);
        ServerRules.Judge(facts, RecordCodes.TxtServersDiffer, found);
        if (facts.Zones[^1].Answers.FirstOrDefault(answer => answer.IsWord && answer.Alias is null) is { } word && facts.Seen.Outcome == LookupOutcome.Answer
            && !facts.Zones[^1].Answers.Any(answer => answer.Outcome == ServerOutcome.Answer && SameTexts(answer.Texts, facts.Seen.Records)))
        {
            found.Add(RecordCodes.TxtCached.On(facts.Name, $"The resolver gives {Quoted(facts.Seen.Records)}, while {word.Server.Name} gives {Quoted(word.Texts)}."));
        }

        if (IsWildcard(facts))
        {
            found.Add(RecordCodes.TxtWildcard.On(facts.Name, $"{facts.Sibling!.Server.Name} gives the same at any other name beside {facts.Name}."));
        }

        if (facts.Seen is { Outcome: LookupOutcome.Answer, IsValidated: false })
        {
            found.Add(RecordCodes.TxtNoDnssec.On(facts.Name, "The resolver does not say that DNSSEC protects the record: the zone is not signed, or the resolver does not validate."));
        }

        return found;
    }

    /// <summary>What was seen, for the step's evidence.</summary>
    public static IReadOnlyList<string> Evidence(TextFacts facts) =>
    [
        $"resolver: {facts.Seen.Outcome}{(facts.Seen.Chain.Count == 0 ? "" : ", by CNAME to " + Shown.Of(string.Join(", ", facts.Seen.Chain)))}{(facts.Seen.IsValidated ? ", DNSSEC validated" : "")}",
        .. facts.Seen.Records.Select(text => "TXT " + Shown.Of(text)),
        .. facts.Zones.SelectMany(zone => zone.Answers.Select(answer => $"{Shown.Of(zone.Name)} at {ServerRules.NameOf(answer.Server)}: {ServerRules.WordOf(answer)}")),
    ];

    private static string? JudgeSeen(TextFacts facts, List<Advisory> found)
    {
        if (facts.Seen.Outcome != LookupOutcome.Answer)
        {
            found.Add(facts.Seen switch
            {
                { IsEmpty: false } => RecordCodes.TxtDns.On(facts.Name, $"The look-up ends with {facts.Seen.Outcome} at {Shown.Of(facts.Seen.EndName)}."),
                { Chain.Count: > 0 } => RecordCodes.TxtCnameDangling.On(facts.Name, $"Its CNAME leads to {Shown.Of(facts.Seen.EndName)}, where no TXT record stands."),
                _ => RecordCodes.TxtNone.On(facts.Name, "There is no TXT record at this name."),
            });
            return null;
        }

        // Others at the name are not meant for us, such as a wildcard's SPF record; one that nearly begins right is meant.
        if (!facts.Seen.Records.Any(text => text.TrimStart().StartsWith(Version, StringComparison.OrdinalIgnoreCase)))
        {
            found.Add(RecordCodes.TxtNone.On(facts.Name, $"None of the TXT records begins with {Version}: {Quoted(facts.Seen.Records)}."));
            return null;
        }

        var reading = StsRecord.Read(facts.Seen.Records);
        foreach (var error in reading.Errors)
        {
            // `record.missing`: several records, of which none begins with the version and its semicolon.
            var code = error.Code == SyntaxCodes.RecordSeveral ? RecordCodes.TxtMultiple : RecordCodes.TxtSyntax;
            found.Add(code.On(facts.Name, $"{error.Message} ({error.Code})"));
        }

        found.AddRange(reading.Warnings.Select(warning => RecordCodes.TxtAdvice.On(facts.Name, $"{warning.Message} ({warning.Code})")));
        return reading.IsValid ? reading.Id : null;
    }

    private static bool IsWildcard(TextFacts facts) => facts.Sibling is { IsWord: true } sibling
        && facts.Zones[0].Answers.FirstOrDefault(answer => answer.Server == sibling.Server) is { } own
        && own.Alias == sibling.Alias && own.Data.SequenceEqual(sibling.Data) && (own.Data.Count > 0 || own.Alias is not null);

    // The same RR twice is one (RFC 2181 §5).
    private static bool SameTexts(IEnumerable<string> one, IEnumerable<string> other) => one.ToHashSet(StringComparer.Ordinal).SetEquals(other);

    private static string Quoted(IReadOnlyList<string> texts) => texts.Count == 0 ? "nothing" : Shown.Of(string.Join(", ", texts.Select(text => $"\"{text}\"")));
}
