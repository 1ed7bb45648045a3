using System.Globalization;
using MtaSts.Host.Checks;

namespace MtaSts.Host.Commands;

/// <summary>A report for people: the verdict first, then what to do, then the way step by step.</summary>
internal static class CheckText
{
    public static void Write(TextWriter output, CheckReport report)
    {
        Line(output, $"{report.Domain}: {Count(report.Errors, "error")}, {Count(report.Warnings, "warning")} ({Seconds(report.Milliseconds)})");
        if (report.Policy is { } policy)
        {
            Line(output, $"policy: {policy.Mode}, max_age {policy.MaxAge.ToString(CultureInfo.InvariantCulture)}, mx {string.Join(" ", policy.Mx.DefaultIfEmpty("(none)"))}{(report.PolicyId is null ? "" : $", id {report.PolicyId}")}");
        }

        Write(output, "Now", report.Verdict.Now);
        if (report.Verdict.Enforce is { } enforce && report.Policy?.Mode != "enforce")
        {
            Write(output, "In enforce", enforce);
        }

        foreach (var advisory in report.Advisories)
        {
            output.WriteLine();
            Line(output, $"{Mark(advisory.Severity)} {advisory.Code}  {advisory.Subject}");
            Line(output, $"  {advisory.Message}");
            Line(output, $"  → {advisory.Fix}");
            string[] sources = [.. new[] { advisory.Rfc, advisory.ResultType is null ? null : $"senders report {advisory.ResultType}" }.OfType<string>()];
            if (sources.Length > 0)
            {
                Line(output, $"  {string.Join("; ", sources)}");
            }
        }

        output.WriteLine();
        var (name, subject) = (report.Steps.Max(step => step.Name.Length), report.Steps.Max(step => step.Subject.Length));
        foreach (var step in report.Steps)
        {
            var took = step.State == "skipped" ? "" : $"  {step.Milliseconds.ToString(CultureInfo.InvariantCulture)} ms";
            Line(output, $"{Mark(step.State)} {step.Name.PadRight(name)}  {step.Subject.PadRight(subject)}{took}".TrimEnd());
            foreach (var line in step.Evidence)
            {
                Line(output, $"    {line}");
            }
        }
    }

    private static void Write(TextWriter output, string when, CheckedDelivery delivery)
    {
        Line(output, $"{when}: {delivery.Message}");
        foreach (var refused in delivery.Refuses)
        {
            Line(output, $"  not to {refused.Host}{(refused.Code is null ? "" : $" ({refused.Code})")}");
        }
    }

    private static string Mark(string word) => word switch
    {
        "ok" => "✓",
        "warning" => "!",
        "error" => "✗",
        _ => "·",
    };

    private static string Count(int count, string noun) => $"{count.ToString(CultureInfo.InvariantCulture)} {noun}{(count == 1 ? "" : "s")}";

    private static string Seconds(long milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.0} s");

    private static void Line(TextWriter output, string text) => output.WriteLine(TextTable.Clean(text));
}
