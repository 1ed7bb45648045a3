namespace MtaSts.Acme;

/// <summary>One link of a <c>Link</c> header (RFC 8288), with its first relation in lower case.</summary>
internal sealed record AcmeLink(Uri Target, string Relation)
{
    private const int MaxLinks = 50;

    public static IReadOnlyList<AcmeLink> Read(IEnumerable<string> headers, Uri at)
    {
        var links = new List<AcmeLink>();
        foreach (var header in headers)
        {
            var rest = header.AsSpan();
            while (links.Count < MaxLinks && rest.IndexOf('<') is >= 0 and var open && rest[open..].IndexOf('>') is > 0 and var length)
            {
                var target = rest.Slice(open + 1, length - 1).ToString();
                rest = rest[(open + length + 1)..];
                var end = EndOfParameters(rest);
                if (RelationOf(rest[..end]) is { } relation && AcmeUrl.TryResolve(at, target) is { } url)
                {
                    links.Add(new AcmeLink(url, relation));
                }

                rest = rest[end..];
            }
        }

        return links;
    }

    /// <remarks>A comma in quotes belongs to a parameter.</remarks>
    private static int EndOfParameters(ReadOnlySpan<char> text)
    {
        var quoted = false;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                quoted = !quoted;
            }
            else if (text[at] == ',' && !quoted)
            {
                return at;
            }
        }

        return text.Length;
    }

    private static string? RelationOf(ReadOnlySpan<char> parameters)
    {
        foreach (var range in parameters.Split(';'))
        {
            var parameter = parameters[range].Trim();
            if (parameter.StartsWith("rel", StringComparison.OrdinalIgnoreCase) && parameter[3..].TrimStart() is ['=', .. var value])
            {
                var words = value.Trim().Trim('"').Trim().ToString().Split(' ', 2);
                return words[0].Length is > 0 and <= 100 ? words[0].ToLowerInvariant() : null;
            }
        }

        return null;
    }
}
