namespace MtaSts.Host.DnsRecords.Comparison;

/// <summary>Which names of `Dns:Zone` are the service's own to look after: all below the parts that it writes in. Pure.</summary>
internal sealed class ZoneNames
{
    // What a server makes of a zone by itself when it signs it (RFC 4034, RFC 5155), as words and as numbers.
    private static readonly HashSet<string> OfSigning = ["RRSIG", "NSEC", "NSEC3", "TYPE46", "TYPE47", "TYPE50"];

    private readonly string[] _parts;

    /// <param name="zone">`Dns:Zone`.</param>
    public ZoneNames(string zone)
    {
        var settings = new ZoneSettings(zone, [], []);
        _parts = [.. new[] { settings.HostTarget(""), settings.TextTarget(""), settings.ReportTarget(""), settings.ChallengeTarget("") }];
    }

    /// <param name="name">Lower case, no final dot.</param>
    public bool IsOurs(string name) => Array.Exists(_parts, part => name.EndsWith(part, StringComparison.Ordinal));

    public static bool IsOfSigning(string type) => OfSigning.Contains(type);

    /// <summary>The one label that the name has in front of a part; null: there are more, or it is none of our names.</summary>
    public string? LabelOf(string name) =>
        Array.Find(_parts, part => name.EndsWith(part, StringComparison.Ordinal)) is { } part && name[..^part.Length] is var label && !label.Contains('.', StringComparison.Ordinal) ? label : null;
}
