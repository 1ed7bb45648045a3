namespace MtaSts.Host.Lookups;

/// <summary>Section `Dns`.</summary>
internal sealed class DnsOptions
{
    /// <summary>`host[:port]`, by comma: who answers all look-ups; empty: the system's resolvers.</summary>
    public string Resolvers { get; set; } = "";

    /// <summary>`host[:port]`, by comma: the servers that are asked for what is published in <see cref="Zone"/>; empty: those of its NS records, at port 53.</summary>
    public string Authoritative { get; set; } = "";

    public DnsPublisherKind Publisher { get; set; } = DnsPublisherKind.Manual;

    /// <summary>The provider's zone for delegated names, without final dot; empty: nobody can delegate.</summary>
    public string Zone { get; set; } = "";

    public Rfc2136Settings Rfc2136 { get; set; } = new();

    public PowerDnsSettings PowerDns { get; set; } = new();

    public CloudflareSettings Cloudflare { get; set; } = new();

    public EmbeddedDnsSettings Embedded { get; set; } = new();

    internal static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Who writes the records of `Dns:Zone`.</summary>
internal enum DnsPublisherKind
{
    /// <summary>People; the service shows them what to set, and watches.</summary>
    Manual,

    /// <summary>Dynamic updates, signed (RFC 2136, RFC 8945).</summary>
    Rfc2136,

    /// <summary>The service answers for the zone by itself.</summary>
    Embedded,

    /// <summary>The HTTP API of PowerDNS.</summary>
    PowerDns,

    /// <summary>The API of Cloudflare.</summary>
    Cloudflare,
}

internal sealed class Rfc2136Settings
{
    /// <summary>`host[:port]` of the primary server, asked by TCP.</summary>
    public string Server { get; set; } = "";

    public string KeyName { get; set; } = "";

    /// <summary>`hmac-sha256`, `hmac-sha384` or `hmac-sha512`.</summary>
    public string KeyAlgorithm { get; set; } = "hmac-sha256";

    /// <summary>Base64.</summary>
    public string KeySecret { get; set; } = "";
}

internal sealed class PowerDnsSettings
{
    /// <summary>Of the API, such as `http://127.0.0.1:8081`.</summary>
    public string Url { get; set; } = "";

    /// <summary>The server's id in the API.</summary>
    public string Server { get; set; } = "localhost";

    public string ApiKey { get; set; } = "";
}

internal sealed class CloudflareSettings
{
    public string Url { get; set; } = "https://api.cloudflare.com/client/v4";

    /// <summary>The zone's id there, 32 hexadecimal digits.</summary>
    public string ZoneId { get; set; } = "";

    public string ApiToken { get; set; } = "";
}

internal sealed class EmbeddedDnsSettings
{
    /// <summary>`address:port`, by comma, UDP and TCP.</summary>
    public string Listen { get; set; } = "0.0.0.0:53, [::]:53";

    /// <summary>Names of the servers of the zone, by comma, as its parent's NS records name them.</summary>
    public string NameServers { get; set; } = "";

    /// <summary>Mail address for the SOA record; empty: hostmaster at the zone.</summary>
    public string Contact { get; set; } = "";
}
