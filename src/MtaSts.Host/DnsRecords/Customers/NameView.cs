namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>A name as those servers know it that agree on it. Immutable.</summary>
/// <param name="Alias">Where its CNAME leads; null: it has none.</param>
/// <param name="Texts">TXT at the name itself, the strings of each joined.</param>
/// <param name="Data">For each type asked for the data at the name itself, as in a zone file.</param>
internal sealed record NameView(string? Alias, IReadOnlyList<string> Texts, IReadOnlyDictionary<string, IReadOnlyList<string>> Data)
{
    public bool IsEmpty => Alias is null && Data.Values.All(data => data.Count == 0);

    /// <summary>One for each opinion; servers that say no word have none.</summary>
    public static IReadOnlyList<NameView> Of(NameFacts facts) =>
        [.. facts.Zone.Servers.Select((_, index) => Of(facts, index)).OfType<NameView>().DistinctBy(view => view.Key())];

    public IReadOnlyList<string> Of(string type) => type == "CNAME" ? Alias is null ? [] : [Alias + "."] : Data.GetValueOrDefault(type) ?? [];

    private static NameView? Of(NameFacts facts, int server)
    {
        var answers = facts.Answers.ToDictionary(pair => pair.Key, pair => pair.Value[server]);
        return answers.Values.All(answer => answer.IsWord)
            ? new NameView(
                answers.Values.Select(answer => answer.Alias).FirstOrDefault(alias => alias is not null),
                answers.TryGetValue("TXT", out var texts) ? texts.Texts : [],
                answers.Where(pair => pair.Key != "CNAME").ToDictionary(pair => pair.Key, pair => pair.Value.Data))
            : null;
    }

    private string Key() => $"{Alias}|{string.Join('|', Data.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={string.Join(',', pair.Value)}"))}";
}
