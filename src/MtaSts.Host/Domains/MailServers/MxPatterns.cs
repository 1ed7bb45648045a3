using System.Diagnostics.CodeAnalysis;

namespace MtaSts.Host.Domains.MailServers;

/// <summary>A pattern that a policy needs.</summary>
/// <param name="Pattern">Lower case.</param>
/// <param name="Because">One sentence for people.</param>
/// <param name="Hosts">The mail servers that it is there for.</param>
internal sealed record WantedPattern(MxPattern Pattern, string Because, IReadOnlyList<string> Hosts);

/// <summary>From the names of mail servers to the patterns of a policy. Pure.</summary>
/// <remarks>
/// Google Workspace: `smtp.google.com` today, `aspmx.l.google.com` with `alt1` to `alt4` before it below it, and `aspmx2` to `aspmx5` of `googlemail.com` in older
/// set-ups (support.google.com/a/answer/174125); policies for it name `aspmx.l.google.com`, `*.aspmx.l.google.com` and `*.googlemail.com`. All of these names are
/// Google's own, so that the wildcards let nobody else in.
/// Microsoft 365: `contoso-com.mail.protection.outlook.com` (learn.microsoft.com, external-domain-name-system-records), with DNSSEC
/// `contoso-com.o-v1.mx.microsoft`, the letter being the tenant's (how-smtp-dane-works). Below both suffixes every tenant has a name of his own, so a wildcard would
/// let mail go to any of them (RFC 8461 §10.4); and `*.mx.microsoft` does not even match, as `*` is one label (§4.1; jklotzsche-msft/PS.MTA-STS pull 33).
/// </remarks>
internal static class MxPatterns
{
    public const string Google = "Google Workspace";
    public const string Microsoft = "Microsoft 365";

    private static readonly HashSet<string> GoogleHosts =
    [
        "smtp.google.com", "aspmx.l.google.com", "alt1.aspmx.l.google.com", "alt2.aspmx.l.google.com", "alt3.aspmx.l.google.com", "alt4.aspmx.l.google.com",
        "aspmx2.googlemail.com", "aspmx3.googlemail.com", "aspmx4.googlemail.com", "aspmx5.googlemail.com",
    ];

    private static readonly string[] GooglePatterns = ["smtp.google.com", "aspmx.l.google.com", "*.aspmx.l.google.com", "*.googlemail.com"];

    /// <summary>Each pattern once, in the order of the servers.</summary>
    /// <param name="hosts">Names that <see cref="TryHost"/> takes.</param>
    public static IReadOnlyList<WantedPattern> Of(IEnumerable<string> hosts)
    {
        var wanted = new List<WantedPattern>();
        string[] all = [.. hosts.Distinct(StringComparer.Ordinal)];
        string[] googles = [.. all.Where(host => ProviderOf(host) == Google)];
        foreach (var host in all)
        {
            if (ProviderOf(host) != Google)
            {
                wanted.Add(new WantedPattern(
                    PatternOf(host),
                    ProviderOf(host) == Microsoft ? $"{host} is this tenant's own name at {Microsoft}." : $"DNS names {host} as a mail server.",
                    [host]));
            }
            else if (host == googles[0])
            {
                wanted.AddRange(GooglePatterns.Select(text => new WantedPattern(PatternOf(text), $"{Google} receives mail under these names ({string.Join(", ", googles)} in DNS).", googles)));
            }
        }

        return wanted;
    }

    /// <returns>Whose mail server it is, where the rules know one.</returns>
    public static string? ProviderOf(string host) =>
        GoogleHosts.Contains(host) ? Google
        : IsBelow(host, ".mail.protection.outlook.com", labels: 1) || (IsBelow(host, ".mx.microsoft", labels: 2) && host.Split('.')[1].EndsWith("-v1", StringComparison.Ordinal)) ? Microsoft
        : null;

    /// <summary>Whether a policy can name it: what comes out of DNS may hold any bytes, and a `*.` in it is not ours to believe.</summary>
    public static bool TryHost(string name, [NotNullWhen(true)] out MxPattern? pattern) =>
        MxPattern.TryParse(name, out pattern, out _) && !pattern.IsWildcard && MxPattern.TryNormalize(name, out pattern, out _) && pattern.Text == name;

    /// <summary>Whether what the one lets in the others let in as well.</summary>
    public static bool Covers(IReadOnlyList<MxPattern> patterns, MxPattern one) => patterns.Any(pattern => pattern.Equals(one) || (!one.IsWildcard && pattern.Matches(one.Text)));

    /// <summary>Whether a mail server needs it: it matches one, or a rule has put it there for one.</summary>
    public static bool IsNeeded(MxPattern pattern, IReadOnlyList<string> hosts, IReadOnlyList<WantedPattern> wanted) => hosts.Any(pattern.Matches) || wanted.Any(one => one.Pattern.Equals(pattern));

    private static bool IsBelow(string host, string suffix, int labels) => host.EndsWith(suffix, StringComparison.Ordinal) && host[..^suffix.Length].Split('.').Length == labels;

    private static MxPattern PatternOf(string text) => MxPattern.TryParse(text, out var pattern, out var error) ? pattern : throw new ArgumentException(error.Message, nameof(text));
}
