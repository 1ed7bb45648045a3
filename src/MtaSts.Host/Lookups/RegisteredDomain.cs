namespace MtaSts.Host.Lookups;

/// <summary>
/// The domain that somebody registered, by the Public Suffix List: CAs count certificates below it. A list that has aged only makes us count a
/// little differently from the CA.
/// </summary>
internal static class RegisteredDomain
{
    private static readonly Lazy<HashSet<string>> Rules = new(Read);

    /// <summary>One label more than the public suffix; the name itself when it is one.</summary>
    /// <param name="name">Lower-case A-labels without a final dot.</param>
    public static string Of(string name)
    {
        var rules = Rules.Value;
        var registered = name;
        // From the whole name down: the longest rule counts (https://publicsuffix.org/list/, "Algorithm"), an exception before all.
        for (var suffix = name; ; registered = suffix, suffix = DomainNames.Parent(suffix)!)
        {
            var parent = DomainNames.Parent(suffix);
            if (rules.Contains("!" + suffix))
            {
                return suffix;
            }

            // "If no rules match, the prevailing rule is '*'": the last label.
            if (parent is null || rules.Contains(suffix) || rules.Contains("*." + parent))
            {
                return registered;
            }
        }
    }

    /// <summary>Whether everybody may register names directly below it.</summary>
    public static bool IsPublicSuffix(string name)
    {
        var rules = Rules.Value;
        var parent = DomainNames.Parent(name);
        return !rules.Contains("!" + name) && (parent is null || rules.Contains(name) || rules.Contains("*." + parent));
    }

    private static HashSet<string> Read()
    {
        using var stream = typeof(RegisteredDomain).Assembly.GetManifestResourceStream("public-suffixes.txt")!;
        using var reader = new StreamReader(stream);
        var rules = new HashSet<string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                rules.Add(line);
            }
        }

        return rules;
    }
}
