using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Records;

/// <summary>What is wrong with the record of TLSRPT and its targets. Pure.</summary>
internal static class ReportRules
{
    private const string Version = "v=TLSRPTv1";

    public static IReadOnlyList<Advisory> Judge(RecordFacts facts)
    {
        var found = new List<Advisory>();
        JudgeSeen(facts.TlsRpt, found);
        ServerRules.Judge(facts.TlsRpt, RecordCodes.TlsRptServersDiffer, found, facts.Sts.Zones.Select(zone => zone.Zone.Zone).ToHashSet(StringComparer.Ordinal));
        foreach (var target in facts.Targets)
        {
            if (FaultOf(target) is { } fault)
            {
                found.Add(RecordCodes.TlsRptTarget.On(Shown.Of(target.Uri), fault));
            }
        }

        return found;
    }

    public static IReadOnlyList<string> Evidence(RecordFacts facts) =>
        [.. RecordRules.Evidence(facts.TlsRpt), .. facts.Targets.Select(target => $"target {Shown.Of(target.Uri)}: {FaultOf(target) ?? "is there"}")];

    private static void JudgeSeen(TextFacts facts, List<Advisory> found)
    {
        if (facts.Seen.Outcome != LookupOutcome.Answer)
        {
            found.Add(facts.Seen switch
            {
                { IsEmpty: false } => RecordCodes.TlsRptDns.On(facts.Name, $"The look-up ends with {facts.Seen.Outcome} at {Shown.Of(facts.Seen.EndName)}."),
                { Chain.Count: > 0 } => RecordCodes.TlsRptNone.On(facts.Name, $"Its CNAME leads to {Shown.Of(facts.Seen.EndName)}, where no TXT record stands."),
                _ => RecordCodes.TlsRptNone.On(facts.Name, "There is no TXT record at this name."),
            });
            return;
        }

        if (!facts.Seen.Records.Any(text => text.TrimStart().StartsWith(Version, StringComparison.OrdinalIgnoreCase)))
        {
            found.Add(RecordCodes.TlsRptNone.On(facts.Name, $"None of the TXT records begins with {Version}."));
            return;
        }

        var reading = TlsRptRecord.Read(facts.Seen.Records);
        foreach (var error in reading.Errors)
        {
            var code = error.Code == SyntaxCodes.RecordSeveral ? RecordCodes.TlsRptMultiple : RecordCodes.TlsRptSyntax;
            found.Add(code.On(facts.Name, $"{error.Message} ({error.Code})"));
        }

        found.AddRange(reading.Warnings.Select(warning => RecordCodes.TlsRptAdvice.On(facts.Name, $"{warning.Message} ({warning.Code})")));
    }

    // A look-up that failed is no proof that nobody is there.
    private static string? FaultOf(TargetFacts target) => target switch
    {
        { Host: null } => "No host can be read from this target.",
        // RFC 7505 §3.
        { Mail: { Outcome: LookupOutcome.Answer } mail } when mail.Records.All(mx => mx.Name.Length == 0) => $"{target.Host} takes no mail: it has a null MX.",
        { Mail.IsEmpty: true, V4.IsEmpty: true, V6.IsEmpty: true } => $"{target.Host} has neither MX records nor addresses.",
        { Mail: null, V4.IsEmpty: true, V6.IsEmpty: true } => $"{target.Host} has no addresses.",
        _ => null,
    };
}
