using MtaSts.Host.Checks.Records;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>Puts what was found in the order of a sender's way. Pure.</summary>
internal static class PolicySideRules
{
    public static PolicySideResult Judge(MailDomain domain, OwnPolicy? ours, RecordFacts record, HostFacts host)
    {
        var steps = new List<CheckStep>();
        var advisories = new List<Advisory>();
        Add("record", domain.RecordName, RecordRules.Judge(record.Sts, out var id), record.Took, RecordRules.Evidence(record.Sts));
        Add("host", domain.PolicyHost, HostRules.Judge(host), host.Took, HostRules.Evidence(host));

        var each = FetchRules.JudgeEach(host);
        foreach (var (fetch, judged) in host.Fetches.Zip(each))
        {
            Add("fetch", fetch.Address.ToString(), judged, fetch.Took, FetchRules.Evidence(host, fetch), isSkipped: fetch.Outcome == FetchOutcome.Unchecked);
        }

        var usable = host.Fetches.Zip(each).FirstOrDefault(pair => FetchRules.IsUsable(pair.First, pair.Second)).First;
        // What no strict sender would take is judged all the same: whoever mends the host wants to know.
        var text = (usable ?? host.Fetches.FirstOrDefault(fetch => fetch.Body is not null && !FetchRules.IsCoded(fetch)))?.Body;
        StsPolicy? policy = null;
        Add(
            "policy",
            domain.PolicyHost,
            [.. FetchRules.JudgeTogether(host), .. text is { } given ? PolicyRules.Judge(domain.PolicyHost, given, out policy) : []],
            TimeSpan.Zero,
            text is { } shown ? PolicyRules.Evidence(shown) : ["no text was fetched"],
            isSkipped: text is null);
        policy = usable is null ? null : policy;

        Add(
            "id",
            domain.Name,
            ours is null ? [] : IdRules.Judge(domain, ours, id, text),
            TimeSpan.Zero,
            ours is null ? ["not a domain of this service"] : [$"here {ours.PolicyId}, in DNS {id ?? "none"}"],
            isSkipped: ours is null);
        Add("reports", domain.TlsRptRecordName, ReportRules.Judge(record), record.ReportsTook, ReportRules.Evidence(record));
        return new PolicySideResult(new CheckPart(steps, advisories), id, id is null ? null : policy, policy);

        void Add(string name, string subject, IReadOnlyList<Advisory> found, TimeSpan took, IReadOnlyList<string> evidence, bool isSkipped = false)
        {
            steps.Add(new CheckStep(name, subject, isSkipped ? StepState.Skipped : CheckPart.StateOf(found), took, evidence));
            advisories.AddRange(found);
        }
    }
}
