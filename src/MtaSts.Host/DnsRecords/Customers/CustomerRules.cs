using System.Net.Sockets;
using MtaSts.Dns;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>From everything that was looked at in a customer's zone to what is right, and how each wrong thing is wrong. Pure.</summary>
internal static class CustomerRules
{
    // What a stranger's server gives is as long as it likes.
    private const int MostQuoted = 8;
    private const int LongestQuoted = 600;

    private static readonly string[] AddressTypes = ["A", "AAAA"];

    // Worst first: what decides where servers do not agree.
    private static readonly CustomerState[] Order = [CustomerState.Wrong, CustomerState.Remove, CustomerState.Missing, CustomerState.Unknown, CustomerState.Waiting, CustomerState.Ok, CustomerState.Optional];

    public static CustomerReport Judge(CustomerDomain domain, CustomerSettings settings, CustomerFacts facts)
    {
        if (domain.Hold is not null)
        {
            domain = Announcing(domain, facts.Names[domain.Domain.RecordName]);
        }

        var judged = new List<JudgedRecord>();
        foreach (var record in CustomerRecords.Of(domain, settings).Concat(Unwanted(domain, settings, facts)))
        {
            judged.Add(Judge(record, domain, settings, facts));
        }

        judged.AddRange(Caa(domain, facts));
        return new CustomerReport(judged, IsComplete(judged, domain), PublishedId(judged));
    }

    // What DNS does not say now it said at the look before.
    private static CustomerDomain Announcing(CustomerDomain domain, NameFacts name)
    {
        var views = NameView.Of(name);
        return views.Count == 0 ? domain : domain.Announcing(views.Select(view => TextRules.IdOf(view.Alias is null ? view.Texts : name.EndTexts?.Records ?? [])).FirstOrDefault(id => id is not null && id != domain.PolicyId));
    }

    private static JudgedRecord Judge(CustomerRecord record, CustomerDomain domain, CustomerSettings settings, CustomerFacts facts)
    {
        var name = facts.Names[record.Name];
        var views = NameView.Of(name);
        var observed = Observed(record, name, views);
        var servers = Servers(record, name);
        if (views.Count == 0)
        {
            return new JudgedRecord(record, CustomerState.Unknown, observed, servers, [Silence(name, domain)]);
        }

        var verdicts = views.Select(view => Verdict(record, view, name, domain, settings, facts)).ToList();
        var state = Order.First(state => verdicts.Exists(verdict => verdict.State == state));
        var problems = verdicts.SelectMany(verdict => verdict.Problems).Distinct().ToList();
        if (views.Select(view => string.Join('\n', view.Of(record.Type))).Distinct().Count() > 1)
        {
            // All right, but not everywhere: senders meet either.
            state = state is CustomerState.Ok or CustomerState.Optional or CustomerState.Waiting && verdicts.TrueForAll(verdict => verdict.State == state) ? state : CustomerState.Wrong;
            problems.Add(new RecordProblem(CustomerCodes.ServersDisagree, $"The servers of {name.Zone.Zone} do not give the same for {record.Name}: look at servers; the zone is not transferred to all of them, or one of them is of a former provider."));
        }

        if (state is not (CustomerState.Unknown or CustomerState.Optional) && SomeSilent(name) is { } silent)
        {
            problems.Add(silent);
        }

        return new JudgedRecord(record, state, observed, servers, problems);
    }

    private static Verdict Verdict(CustomerRecord record, NameView view, NameFacts name, CustomerDomain domain, CustomerSettings settings, CustomerFacts facts)
    {
        if (CustomerRecords.IsOver(domain, record.Purpose))
        {
            return NameRules.Over(record, view, domain, settings);
        }

        if (Wildcard(record, view, facts) is { } wildcard)
        {
            return Customers.Verdict.Wrong(wildcard);
        }

        var target = CustomerRecords.Target(domain, record.Purpose, settings);
        var verdict = record.Purpose switch
        {
            RecordPurpose.Host => NameRules.Host(record, view, name, target, settings),
            RecordPurpose.PolicyId => NameRules.Text(record, view, name, target, settings, texts => domain.Hold is { } hold ? TextRules.Held(record, texts, domain.PolicyId, hold) : TextRules.PolicyId(record with { Type = "TXT", Wanted = [RecordText.Txt(StsRecord.Write(domain.PolicyId))] }, texts, domain.PolicyId)),
            RecordPurpose.Reports => NameRules.Text(record, view, name, target, settings, texts => TextRules.Reports(record with { Type = "TXT", Wanted = [RecordText.Txt(CustomerRecords.TlsRptText(domain.Rua!))] }, texts, domain.Rua!)),
            RecordPurpose.Challenge => NameRules.Challenge(record, view, name, target, settings),
            _ => TextRules.Proof(record, view, domain.Label),
        };
        return verdict.State == CustomerState.Missing && facts.Doubled.FirstOrDefault(doubled => doubled.StartsWith(record.Name + ".", StringComparison.Ordinal)) is { } doubled
            ? verdict with { Problems = [.. verdict.Problems, new RecordProblem(CustomerCodes.Doubled, $"There is a record at {doubled} instead: the zone's name was added to a name without final dot; move it to {record.Name}.", "RFC 1035 5.1")] }
            : verdict;
    }

