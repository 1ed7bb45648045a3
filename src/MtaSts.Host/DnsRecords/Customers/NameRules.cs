using System.Net;
using System.Net.Sockets;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>One view of one name, judged for each record that could stand there. Pure.</summary>
internal static class NameRules
{
    /// <summary>Names with a CNAME to us, or else with a text of the customer's own.</summary>
    /// <param name="record">The record to judge.</param>
    /// <param name="view">What is there.</param>
    /// <param name="facts">Where a CNAME to elsewhere ends.</param>
    /// <param name="target">Where the CNAME should lead; empty where nobody can delegate.</param>
    /// <param name="settings">Of this installation.</param>
    /// <param name="judge">Judges the texts for the TXT record.</param>
    public static Verdict Text(CustomerRecord record, NameView view, NameFacts facts, string target, CustomerSettings settings, Func<IReadOnlyList<string>, Verdict> judge)
    {
        // A CNAME to elsewhere that ends in the right text serves senders.
        var byOtherWay = view.Alias is not null && facts.EndTexts is { Outcome: LookupOutcome.Answer } end && judge(end.Records).State == CustomerState.Ok && !facts.Chain.Contains(target);
        if (record.Type != "CNAME")
        {
            return view.Alias is null ? judge(view.Texts)
                : byOtherWay ? Verdict.Ok
                : settings.CanDelegate ? Verdict.Optional
                : facts.EndTexts is { Outcome: LookupOutcome.Answer } texts && judge(texts.Records) is { State: CustomerState.Wrong } found ? found
                : Verdict.Wrong(new RecordProblem(CustomerCodes.AliasElsewhere, $"{record.Name} leads to {AliasRules.Name(view.Alias)}, where nothing of it is: take the CNAME out, and set the TXT."));
        }

        var others = view.Data.Values.Any(data => data.Count > 0);
        if (view.Alias is null)
        {
            return !others ? Verdict.Absent(record)
                : judge(view.Texts).State == CustomerState.Ok ? Verdict.Optional
                : Verdict.Absent(record, AliasRules.Blocked(record, "TXT records"));
        }

        var fault = AliasRules.Fault(record.Name, view.Alias, target, settings, facts.Chain);
        return others ? Verdict.Wrong(Besides(record, fault))
            : fault is not null && byOtherWay ? new Verdict(CustomerState.Optional, fault)
            : AliasRules.Judge(fault);
    }

    public static Verdict Host(CustomerRecord record, NameView view, NameFacts facts, string target, CustomerSettings settings)
    {
        var ends = facts.EndAddresses?.SelectMany(lookup => lookup.Records).ToList() ?? [];
        var byOtherWay = view.Alias is not null && ends.Count > 0 && settings.Addresses.Count > 0 && ends.TrueForAll(settings.Addresses.Contains) && !facts.Chain.Contains(target);
        if (record.Type != "CNAME")
        {
            return view.Alias is null ? Addresses(record, view, settings)
                : byOtherWay ? (ends.Exists(address => TypeOf(address) == record.Type) ? Verdict.Ok : Verdict.Optional)
                : settings.CanDelegate ? Verdict.Optional
                : ends.Count == 0 ? Verdict.Wrong(new RecordProblem(CustomerCodes.AliasElsewhere, $"{record.Name} leads to {AliasRules.Name(view.Alias)}, which has no address: correct the CNAME, or set A and AAAA instead."))
                : Addresses(record, new NameView(null, [], ends.ToLookup(TypeOf, address => address.ToString()).ToDictionary(type => type.Key, type => (IReadOnlyList<string>)[.. type])), settings);
        }

        var own = view.Data.Values.Any(data => data.Count > 0);
        if (view.Alias is null)
        {
            var right = own && settings.Addresses.Count > 0 && view.Data.Values.SelectMany(data => data).All(data => IPAddress.TryParse(data, out var address) && settings.Addresses.Contains(address));
            return !own ? Verdict.Absent(record) : right ? Verdict.Optional : Verdict.Absent(record, AliasRules.Blocked(record, "addresses"));
        }

        var fault = AliasRules.Fault(record.Name, view.Alias, target, settings, facts.Chain);
        return own ? Verdict.Wrong(Besides(record, fault))
            : fault is not null && byOtherWay ? new Verdict(CustomerState.Optional, fault)
            : AliasRules.Judge(fault);
    }

    public static Verdict Challenge(CustomerRecord record, NameView view, NameFacts facts, string target, CustomerSettings settings) =>
        view.Alias is null ? Verdict.Absent(record) : AliasRules.Judge(AliasRules.Fault(record.Name, view.Alias, target, settings, facts.Chain));

    /// <summary>After a removal: what is ours must go, what leads elsewhere by now is the customer's.</summary>
    public static Verdict Over(CustomerRecord record, NameView view, CustomerDomain domain, CustomerSettings settings)
    {
        var isOurs = record.Type switch
        {
            "CNAME" => view.Alias is not null && settings.CanDelegate && view.Alias.StartsWith(domain.Label + ".", StringComparison.Ordinal) && view.Alias.EndsWith("." + settings.Zone, StringComparison.Ordinal),
            "TXT" => record.Purpose == RecordPurpose.PolicyId && view.Alias is null && TextRules.IdOf(view.Texts) == domain.PolicyId,
            _ => view.Alias is null && view.Of(record.Type).Any(data => IPAddress.TryParse(data, out var address) && settings.Addresses.Contains(address)),
        };
        return isOurs
            ? new Verdict(CustomerState.Remove, new RecordProblem(CustomerCodes.Removing, $"{domain.Domain} has been removed here, and {record.Name} {record.Type} still leads to this service: take it out.", "RFC 8461 8.3"))
            : Verdict.Ok;
    }

    private static Verdict Addresses(CustomerRecord record, NameView view, CustomerSettings settings)
    {
        var data = view.Of(record.Type);
        if (settings.Addresses.Count == 0)
        {
            return data.Count > 0
                ? new Verdict(CustomerState.Ok, new RecordProblem(CustomerCodes.AddressNotKnown, "Whether these addresses are this service's is not known: the operator has not set Public:Addresses."))
                : Verdict.Absent(record, new RecordProblem(CustomerCodes.Missing, $"{record.Name} is not set yet: the operator knows the addresses (Public:Addresses is not set)."));
        }

        var strange = data.Where(text => !(IPAddress.TryParse(text, out var address) && settings.Addresses.Contains(address))).Take(8).ToList();
        return data.Count == 0 ? (record.Type == "A" && view.Of("AAAA").Count > 0
                ? new Verdict(CustomerState.Missing, new RecordProblem(CustomerCodes.Missing, $"{record.Name} has IPv6 addresses alone, and many senders have none: set the A record too."))
                : Verdict.Absent(record))
            : strange.Count == 0 ? Verdict.Ok
            : Verdict.Wrong(new RecordProblem(
                CustomerCodes.AddressNotOurs,
                $"{record.Name} has the {record.Type} {string.Join(", ", strange)}, which is not this service: senders that take it find no policy there. {(record.Wanted.Count > 0 ? $"Leave only {string.Join(", ", record.Wanted)} there" : "Take it out")}.",
                "RFC 8461 3.3"));
    }

    private static RecordProblem[] Besides(CustomerRecord record, RecordProblem? fault) => fault is null ? [AliasRules.Beside(record.Name)] : [AliasRules.Beside(record.Name), fault];

    private static string TypeOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? "AAAA" : "A";
}
