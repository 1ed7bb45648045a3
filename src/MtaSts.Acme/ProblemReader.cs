using System.Text.Json;

namespace MtaSts.Acme;

/// <summary>
/// Reads problem documents, as much of them as is usable: an error that cannot be read in full is still an error, and its status counts.
/// </summary>
internal static class ProblemReader
{
    private const int MaxTypeLength = 200;

    public static AcmeProblem? Read(byte[] body)
    {
        try
        {
            using var document = AcmeJson.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("type", out _)
                ? Read(document.RootElement, withSubproblems: true)
                : null;
        }
        catch (Exception exception) when (AcmeJson.IsFaultOfTheText(exception))
        {
            return null;
        }
    }

    public static AcmeProblem Read(JsonElement element, bool withSubproblems)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return new AcmeProblem { Type = "about:blank" };
        }

        var mostDetail = withSubproblems ? AcmeLimits.MaxDetailLength : AcmeLimits.MaxSubproblemDetailLength;
        return new AcmeProblem
        {
            Type = Text(element, "type", MaxTypeLength) ?? "about:blank",
            Detail = Text(element, "detail", mostDetail) ?? Text(element, "title", mostDetail),
            Status = element.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Number && status.TryGetInt32(out var number) ? number : null,
            Instance = withSubproblems ? Text(element, "instance", AcmeLimits.MaxUrlLength) : null,
            Identifier = element.TryGetProperty("identifier", out var identifier) ? Identifier(identifier) : null,
            // RFC 8555 §6.7.1: subproblems have no subproblems.
            Subproblems = withSubproblems && element.TryGetProperty("subproblems", out var list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Take(AcmeLimits.MaxSubproblems).Select(sub => Read(sub, withSubproblems: false))]
                : [],
        };
    }

    private static AcmeIdentifier? Identifier(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && Text(element, "value", MaxTypeLength * 2) is { } value
            ? new AcmeIdentifier(Text(element, "type", MaxTypeLength) ?? "dns", value)
            : null;

    private static string? Text(JsonElement element, string name, int most) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? PlainText.Cut(value.GetString()!, most) : null;
}
