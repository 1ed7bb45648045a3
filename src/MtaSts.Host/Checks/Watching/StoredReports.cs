using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MtaSts.Host.Checks.Watching;

/// <summary>
/// What the store keeps of a report: all of it, as long as it is not longer than any honest domain's. What strangers say decides how long it becomes, and each check
/// writes it anew. Advisories and verdict stay; what is cut says so. Pure.
/// </summary>
internal static class StoredReports
{
    public const int MostBytes = 512 * 1024;

    private const int MostLines = 3;
    private const int MostHosts = 50;
    private const int LongestMessage = 100;

    // It is read by this service alone: letters of other scripts need not be six bytes.
    private static readonly ChecksJson Json = new(new JsonSerializerOptions(ChecksJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static string Text(CheckReport report)
    {
        var text = Write(report);
        if (IsTooLong(text))
        {
            report = report with { Steps = [.. report.Steps.Select(step => step with { Evidence = First(step.Evidence) })] };
            text = Write(report);
        }

        // Some hundred advisories with the longest texts, or a domain with thousands of mail servers.
        return !IsTooLong(text) ? text : Write(report with
        {
            Verdict = new CheckedVerdict(Short(report.Verdict.Now), report.Verdict.Enforce is { } enforce ? Short(enforce) : null),
            Advisories = [.. report.Advisories.Select(advisory => advisory with { Message = Short(advisory.Message) })],
        });
    }

    private static string Write(CheckReport report) => JsonSerializer.Serialize(report, Json.CheckReport);

    private static bool IsTooLong(string text) => Encoding.UTF8.GetByteCount(text) > MostBytes;

    private static IReadOnlyList<string> First(IReadOnlyList<string> lines) =>
        lines.Count <= MostLines ? lines : [.. lines.Take(MostLines), $"… {lines.Count - MostLines} lines left out: the report would be over {MostBytes / 1024} KB"];

    private static CheckedDelivery Short(CheckedDelivery verdict)
    {
        var leftOut = Math.Max(0, verdict.DeliversTo.Count - MostHosts) + Math.Max(0, verdict.Refuses.Count - MostHosts);
        return leftOut == 0 ? verdict : verdict with
        {
            Message = $"{verdict.Message} ({leftOut} of the mail servers are left out here: the report would be over {MostBytes / 1024} KB.)",
            DeliversTo = [.. verdict.DeliversTo.Take(MostHosts)],
            Refuses = [.. verdict.Refuses.Take(MostHosts)],
        };
    }

    private static string Short(string message) => message.Length <= LongestMessage ? message : message[..(LongestMessage - 1)] + "…";
}
