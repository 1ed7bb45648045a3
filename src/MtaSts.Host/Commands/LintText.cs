namespace MtaSts.Host.Commands;

/// <summary>A judgement as text for people.</summary>
internal static class LintText
{
    /// <summary>
    /// <paramref name="fields"/> are shown for valid input only: then the grammar vouches that they hold nothing a terminal would obey.
    /// </summary>
    public static void Write(
        TextWriter output, string subject, IReadOnlyList<SyntaxError> errors, IReadOnlyList<SyntaxError> warnings, IReadOnlyList<(string Name, string? Value)> fields)
    {
        if (errors.Count > 0)
        {
            output.WriteLine($"{subject} is not valid: {Count(errors, "error")}{(warnings.Count > 0 ? $", {Count(warnings, "warning")}" : "")}");
        }
        else
        {
            output.WriteLine($"{subject} is valid{(warnings.Count > 0 ? $", with {Count(warnings, "warning")}" : "")}");
            foreach (var (name, value) in fields)
            {
                output.WriteLine($"  {name}: {value}");
            }
        }

        WriteEach(output, "error", errors);
        WriteEach(output, "warning", warnings);
    }

    private static void WriteEach(TextWriter output, string kind, IReadOnlyList<SyntaxError> findings)
    {
        foreach (var finding in findings)
        {
            output.WriteLine($"  {kind}{(finding.Line is { } line ? $", line {line}" : "")}: {finding.Message} [{finding.Code}{(finding.Rfc is { } rfc ? $", {rfc}" : "")}]");
        }
    }

    private static string Count(IReadOnlyList<SyntaxError> findings, string kind) => findings.Count == 1 ? $"1 {kind}" : $"{findings.Count} {kind}s";
}
