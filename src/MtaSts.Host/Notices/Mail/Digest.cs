using System.Globalization;
using System.Text;
using MtaSts.Host.Checks;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices.Mail;

/// <summary>A message to people as subject and plain text. Whatever strangers wrote stands in it as part of one line. Pure.</summary>
internal static class Digest
{
    private const int MostAdvisories = 100;
    private const int MostNames = 3;
    private const int MostDomains = 20;

    /// <summary>The last event of each advisory: what came and went again before it was told is told as gone.</summary>
    public static IReadOnlyList<AdvisoryEvent> Latest(IEnumerable<AdvisoryEvent> events) =>
        [.. events.GroupBy(one => (one.DomainId, one.Domain, one.Code, one.Subject)).Select(same => same.MaxBy(one => one.Id)!).OrderBy(one => one.Id)];

    public static (string Subject, string Text) Compose(DigestFacts facts)
    {
        var latest = Latest(facts.Events);
        var added = latest.Where(one => one.Kind != AdvisoryEventKind.Cleared).ToList();
        var cleared = latest.Where(one => one.Kind == AdvisoryEventKind.Cleared).ToList();
        return (SubjectOf(added, cleared, facts), TextOf(added, cleared, facts));
    }

    private static string SubjectOf(List<AdvisoryEvent> added, List<AdvisoryEvent> cleared, DigestFacts facts)
    {
        var stopping = Domains(added.Where(one => one is { Severity: AdvisorySeverity.Error, IsEnforced: true }));
        var errors = Domains(added.Where(one => one.Severity == AdvisorySeverity.Error));
        var (names, what) = stopping.Count > 0 ? (stopping, "errors that stop mail")
            : errors.Count > 0 ? (errors, "errors")
            : added.Count > 0 ? (Domains(added), "warnings")
            : cleared.Count > 0 ? (Domains(cleared), "")
            : (facts.DomainsWithErrors, "errors that go on");
        var count = names.Count == 1 ? "1 domain has" : string.Create(CultureInfo.InvariantCulture, $"{names.Count} domains have");
        var listed = $"{string.Join(", ", names.Take(MostNames).Select(Line))}{(names.Count > MostNames ? ", …" : "")}";
        return names.Count == 0 ? "MTA-STS: errors go on"
            : what.Length == 0 ? $"MTA-STS: no longer wrong: {listed}"
            : $"MTA-STS: {count} {what}: {listed}";
    }

    private static string TextOf(List<AdvisoryEvent> added, List<AdvisoryEvent> cleared, DigestFacts facts)
    {
        var text = new StringBuilder();
        var room = MostAdvisories;
        var domains = added.GroupBy(one => one.Domain).OrderByDescending(domain => domain.Max(Weight)).ThenBy(domain => domain.Key, StringComparer.Ordinal);
        foreach (var domain in domains.TakeWhile(_ => room > 0))
        {
            var shown = domain.OrderByDescending(Weight).ThenBy(one => one.Id).Take(room).ToList();
            room -= shown.Count;
            text.Append(CultureInfo.InvariantCulture, $"{Heading(domain.First(), facts)}\n\n");
            foreach (var advisory in shown)
            {
                Append(text, advisory);
            }
        }

        if (cleared.Count > 0 && room > 0)
        {
            var shown = cleared.OrderBy(one => one.Domain, StringComparer.Ordinal).ThenBy(one => one.Id).Take(room).ToList();
            room -= shown.Count;
            text.Append("No longer wrong\n\n");
            foreach (var advisory in shown)
            {
                text.Append(CultureInfo.InvariantCulture, $"- {Heading(advisory, facts)}: {Line(advisory.Code)}, {Line(advisory.Subject)}\n");
            }

            text.Append('\n');
        }

        var more = added.Count + cleared.Count - (MostAdvisories - room);
        if (more > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"And {more} more; the API has them all.\n\n");
        }

        AppendGoOn(text, facts);
        if (facts.Dropped > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{facts.Dropped} older notices were dropped so far, because too many waited.\n\n");
        }

        return text.Append("Times and reports: GET /api/v1/domains/{domain}/checks/latest. Who gets this message is set at /notices of the same API.\n").ToString();
    }

    private static void AppendGoOn(StringBuilder text, DigestFacts facts)
    {
        if (facts.GoOn > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{facts.GoOn} {(facts.GoOn == 1 ? "finding that was" : "findings that were")} told before {(facts.GoOn == 1 ? "goes" : "go")} on.\n");
        }

        if (facts.DomainsWithErrors.Count > 0)
        {
            var more = facts.DomainsWithErrors.Count - MostDomains;
            text.Append(CultureInfo.InvariantCulture, $"Errors go on at: {string.Join(", ", facts.DomainsWithErrors.Take(MostDomains).Select(Line))}{(more > 0 ? ", …" : "")}\n");
        }

        if (facts.GoOn > 0 || facts.DomainsWithErrors.Count > 0)
        {
            text.Append('\n');
        }
    }

    private static void Append(StringBuilder text, AdvisoryEvent advisory)
    {
        var word = advisory.Severity == AdvisorySeverity.Error ? advisory.IsEnforced ? "ERROR, mail is stopped" : "Error" : "Warning";
        var about = CheckCodes.Find(advisory.Code);
        text.Append(CultureInfo.InvariantCulture, $"- {word}: {Line(advisory.Subject)}\n  {Line(advisory.Message)}\n");
        if (about is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"  What to do: {about.Fix}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"  ({Line(advisory.Code)}{(about?.Rfc is { } rfc ? $", {rfc}" : "")}, since {advisory.At:yyyy-MM-dd HH:mm} UTC)\n\n");
    }

    private static string Heading(AdvisoryEvent one, DigestFacts facts) =>
        facts.Tenants.TryGetValue(one.TenantId, out var tenant) ? $"{Line(one.Domain)} (tenant {Line(tenant)})" : Line(one.Domain);

    private static List<string> Domains(IEnumerable<AdvisoryEvent> events) => [.. events.Select(one => one.Domain).Distinct().Order(StringComparer.Ordinal)];

    private static int Weight(AdvisoryEvent one) => (one.Severity == AdvisorySeverity.Error ? 2 : 0) + (one.IsEnforced ? 1 : 0);

    private static string Line(string text) => NoticeText.Line(text);
}
