namespace MtaSts.Host.Lookups;

/// <summary>How names of the DNS lie to each other. All are in lower case, without a final dot.</summary>
internal static class DomainNames
{
    /// <returns>The name without its first label; null: it has one only.</returns>
    public static string? Parent(string name) => name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? name[(dot + 1)..] : null;

    public static bool IsAtOrBelow(string name, string zone) => name == zone || name.EndsWith("." + zone, StringComparison.Ordinal);
}
