using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Data;

/// <summary>A policy as three columns and back. Patterns hold no white space, so a line each is safe.</summary>
internal static class StoredPolicy
{
    public static StsPolicy Policy(this HostedDomain domain) => From(domain.Mode, domain.Mx, domain.MaxAge);

    /// <summary>Null when the columns are damaged.</summary>
    public static StsPolicy? PolicyOrNull(this HostedDomain domain)
    {
        try
        {
            return domain.Policy();
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            return null;
        }
    }

    public static StsPolicy Policy(this PolicyTemplate template) => From(template.Mode, template.Mx, template.MaxAge);

    public static StsPolicy Policy(this PolicyVersion version) => From(version.Mode, version.Mx, version.MaxAge);

    public static StsPolicy From(StsMode mode, string mx, int maxAge) => new(mode, [.. Lines(mx).Select(Pattern)], maxAge);

    public static string MxColumn(StsPolicy policy) => string.Join('\n', policy.Mx.Select(pattern => pattern.Text));

    public static string[] Lines(string? column) => column is null ? [] : column.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static MxPattern Pattern(string text) =>
        MxPattern.TryParse(text, out var pattern, out var error)
            ? pattern
            : throw new InvalidDataException($"The store holds an mx pattern that no rule would have let in: {error.Message}");
}
