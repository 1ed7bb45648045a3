namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>A CNAME in a customer's zone: does it lead where it should, and if not, how is it wrong? Pure.</summary>
internal static class AliasRules
{
    /// <returns>Null: it leads there.</returns>
    public static RecordProblem? Fault(string name, string alias, string target, CustomerSettings settings, IEnumerable<string> chain)
    {
        if (alias == target)
        {
            return null;
        }

        var set = $"set {name}. CNAME {target}.";
        // What a zone file, or a provider's form, makes of a target without its final dot.
        if (alias.StartsWith(target + ".", StringComparison.Ordinal) && ("." + name).EndsWith("." + alias[(target.Length + 1)..], StringComparison.Ordinal))
        {
            return new RecordProblem(CustomerCodes.AliasFinalDot, $"{name} leads to {Name(alias)}: the final dot was left out and the zone's own name was added; {set} with the dot at its end.", "RFC 1035 5.1");
        }

        if (alias.EndsWith("." + settings.Zone, StringComparison.Ordinal))
        {
            var tree = CustomerRecords.Trees.Values.FirstOrDefault(tree => alias.EndsWith($".{tree}.{settings.Zone}", StringComparison.Ordinal));
            return tree is not null && !target.EndsWith($".{tree}.{settings.Zone}", StringComparison.Ordinal)
                ? new RecordProblem(CustomerCodes.AliasOtherRecord, $"{name} leads to {Name(alias)}, which is the target of another of the records: {set}")
                : new RecordProblem(CustomerCodes.AliasOtherLabel, $"{name} leads to {Name(alias)}, which belongs to another domain or another customer, or to this domain in former times: {set}");
        }

        return chain.Contains(alias) && chain.Contains(target)
            ? new RecordProblem(
                CustomerCodes.AliasChain,
                $"{name} leads to {Name(alias)} first and from there here: who keeps a name on the way can lead it elsewhere, some senders follow few CNAMEs, and it proves nothing about whose the domain is; better {set} directly.")
            : new RecordProblem(CustomerCodes.AliasElsewhere, $"{name} leads to {Name(alias)}, which is not this service: {set}");
    }

    /// <summary>Senders and CAs follow several CNAMEs: one that leads there in the end is right, and worth a look.</summary>
    public static Verdict Judge(RecordProblem? fault) => fault switch
    {
        null => Verdict.Ok,
        { Code: CustomerCodes.AliasChain } => new Verdict(CustomerState.Ok, fault),
        _ => Verdict.Wrong(fault),
    };

    public static RecordProblem Beside(string name) => new(
        CustomerCodes.AliasBeside, $"{name} has other records beside its CNAME, and which of them a sender gets is chance: take all of them out but the CNAME.", "RFC 1034 3.6.2");

    public static RecordProblem Blocked(CustomerRecord record, string others) => new(
        CustomerCodes.Blocked, $"{record.Name} has {others} of its own, and a CNAME cannot stand beside other records: take them out, then set {record.Name}. CNAME {record.Wanted[0]}", "RFC 1034 3.6.2");

    /// <summary>A stranger's name for a message.</summary>
    public static string Name(string name)
    {
        var clean = string.Concat(name.Where(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' or '*'));
        return clean.Length <= 253 ? clean : clean[..253];
    }
}
