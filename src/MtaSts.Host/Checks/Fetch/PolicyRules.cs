using System.Text;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>What is wrong with the text of a policy. The grammar is judged by <see cref="StsPolicyParser"/>, as in `mtasts lint policy`. Pure.</summary>
internal static class PolicyRules
{
    private const int MostErrors = 10;
    private const int MostLines = 40;

    private static readonly string[] AgeCodes = [SyntaxCodes.MaxAgeShort, SyntaxCodes.MaxAgeZero];

    public static IReadOnlyList<Advisory> Judge(string host, ReadOnlyMemory<byte> text, out StsPolicy? policy)
    {
        policy = null;
        // A page instead of a policy has as many faults as lines; one says it all.
        if (Encoding.Latin1.GetString(text.Span).TrimStart().StartsWith('<'))
        {
            return [FetchCodes.PolicySyntax.On(host, "The text is a web page, not a policy.")];
        }

        var reading = StsPolicyParser.Read(text.Span);
        policy = reading.Policy;
        var found = reading.Errors.Take(MostErrors).Select(error => FetchCodes.PolicySyntax.On(host, Message(error))).ToList();
        if (reading.Errors.Count > MostErrors)
        {
            found.Add(FetchCodes.PolicySyntax.On(host, $"There are {reading.Errors.Count - MostErrors} or more further errors."));
        }

        if (policy is null)
        {
            return found;
        }

        // On the way out both are as they must be (RFC 8461 §8.3).
        var isLeaving = policy.Mode == StsMode.None;
        found.AddRange(reading.Warnings.Where(warning => !(isLeaving && AgeCodes.Contains(warning.Code))).Take(MostErrors)
            .Select(warning => (AgeCodes.Contains(warning.Code) ? FetchCodes.PolicyShortMaxAge : FetchCodes.PolicyAdvice).On(host, Message(warning))));
        if (isLeaving)
        {
            found.Add(FetchCodes.PolicyModeNone.On(host, "The policy's mode is none: senders act as without a policy."));
        }

        return found;
    }

    /// <summary>The text itself, for the step's evidence.</summary>
    public static IReadOnlyList<string> Evidence(ReadOnlyMemory<byte> text)
    {
        var lines = Encoding.UTF8.GetString(text.Span).Split('\n').Select(line => Shown.Of(line.TrimEnd('\r'))).ToList();
        if (lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines.Count <= MostLines ? lines : [.. lines.Take(MostLines), $"… {lines.Count - MostLines} more lines"];
    }

    private static string Message(SyntaxError error) => $"{(error.Line is { } line ? $"Line {line}: " : "")}{error.Message} ({error.Code})";
}
