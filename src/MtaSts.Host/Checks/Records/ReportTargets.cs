using System.Net;
using System.Net.Sockets;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Records;

/// <summary>Whether the targets of a TLSRPT record are there; nothing is sent to them. Safe from all threads.</summary>
internal sealed class ReportTargets(Resolver resolver)
{
    /// <summary>More are not looked at.</summary>
    public const int Most = 8;

    public async Task<IReadOnlyList<TargetFacts>> LookAsync(IReadOnlyList<string> uris, CancellationToken cancellationToken) =>
        await Task.WhenAll(uris.Distinct().Take(Most).Select(uri => LookAsync(uri, cancellationToken)));

    private async Task<TargetFacts> LookAsync(string uri, CancellationToken cancellationToken)
    {
        var isMail = uri.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase);
        if ((isMail ? MailDomainOf(uri) : HostOf(uri)) is not { } host)
        {
            return new TargetFacts(uri, null);
        }

        var facts = new TargetFacts(uri, host);
        if (isMail)
        {
            facts = facts with { Mail = await resolver.FindMailServersAsync(host, cancellationToken) };
        }

        // RFC 5321 §5.1: without MX records the domain itself is the host. An address needs no look-up.
        if (facts.Mail is { IsEmpty: false } || IPAddress.TryParse(host, out _))
        {
            return facts;
        }

        var v4 = resolver.FindAddressesAsync(host, AddressFamily.InterNetwork, cancellationToken);
        var v6 = resolver.FindAddressesAsync(host, AddressFamily.InterNetworkV6, cancellationToken);
        await Task.WhenAll(v4, v6);
        return facts with { V4 = await v4, V6 = await v6 };
    }

    private static string? MailDomainOf(string uri)
    {
        // RFC 6068 §2: header fields may follow.
        var address = uri["mailto:".Length..].Split('?', '#')[0];
        return MailDomain.TryParse(Uri.UnescapeDataString(address[(address.LastIndexOf('@') + 1)..]), out var domain, out _) ? domain.Name : null;
    }

    private static string? HostOf(string uri) => Uri.TryCreate(uri, UriKind.Absolute, out var parsed) ? parsed.IdnHost.TrimEnd('.').ToLowerInvariant() : null;
}
