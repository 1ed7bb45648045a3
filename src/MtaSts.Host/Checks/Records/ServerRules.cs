using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Records;

/// <summary>What the authoritative servers of a name do not do alike. Pure.</summary>
internal static class ServerRules
{
    private const int MostNamed = 4;

    /// <summary>Differences; zones without known servers; and servers that do not answer, unless told before of the same zone.</summary>
    public static void Judge(TextFacts facts, CheckCode differ, List<Advisory> found, IReadOnlySet<string>? toldZones = null)
    {
        foreach (var zone in facts.Zones.DistinctBy(zone => zone.Name))
        {
            var words = zone.Answers.Where(answer => answer.IsWord).GroupBy(WordOf).ToList();
            if (words.Count > 1)
            {
                var what = string.Join("; ", words.Take(MostNamed).Select(word => $"{string.Join(", ", word.Take(MostNamed).Select(answer => NameOf(answer.Server)))}: {word.Key}"));
                found.Add(differ.On(zone.Name, $"The servers of {zone.Zone.Zone} differ: {what}."));
            }
        }

        // Where the resolver gets no answer either its own code says so.
        if (facts.Seen.IsEmpty || facts.Seen.Outcome == LookupOutcome.Answer)
        {
            found.AddRange(facts.Zones.Where(zone => zone.Zone.Outcome is not (LookupOutcome.Answer or LookupOutcome.NoData or LookupOutcome.NoName))
                .Select(zone => RecordCodes.TxtServersUnchecked.On(zone.Name, $"The look for the name servers of {Shown.Of(zone.Name)} ends with {zone.Zone.Outcome}.")));
        }

        foreach (var zone in facts.Zones.DistinctBy(zone => zone.Zone.Zone).Where(zone => toldZones?.Contains(zone.Zone.Zone) != true))
        {
            found.AddRange(zone.Answers.Where(answer => !answer.IsWord)
                .Select(answer => RecordCodes.TxtLameServer.On(NameOf(answer.Server), $"Asked for {zone.Name}, this server of {zone.Zone.Zone} ends with {answer.Outcome}.")));
            found.AddRange(zone.Zone.Missing
                .Select(name => RecordCodes.TxtLameServer.On(Shown.Of(name), $"This server of {zone.Zone.Zone} has no address that can be asked.")));
        }
    }

    public static string NameOf(AuthoritativeServer server) => $"{Shown.Of(server.Name)} ({server.EndPoint.Address})";

    public static string WordOf(ServerAnswer answer) => answer switch
    {
        { Outcome: ServerOutcome.Answer } => Shown.Of(string.Join(" ", answer.Data)),
        { Alias: { } alias } => "CNAME " + Shown.Of(alias),
        _ => answer.Outcome.ToString(),
    };
}
