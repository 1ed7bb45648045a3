namespace MtaSts.Testing;

/// <summary>A zone file with what every zone needs, a server's name that leads nowhere where the records name none; its serial is 1, and what is not there may be remembered for 30 s.</summary>
internal static class ZoneFile
{
    public static string Text(string zone, string records) =>
        $"$ORIGIN {zone.TrimEnd('.')}.\n$TTL 60\n@ SOA ns.invalid. hostmaster.invalid. 1 3600 600 604800 30\n{(records.Contains("@ NS ", StringComparison.Ordinal) ? "" : "@ NS ns.invalid.\n")}{records}\n";
}
