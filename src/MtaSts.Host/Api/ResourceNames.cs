using System.Text.RegularExpressions;

namespace MtaSts.Host.Api;

/// <summary>Names that people give to what is no domain: tenants, templates.</summary>
internal static partial class ResourceNames
{
    public static bool IsValid(string name) => Pattern().IsMatch(name);

    [GeneratedRegex("^[a-z0-9-]{1,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
