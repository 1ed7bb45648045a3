using MtaSts.Host.Api;

namespace MtaSts.Host.Checks;

/// <summary>From what was found to what is shown. Pure.</summary>
internal static class CheckReports
{
    public static CheckReport Of(MailDomain domain, DateTimeOffset at, TimeSpan took, string? policyId, StsPolicy? policy, CheckVerdict verdict, IEnumerable<CheckPart> parts)
    {
        var all = parts.ToList();
        // The sort keeps the order of the way within one severity.
        List<Advisory> advisories = [.. all.SelectMany(part => part.Advisories).OrderByDescending(advisory => advisory.Severity)];
        return new CheckReport(
            domain.Name,
            at,
            (long)took.TotalMilliseconds,
            advisories.Count(advisory => advisory.Severity == Severity.Error),
            advisories.Count(advisory => advisory.Severity == Severity.Warning),
            policyId,
            policy is null ? null : new CheckedPolicy(policy.Mode.ToWord(), [.. policy.Mx.Select(pattern => pattern.Text)], policy.MaxAge),
            new CheckedVerdict(Of(verdict.Now), verdict.Enforce is null ? null : Of(verdict.Enforce)),
            [.. advisories.Select(advisory => new CheckedAdvisory(advisory.Code, EnumWords.Of(advisory.Severity), advisory.Subject, advisory.Message, advisory.Fix, advisory.Rfc, advisory.ResultType))],
            [.. all.SelectMany(part => part.Steps).Select(step => new CheckedStep(step.Name, step.Subject, EnumWords.Of(step.State), (long)step.Took.TotalMilliseconds, step.Evidence))]);
    }

    private static CheckedDelivery Of(DeliveryVerdict verdict) => new(EnumWords.Of(verdict.Outcome), verdict.Message, verdict.DeliversTo, verdict.Refuses);
}