    // What a random name gives, too, is not set at this name: proofs do not count it, and it stands for every other name as well.
    private static RecordProblem? Wildcard(CustomerRecord record, NameView view, CustomerFacts facts)
    {
        var isSame = record.Purpose is RecordPurpose.Host or RecordPurpose.PolicyId or RecordPurpose.Proof
            && view.Of(record.Type).Count > 0
            && facts.Siblings.Any(sibling => record.Type == "CNAME" ? sibling.Alias == view.Alias : sibling.Data.Count > 0 && sibling.Data.SequenceEqual(view.Of(record.Type)));
        return isSame
            ? new RecordProblem(CustomerCodes.Wildcard, $"{record.Name} is not set itself: a wildcard gives the same for every name beside it; set {record.Name} {record.Type} as its own record.", "RFC 4592 2.2")
            : null;
    }

    // Addresses of a kind that this service does not have lead elsewhere.
    private static IEnumerable<CustomerRecord> Unwanted(CustomerDomain domain, CustomerSettings settings, CustomerFacts facts) =>
        settings.Addresses.Count == 0 || domain.HostEnded
            ? []
            : AddressTypes
                .Where(type => !CustomerRecords.Of(domain, settings).Any(record => record.Name == domain.Domain.PolicyHost && record.Type == type))
                .Where(type => NameView.Of(facts.Names[domain.Domain.PolicyHost]).Any(view => view.Alias is null && view.Of(type).Count > 0))
                .Select(type => new CustomerRecord(domain.Domain.PolicyHost, type, 0, [], RecordPurpose.Host, RecordUse.Optional));

    private static IEnumerable<JudgedRecord> Caa(CustomerDomain domain, CustomerFacts facts)
    {
        if (facts is not { Caa: { Outcome: LookupOutcome.Answer } caa, Ca: { } ca } || domain.HostEnded)
        {
            yield break;
        }

        var findings = CaaRules.Judge(domain.Domain.PolicyHost, caa, ca).Findings;
        if (findings.Count > 0)
        {
            yield return new JudgedRecord(
                new CustomerRecord(caa.Name, "CAA", 0, [.. ca.CaaIdentities.Take(1).Select(identity => $"0 issue \"{identity}\"")], RecordPurpose.Host, RecordUse.Optional),
                findings.Any(finding => finding.Forbids) ? CustomerState.Wrong : CustomerState.Ok,
                [.. caa.Properties.Take(MostQuoted).Select(property => Short($"{property.Flags} {property.Tag} \"{property.Value}\""))],
                [],
                [.. findings.Select(finding => new RecordProblem(finding.Code, finding.Message, finding.Rfc))]);
        }
    }

    private static bool IsComplete(List<JudgedRecord> judged, CustomerDomain domain)
    {
        RecordPurpose[] needed = domain.State == DomainState.Pending ? [RecordPurpose.Host, RecordPurpose.PolicyId, RecordPurpose.Proof] : [RecordPurpose.Host, RecordPurpose.PolicyId];
        return needed.All(purpose =>
        {
            var records = judged.Where(record => record.Record.Purpose == purpose).ToList();
            // The CNAME proves as well, unless others keep a name on its way.
            return records.TrueForAll(record => record.State is CustomerState.Ok or CustomerState.Optional) && (purpose == RecordPurpose.Proof
                ? records.Exists(record => record.State == CustomerState.Ok) || !judged.Exists(record => record.Record is { Purpose: RecordPurpose.PolicyId } && record.Problems.Any(problem => problem.Code == CustomerCodes.AliasChain))
                : records.Exists(record => record.State == CustomerState.Ok));
        });
    }

