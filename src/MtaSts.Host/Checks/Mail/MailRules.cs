namespace MtaSts.Host.Checks.Mail;

/// <summary>What a strict sender thinks of the mail servers of a domain (RFC 8461 §4). Pure.</summary>
internal static class MailRules
{
    // A policy and a zone have room for thousands of names; an advisory for each would be a report that nobody reads.
    private const int MostNamed = MailLook.MostHosts;

    /// <summary>The step `mx`, and `smtp` for each host.</summary>
    /// <param name="facts">What was seen.</param>
    /// <param name="policy">Null: there is none, the servers are judged without.</param>
    public static CheckPart Judge(MailFacts facts, StsPolicy? policy)
    {
        var ofRecords = OfRecords(facts, policy);
        var mx = new CheckStep("mx", facts.Domain, CheckPart.StateOf(ofRecords), facts.MxTook, MailEvidence.OfRecords(facts));
        if (facts.Hosts.Count == 0)
        {
            return new CheckPart([mx, new CheckStep("smtp", facts.Domain, StepState.Skipped, TimeSpan.Zero, [])], ofRecords);
        }

        var ofHosts = facts.Hosts.Select(host => (Host: host, Advisories: HostRules.Find(host, facts.LookedAt))).ToList();
        return new CheckPart(
            [mx, .. ofHosts.Select(of => new CheckStep("smtp", Shown.Of(of.Host.Name), CheckPart.StateOf(of.Advisories), of.Host.Took, MailEvidence.OfHost(of.Host, facts.Hosts.Count)))],
            [.. ofRecords, .. ofHosts.SelectMany(of => of.Advisories)]);
    }

    /// <summary>Each host alone, those too that were not looked at; in the order of a sender.</summary>
    public static IReadOnlyList<MailHostResult> Hosts(MailFacts facts, StsPolicy? policy) =>
    [
        .. facts.Hosts.Select(host => HostRules.Result(host, policy, facts.LookedAt)),
        .. facts.NotLookedAt.Select(exchange => HostRules.Covers(policy, exchange.Name)
            ? new MailHostResult(exchange.Name, exchange.Preference, MailDelivery.Unknown, MailCodes.TooMany.Code, null)
            : HostRules.NotInPolicy(exchange.Name, exchange.Preference)),
    ];

    private static List<Advisory> OfRecords(MailFacts facts, StsPolicy? policy)
    {
        var domain = facts.Domain;
        List<Advisory> found = facts.Kind switch
        {
            MxKind.Implicit => [MailCodes.Implicit.On(domain, $"{domain} has no MX records; senders take {domain} itself as its mail server.")],
            MxKind.Null => [MailCodes.Null.On(domain, $"The MX record of {domain} says that it takes no mail.")],
            MxKind.None => [MailCodes.None.On(domain, $"{domain} has neither MX records nor addresses.")],
            MxKind.Failed => [MailCodes.Dns.On(domain, $"The mail servers of {domain} could not be looked up: {facts.Lookup}.")],
            _ => [],
        };
        if (facts.HasNullBeside)
        {
            found.Add(MailCodes.NullBeside.On(domain, $"One of the MX records of {domain} says that it takes no mail, the others name mail servers."));
        }

        if (facts.NotLookedAt.Count > 0)
        {
            found.Add(MailCodes.TooMany.On(domain, $"{domain} has {facts.NotLookedAt.Count} more mail servers that were not looked at: {Shown.Of(string.Join(", ", facts.NotLookedAt.Select(exchange => exchange.Name)))}."));
        }

        if (facts.Hosts.Any(host => host.Addresses.Count > 0) && !facts.Hosts.Any(host => host.Addresses.Any(AddressRules.IsKnown)))
        {
            found.Add(MailCodes.NoneReachable.On(domain, $"None of the mail servers of {domain} could be spoken with."));
        }

        string[] names = [.. facts.Hosts.Select(host => host.Name), .. facts.NotLookedAt.Select(exchange => exchange.Name)];
        string[] outside = [.. names.Where(name => !HostRules.Covers(policy, name)).Select(Shown.Of)];
        found.AddRange(outside.Take(MostNamed).Select(name => MailCodes.NotInPolicy.On(name, $"No mx pattern of the policy covers {name}.")));
        if (outside.Length > MostNamed)
        {
            found.Add(MailCodes.NotInPolicy.On(domain, $"No mx pattern of the policy covers {outside.Length - MostNamed} more mail servers of {domain}: {Shown.Of(string.Join(", ", outside.Skip(MostNamed)))}."));
        }

        if (names.Length > 0 && policy is { Mode: not StsMode.None })
        {
            string[] unused = [.. policy.Mx.Distinct().Where(pattern => !names.Any(pattern.Matches)).Select(pattern => pattern.Text)];
            found.AddRange(unused.Take(MostNamed).Select(pattern => MailCodes.PatternUnused.On(pattern, $"The pattern {pattern} of the policy matches no mail server of {domain}.")));
            if (unused.Length > MostNamed)
            {
                found.Add(MailCodes.PatternUnused.On(domain, $"{unused.Length - MostNamed} more patterns of the policy match no mail server of {domain}: {Shown.Of(string.Join(", ", unused.Skip(MostNamed)))}."));
            }
        }

        return found;
    }
}
