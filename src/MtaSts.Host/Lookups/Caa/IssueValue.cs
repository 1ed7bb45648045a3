using System.Diagnostics.CodeAnalysis;

namespace MtaSts.Host.Lookups.Caa;

/// <summary>The value of an `issue` property (RFC 8659 §4.2).</summary>
/// <param name="Issuer">The issuer's domain as written; empty: no CA.</param>
/// <param name="Parameters">Tags and values in their order; tags may repeat.</param>
internal sealed record IssueValue(string Issuer, IReadOnlyList<KeyValuePair<string, string>> Parameters)
{
    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>False for what breaks the grammar; such a property authorises nobody (RFC 8659 §4.2).</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IssueValue? value)
    {
        value = null;
        var parts = text.Split(';');
        var issuer = parts[0].Trim(Blanks);
        if (issuer.Length > 0 && !issuer.Split('.').All(IsLabel))
        {
            return false;
        }

        var parameters = new List<KeyValuePair<string, string>>();
        for (var index = 1; index < parts.Length; index++)
        {
            var part = parts[index].Trim(Blanks);
            if (part.Length == 0 && index == parts.Length - 1)
            {
                break;
            }

            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                return false;
            }

            var tag = part[..equals].TrimEnd(Blanks);
            var content = part[(equals + 1)..].TrimStart(Blanks);
            if (!tag.All(char.IsAsciiLetterOrDigit) || !content.All(character => character is >= '!' and <= '~'))
            {
                return false;
            }

            parameters.Add(new KeyValuePair<string, string>(tag, content));
        }

        value = new IssueValue(issuer, parameters);
        return true;
    }

    /// <summary>All values under a tag; tags know no case.</summary>
    public IReadOnlyList<string> All(string tag) =>
        [.. Parameters.Where(parameter => parameter.Key.Equals(tag, StringComparison.OrdinalIgnoreCase)).Select(parameter => parameter.Value)];

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(character => char.IsAsciiLetterOrDigit(character) || character == '-');
}