    private static (string, CustomerState)? PublishedId(List<JudgedRecord> judged) =>
        judged.Find(record => record.Record is { Purpose: RecordPurpose.PolicyId, Type: "TXT" }) is { State: not CustomerState.Optional } text
        && TextRules.IdOf([.. text.Observed.Select(DnsText.Joined)]) is { } id
            ? (id, text.State)
            : null;

    private static List<string> Observed(CustomerRecord record, NameFacts name, IReadOnlyList<NameView> views)
    {
        var own = views.SelectMany(view => view.Of(record.Type)).Distinct().Take(MostQuoted).Select(Short).ToList();
        return own.Count > 0 || views.All(view => view.Alias is null) ? own
            // Where a CNAME to elsewhere ends.
            : record.Type == "TXT" && name.EndTexts is { } texts ? [.. texts.Records.Take(MostQuoted).Select(text => Short(RecordText.Txt(text)))]
            : record.Type is "A" or "AAAA" && name.EndAddresses is { } ends
                ? [.. ends.SelectMany(lookup => lookup.Records).Where(address => address.AddressFamily == AddressFamily.InterNetworkV6 == (record.Type == "AAAA")).Select(address => address.ToString()).Distinct().Take(MostQuoted)]
            : own;
    }

    private static IReadOnlyList<ServerObservation> Servers(CustomerRecord record, NameFacts name) =>
        [.. name.Zone.Servers.Select((server, index) =>
        {
            var answers = name.Answers.Where(pair => pair.Key == record.Type || record.Type == "CNAME").Select(pair => pair.Value[index]).ToList();
            var told = name.Answers.Values.Select(list => list[index]).FirstOrDefault(answer => !answer.IsWord) ?? answers.Find(answer => answer.Data.Count > 0) ?? answers[0];
            var data = record.Type == "CNAME" ? answers.Select(answer => answer.Alias).OfType<string>().Distinct().Select(alias => alias + ".") : answers.SelectMany(answer => answer.Data);
            return new ServerObservation($"{server.Name} {server.EndPoint}", RecordCheckRules.Word(told.Outcome), [.. data.Take(MostQuoted).Select(Short)]);
        })];

    private static RecordProblem Silence(NameFacts name, CustomerDomain domain)
    {
        var zone = name.Zone.Zone.Length == 0 ? domain.Domain.Name : name.Zone.Zone;
        var outcome = name.Answers.Values.SelectMany(answers => answers).FirstOrDefault(answer => !answer.IsWord)?.Outcome;
        return outcome switch
        {
            null => new RecordProblem(CustomerCodes.DnsNoServers, $"No name server of {zone} is known that can be asked: the zone is not delegated, or its servers have no addresses, or our resolvers do not answer."),
            ServerOutcome.Timeout => new RecordProblem(CustomerCodes.DnsTimeout, $"The name servers of {zone} do not answer in time, so it is not known what is there."),
            ServerOutcome.ServerFailure => new RecordProblem(CustomerCodes.DnsServFail, $"The name servers of {zone} answer SERVFAIL: the zone has to be mended there."),
            ServerOutcome.Refused => new RecordProblem(CustomerCodes.DnsRefused, $"The name servers of {zone} refuse to answer: the zone is not there any more, or they do not answer everybody."),
            ServerOutcome.NotAuthoritative => new RecordProblem(CustomerCodes.DnsNotAuthoritative, $"The servers that the parent names for {zone} do not serve it: correct the delegation."),
            _ => new RecordProblem(CustomerCodes.DnsMalformed, $"The name servers of {zone} give answers that make no sense."),
        };
    }

    private static RecordProblem? SomeSilent(NameFacts name)
    {
        var silent = name.Zone.Servers.Where((_, index) => name.Answers.Values.Any(answers => !answers[index].IsWord)).Select(server => $"{AliasRules.Name(server.Name)} ({server.EndPoint.Address})").Concat(name.Zone.Missing.Select(AliasRules.Name)).ToList();
        return silent.Count == 0 ? null
            : new RecordProblem(CustomerCodes.ServerSilent, $"{string.Join(", ", silent.Take(MostQuoted))} of {name.Zone.Zone} gave no word on {name.Name}: what a sender gets there is not known.");
    }

    private static string Short(string data) => data.Length <= LongestQuoted ? data : data[..LongestQuoted] + "…";
}
