using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;

namespace MtaSts.Host.Lookups;

/// <summary>Faults of section `Dns`, all at once; of a publisher's settings only those of the one that is chosen.</summary>
internal sealed class DnsOptionsValidator(IConfiguration configuration) : IValidateOptions<DnsOptions>
{
    public static readonly string[] KeyAlgorithms = ["hmac-sha256", "hmac-sha384", "hmac-sha512"];

    // RFC 8945 §6: at least as long as the shortest of the hashes that are offered is wide is advised; shorter ones are typing errors.
    private const int ShortestKey = 16;

    private const int ZoneIdDigits = 32;

    public ValidateOptionsResult Validate(string? name, DnsOptions options)
    {
        var faults = new List<string>();
        CheckServers("Dns:Resolvers", options.Resolvers, "127.0.0.1, [2001:db8::53]:5353", faults);
        CheckServers("Dns:Authoritative", options.Authoritative, "ns1.provider.example, [2001:db8::53]:5353", faults);
        if (options.Zone.Length > 0 && !(MailDomain.TryParse(options.Zone, out var zone, out _) && zone.Name == options.Zone))
        {
            faults.Add($"Dns:Zone is \"{options.Zone}\"; it must be a domain name in lower-case A-labels without final dot, such as \"sts.provider.example\".");
        }

        if (options.Publisher != DnsPublisherKind.Manual && options.Zone.Length == 0)
        {
            faults.Add($"Dns:Zone is needed with Dns:Publisher={options.Publisher}: the zone that is written to.");
        }

        if (options.Zone.Length > 0 && string.IsNullOrWhiteSpace(configuration["Public:Addresses"]))
        {
            faults.Add("Dns:Zone needs Public:Addresses: the names in it lead there.");
        }

        switch (options.Publisher)
        {
            case DnsPublisherKind.Rfc2136:
                CheckUpdates(options.Rfc2136, faults);
                break;
            case DnsPublisherKind.PowerDns:
                CheckUrl("Dns:PowerDns:Url", options.PowerDns.Url, faults);
                Need("Dns:PowerDns:ApiKey", options.PowerDns.ApiKey, faults);
                Need("Dns:PowerDns:Server", options.PowerDns.Server, faults);
                break;
            case DnsPublisherKind.Cloudflare:
                CheckUrl("Dns:Cloudflare:Url", options.Cloudflare.Url, faults);
                Need("Dns:Cloudflare:ApiToken", options.Cloudflare.ApiToken, faults);
                if (options.Cloudflare.ZoneId.Length != ZoneIdDigits || !options.Cloudflare.ZoneId.All(char.IsAsciiHexDigit))
                {
                    faults.Add("Dns:Cloudflare:ZoneId must be the 32 hexadecimal digits that Cloudflare shows for the zone.");
                }

                break;
            case DnsPublisherKind.Embedded:
                CheckEmbedded(options.Embedded, options.Zone, faults);
                break;
            default:
                break;
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void CheckServers(string setting, string list, string example, List<string> faults) => faults.AddRange(
        DnsOptions.Split(list).Where(text => !ServerAddress.TryParse(text, out _))
            .Select(text => $"{setting} holds \"{text}\"; it must be host[:port], several by comma, such as \"{example}\"."));

    // The message never repeats the key.
    private static void CheckUpdates(Rfc2136Settings settings, List<string> faults)
    {
        if (!ServerAddress.TryParse(settings.Server, out _))
        {
            faults.Add($"Dns:Rfc2136:Server is \"{settings.Server}\"; it must be host[:port] of the zone's primary server.");
        }

        Need("Dns:Rfc2136:KeyName", settings.KeyName, faults);
        if (!KeyAlgorithms.Contains(settings.KeyAlgorithm))
        {
            faults.Add($"Dns:Rfc2136:KeyAlgorithm must be one of {string.Join(", ", KeyAlgorithms)}.");
        }

        var key = new byte[settings.KeySecret.Length];
        if (!Convert.TryFromBase64String(settings.KeySecret, key, out var length) || length < ShortestKey)
        {
            faults.Add($"Dns:Rfc2136:KeySecret must be base64 of {ShortestKey} bytes or more, as tsig-keygen prints it.");
        }
    }

    private static void CheckEmbedded(EmbeddedDnsSettings settings, string zone, List<string> faults)
    {
        var endpoints = DnsOptions.Split(settings.Listen);
        if (endpoints.Length == 0 || !endpoints.All(text => IPEndPoint.TryParse(text, out var endpoint) && text.EndsWith(string.Create(CultureInfo.InvariantCulture, $":{endpoint.Port}"), StringComparison.Ordinal)))
        {
            faults.Add($"Dns:Embedded:Listen is \"{settings.Listen}\"; it must be address:port, several by comma, such as \"192.0.2.53:53, [2001:db8::53]:53\".");
        }

        var servers = DnsOptions.Split(settings.NameServers);
        if (servers.Length == 0 || !servers.All(text => MailDomain.TryParse(text, out var server, out _) && server.Name == text))
        {
            faults.Add("Dns:Embedded:NameServers must name the servers of the zone, by comma, as the NS records of its parent do, such as \"ns1.provider.example, ns2.provider.example\".");
        }

        // Nothing here says which addresses they would have.
        faults.AddRange(servers.Where(server => $".{server}".EndsWith($".{zone}", StringComparison.Ordinal))
            .Select(server => $"Dns:Embedded:NameServers holds \"{server}\"; it must not lie in Dns:Zone itself."));

        if (settings.Contact.Length > 0 && !IsMailAddress(settings.Contact))
        {
            faults.Add("Dns:Embedded:Contact must be a mail address, or empty.");
        }
    }

    private static bool IsMailAddress(string text)
    {
        var at = text.LastIndexOf('@');
        return at is > 0 and <= 63 && text.All(char.IsAscii) && MailDomain.TryParse(text[(at + 1)..], out _, out _);
    }

    private static void CheckUrl(string setting, string value, List<string> faults)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
        {
            faults.Add($"{setting} must be an http or https address.");
        }
    }

    private static void Need(string setting, string value, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            faults.Add($"{setting} is empty.");
        }
    }
}
