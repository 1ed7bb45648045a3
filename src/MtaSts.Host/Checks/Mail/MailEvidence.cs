namespace MtaSts.Host.Checks.Mail;

/// <summary>What was seen, in lines for people. Pure.</summary>
internal static class MailEvidence
{
    public static IReadOnlyList<string> OfRecords(MailFacts facts) => facts.Kind switch
    {
        MxKind.Records => [.. facts.Hosts.Select(host => $"MX {host.Preference} {Shown.Of(host.Name)}"), .. facts.NotLookedAt.Select(exchange => $"MX {exchange.Preference} {Shown.Of(exchange.Name)} (not looked at)"), .. facts.HasNullBeside ? ["MX 0 ."] : Array.Empty<string>()],
        MxKind.Implicit => [$"no MX records; {facts.Domain} itself has addresses"],
        MxKind.Null => ["MX 0 ."],
        MxKind.None => ["no MX records, no addresses"],
        _ => [$"the look-up failed: {facts.Lookup}"],
    };

    public static IReadOnlyList<string> OfHost(MailHost host) =>
    [
        .. host.Aliases.Select(alias => $"CNAME {Shown.Of(alias)}"),
        .. host.Addresses.SelectMany(OfAddress),
        .. host.NotLookedAt.Select(address => $"{address}: not looked at"),
        .. host.Tlsa.Records.Select(record => Shown.Of($"TLSA {record}{(host.Tlsa.IsValidated ? "" : " (DNSSEC not checked)")}")),
    ];

    private static IEnumerable<string> OfAddress(MailAddress address)
    {
        yield return Shown.Of($"{address.Address}: {(address.Tls is { } tls ? $"{tls.Version}, {tls.Cipher}" : address.Detail)}");
        if (address is { Tls: not null, Detail.Length: > 0 })
        {
            yield return Shown.Of(address.Detail);
        }

        // The greeting is of interest always, the rest where it went wrong.
        foreach (var line in address.End == MailEnd.Secured ? address.Dialogue.Take(1) : address.Dialogue)
        {
            yield return Shown.Of(line);
        }

        foreach (var certificate in address.Tls?.Chain ?? [])
        {
            yield return Shown.Of($"certificate {certificate.Subject}, issued by {certificate.Issuer}");
            yield return $"valid from {AddressRules.Day(certificate.NotBefore)} to {AddressRules.Day(certificate.NotAfter)}";
            if (certificate.Names.Count > 0)
            {
                yield return Shown.Of($"for {string.Join(", ", certificate.Names)}");
            }
        }
    }
}
