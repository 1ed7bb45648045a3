namespace MtaSts.Host.Checks.Mail;

/// <summary>What was seen, in lines for people. Pure.</summary>
internal static class MailEvidence
{
    /// <summary>Of all mail servers of a domain together: servers can say as much as they like, and each check keeps its report.</summary>
    public const int MostLines = 300;

    // Of what stands in DNS, a part of the lines of a host.
    private const int PartOfRecords = 15;

    private const int MostRecords = 100;

    public static IReadOnlyList<string> OfRecords(MailFacts facts) => facts.Kind switch
    {
        MxKind.Records => [.. facts.Hosts.Select(host => $"MX {host.Preference} {Shown.Of(host.Name)}"), .. First([.. facts.NotLookedAt.Select(exchange => $"MX {exchange.Preference} {Shown.Of(exchange.Name)} (not looked at)")], MostRecords), .. facts.HasNullBeside ? ["MX 0 ."] : Array.Empty<string>()],
        MxKind.Implicit => [$"no MX records; {facts.Domain} itself has addresses"],
        MxKind.Null => ["MX 0 ."],
        MxKind.None => ["no MX records, no addresses"],
        _ => [$"the look-up failed: {facts.Lookup}"],
    };

    /// <param name="host">One of them.</param>
    /// <param name="hosts">How many share the lines. Each address has its own line in any case.</param>
    public static IReadOnlyList<string> OfHost(MailHost host, int hosts)
    {
        var share = MostLines / hosts;
        var most = share / PartOfRecords;
        var aliases = Last([.. host.Aliases.Select(alias => $"CNAME {Shown.Of(alias)}")], most);
        List<string> others =
        [
            .. First([.. host.NotLookedAt.Select(address => $"{address}: not looked at")], most),
            .. First([.. host.Tlsa.Records.Select(record => Shown.Of($"TLSA {record}{(host.Tlsa.IsValidated ? "" : " (DNSSEC not checked)")}"))], most),
        ];
        var ofEach = (share - aliases.Count - others.Count) / Math.Max(1, host.Addresses.Count);
        return [.. aliases, .. host.Addresses.SelectMany(address => OfAddress(address, ofEach)), .. others];
    }

    private static List<string> OfAddress(MailAddress address, int most)
    {
        List<string> lines = [Shown.Of($"{address.Address}: {(address.Tls is { } tls ? $"{tls.Version}, {tls.Cipher}" : address.Detail)}")];
        if (address is { Tls: not null, Detail.Length: > 0 })
        {
            lines.Add(Shown.Of(address.Detail));
        }

        var dialogue = address.Dialogue.Select(Shown.Of);
        var certificates = (address.Tls?.Chain ?? []).SelectMany(OfCertificate);
        var room = Math.Max(1, most - lines.Count);
        // The greeting is of interest always, the rest where it went wrong: then its end says most. The server's own certificate is the first.
        return [.. lines, .. address.End == MailEnd.Secured ? First([.. dialogue.Take(1), .. certificates], room) : Last([.. certificates, .. dialogue], room)];
    }

    private static IEnumerable<string> OfCertificate(CertificateFacts certificate)
    {
        yield return Shown.Of($"certificate {certificate.Subject}, issued by {certificate.Issuer}");
        yield return $"valid from {AddressRules.Day(certificate.NotBefore)} to {AddressRules.Day(certificate.NotAfter)}";
        if (certificate.Names.Count > 0)
        {
            yield return Shown.Of($"for {string.Join(", ", certificate.Names)}");
        }
    }

    private static List<string> First(List<string> lines, int most) =>
        lines.Count <= most ? lines : [.. lines.Take(most - 1), LeftOut(lines.Count - most + 1)];

    private static List<string> Last(List<string> lines, int most) =>
        lines.Count <= most ? lines : [LeftOut(lines.Count - most + 1), .. lines.TakeLast(most - 1)];

    private static string LeftOut(int lines) => $"… {lines} line{(lines == 1 ? "" : "s")} left out";
}
