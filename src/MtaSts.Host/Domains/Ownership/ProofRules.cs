using System.Security.Cryptography;
using System.Text;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains.Ownership;

/// <summary>What was seen in DNS, judged: no clock, no store, no network.</summary>
internal static class ProofRules
{
    // One server that is away must not hold up a customer; two are no majority of most zones.
    private const int MostSilent = 1;

    private enum Seen
    {
        Absent,
        Proof,
        Other,
        Chain,
        Wildcard,
        Disagreement,
        Unknown,
    }

    public static ProofFinding Judge(ProofSight sight, ProofNames names)
    {
        var alias = sight.Alias is null ? Seen.Absent : WithoutWildcard(Agreed(sight.Alias, answer => OfAlias(answer, names)), sight.AliasBeside!, answer => OfAlias(answer, names));
        var text = WithoutWildcard(Agreed(sight.Text, answer => OfText(answer, names)), sight.TextBeside, answer => OfText(answer, names));
        if (alias == Seen.Proof || text == Seen.Proof)
        {
            return new ProofFinding(null, "The proof is there.", alias == Seen.Proof, text == Seen.Proof);
        }

        return Worst(alias, text) switch
        {
            Seen.Wildcard => new(ProofCodes.Wildcard, $"A wildcard below {names.Domain} gives the proof for every name; set the record at its own name, and the wildcard elsewhere."),
            Seen.Disagreement => new(ProofCodes.ServersDisagree, $"The name servers of {names.Domain} do not all say the same (yet); each of them has to show the proof."),
            Seen.Unknown => new(ProofCodes.Unknown, $"The name servers of {names.Domain} could not be asked{Silent(sight)}; it is tried again."),
            Seen.Other => new(ProofCodes.OtherLabel, $"{Others(sight, names)} {Wanted(names)}"),
            Seen.Chain => new(ProofCodes.Chain, $"{Elsewhere(sight, names)} {Wanted(names)}"),
            _ => new(ProofCodes.Missing, $"There is no proof. {Wanted(names)}"),
        };
    }

    // As one server says it. More than one CNAME at a name is against RFC 1034 §3.6.2: which of them holds nobody knows.
    private static Seen OfAlias(ServerAnswer answer, ProofNames names) => answer switch
    {
        { Data.Count: 0 } => Seen.Absent,
        { Data.Count: 1, Alias: { } target } when IsEqual(target, names.AliasTarget!) => Seen.Proof,
        { Data.Count: 1, Alias: { } target } when target.EndsWith("." + names.TargetParent, StringComparison.Ordinal) => Seen.Other,
        _ => Seen.Chain,
    };

    private static Seen OfText(ServerAnswer answer, ProofNames names) =>
        answer.Alias is not null ? Seen.Chain
        : answer.Texts.Any(text => IsEqual(text, names.Label)) ? Seen.Proof
        : answer.Texts.Count == 0 ? Seen.Absent
        : Seen.Other;

    // A server counts by its name: without IPv6 on our side half of all addresses would be silent.
    private static Seen Agreed(AskedServers asked, Func<ServerAnswer, Seen> judge)
    {
        if (asked.Zone.Outcome == LookupOutcome.NoName)
        {
            return Seen.Absent;
        }

        var words = asked.Answers.Where(answer => answer.IsWord).ToList();
        if (words.Count == 0 || SilentNames(asked).Count() > MostSilent)
        {
            return Seen.Unknown;
        }

        var seen = words.Select(judge).Distinct().ToList();
        return seen.Count == 1 ? seen[0] : Seen.Disagreement;
    }

    private static Seen WithoutWildcard(Seen seen, AskedServers beside, Func<ServerAnswer, Seen> judge) =>
        seen != Seen.Proof ? seen
        : beside.Answers.Any(answer => judge(answer) == Seen.Proof) ? Seen.Wildcard
        : beside.Answers.Any(answer => answer.IsWord) ? Seen.Proof
        : Seen.Unknown;

    private static Seen Worst(Seen alias, Seen text) =>
        new[] { Seen.Wildcard, Seen.Disagreement, Seen.Unknown, Seen.Other, Seen.Chain }.FirstOrDefault(seen => alias == seen || text == seen, Seen.Absent);

    private static IEnumerable<string> SilentNames(AskedServers asked) =>
        asked.Answers.GroupBy(answer => answer.Server.Name).Where(server => !server.Any(answer => answer.IsWord)).Select(server => server.Key).Concat(asked.Zone.Missing).Distinct();

    private static bool IsEqual(string found, string wanted) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(found), Encoding.UTF8.GetBytes(wanted));

    private static string Silent(ProofSight sight)
    {
        var silent = new[] { sight.Alias, sight.Text }.OfType<AskedServers>().SelectMany(SilentNames).Distinct().Take(3).ToList();
        return silent.Count == 0 ? "" : $" ({string.Join(", ", silent)})";
    }

    private static string Others(ProofSight sight, ProofNames names) =>
        sight.Alias?.Answers.FirstOrDefault(answer => answer.Alias is not null)?.Alias is { } target
            ? $"{names.AliasName} leads to {target}, which is not the target of this domain."
            : $"{names.TextName} holds another text.";

    private static string Elsewhere(ProofSight sight, ProofNames names) =>
        sight.Alias?.Answers.FirstOrDefault(answer => answer.Alias is not null)?.Alias is { } target
            ? $"{names.AliasName} leads to {target}; it has to lead to the target itself."
            : $"{names.TextName} is a CNAME; the TXT record has to stand there itself.";

    private static string Wanted(ProofNames names) =>
        (names.AliasTarget is null ? "Set" : $"Set {names.AliasName} CNAME {names.AliasTarget}, or") + $" {names.TextName} TXT \"{names.Label}\".";
}
