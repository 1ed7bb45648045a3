using System.Net;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>Everything that was looked at, for <see cref="CustomerRules"/> to judge. Immutable.</summary>
/// <param name="Names">Each name of the customer's records.</param>
/// <param name="Siblings">What a random name beside them has, of the types that were found at them; where those are CNAMEs alone, of any one.</param>
/// <param name="Doubled">Names that somebody who forgot a final dot would have made, and that are there.</param>
/// <param name="Caa">What the CA would find; null: no CA is asked.</param>
/// <param name="Ca">That CA.</param>
internal sealed record CustomerFacts(
    IReadOnlyDictionary<string, NameFacts> Names,
    IReadOnlyList<ServerAnswer> Siblings,
    IReadOnlyList<string> Doubled,
    RelevantCaa? Caa,
    CaaIssuer? Ca)
{
    /// <summary>Not one server said a word.</summary>
    public bool IsSilent => Names.Values.All(name => !name.HasWord);
}

/// <summary>One name, as each server of its zone knows it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Zone">Who was asked.</param>
/// <param name="Answers">For each type asked for the answer of each server; without servers empty.</param>
/// <param name="EndTexts">TXT at the end of a CNAME that does not lead to the wanted target, as resolvers find it; null: not looked at.</param>
/// <param name="EndAddresses">The same for A and AAAA.</param>
internal sealed record NameFacts(
    string Name, ZoneServers Zone, IReadOnlyDictionary<string, IReadOnlyList<ServerAnswer>> Answers, Lookup<string>? EndTexts = null, IReadOnlyList<Lookup<IPAddress>>? EndAddresses = null)
{
    public bool HasWord => Answers.Values.Any(answers => answers.Any(answer => answer.IsWord));

    /// <summary>Whether any server has anything there, or a CNAME.</summary>
    public bool IsSet => Answers.Values.Any(answers => answers.Any(answer => answer.Data.Count > 0 || answer.Alias is not null));

    /// <summary>The names on the way, from the second CNAME on.</summary>
    public IEnumerable<string> Chain => (EndTexts?.Chain ?? []).Concat((EndAddresses ?? []).SelectMany(lookup => lookup.Chain)).Distinct();
}
