using System.Net;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>What is wrong with the addresses of a policy host. Pure.</summary>
internal static class HostRules
{
    public static IReadOnlyList<Advisory> Judge(HostFacts facts)
    {
        var found = new List<Advisory>();
        // A family that failed may hide addresses, and some resolvers of senders then give none at all.
        string[] failed = [.. new[] { (Type: "A", Lookup: facts.V4), (Type: "AAAA", Lookup: facts.V6) }
            .Where(family => !family.Lookup.IsEmpty && family.Lookup.Outcome != LookupOutcome.Answer)
            .Select(family => $"that of {family.Type} ends with {family.Lookup.Outcome} at {Shown.Of(family.Lookup.EndName)}")];
        if (failed.Length > 0)
        {
            found.Add(FetchCodes.HostDns.On(facts.Host, $"Not every look-up of its addresses succeeds: {string.Join(", ", failed)}."));
        }

        if (facts.V4.IsEmpty && facts.V6.IsEmpty)
        {
            found.Add(FetchCodes.HostNone.On(facts.Host, facts.V4.Chain.Count == 0 ? "It has neither A nor AAAA records." : $"Its CNAME leads to {Shown.Of(facts.V4.EndName)}, which has neither A nor AAAA records."));
        }

        if (facts.V4.IsEmpty && facts.V6.Records.Count > 0)
        {
            found.Add(FetchCodes.HostIpv6Only.On(facts.Host, "It has AAAA records and no A record."));
        }

        found.AddRange(facts.Refused.Select(address => FetchCodes.HostPrivateAddress.On(address.ToString(), $"{facts.Host} has the address {address}, which is not public; nothing was sent there.")));
        if (facts.LeftOut.Count > 0)
        {
            found.Add(FetchCodes.HostTooManyAddresses.On(facts.Host, $"{HostLook.MostAddresses} of its addresses were looked at, {facts.LeftOut.Count} were not."));
        }

        return found;
    }

    public static IReadOnlyList<string> Evidence(HostFacts facts) => [Line("A", facts.V4), Line("AAAA", facts.V6)];

    private static string Line(string type, Lookup<IPAddress> lookup) =>
        $"{type}: {(lookup.Records.Count > 0 ? Shown.Of(string.Join(", ", lookup.Records)) : lookup.Outcome)}{(lookup.Chain.Count == 0 ? "" : ", by CNAME to " + Shown.Of(string.Join(", ", lookup.Chain)))}";
}
