using MtaSts.Host.Api;

namespace MtaSts.Host.Domains.MailServers;

/// <summary>Why the patterns of a policy are not taken from DNS, or do not follow it.</summary>
internal static class MxCodes
{
    /// <summary>The resolver has no answer.</summary>
    public const string Dns = "mx.dns";

    public const string None = "mx.none";

    public const string Null = "mx.null";

    public const string TooMany = "mx.too_many";

    /// <summary>What stands in a record is no host name.</summary>
    public const string Name = "mx.unusable_name";

    /// <summary>No server of the zone answers us.</summary>
    public const string NoAuthority = "mx.no_authority";

    /// <summary>Resolver and servers of the zone do not say the same, or those among themselves.</summary>
    public const string Differs = "mx.dns_differs";

    /// <summary>An edit names patterns of a domain whose patterns follow DNS.</summary>
    public const string Follows = "mx.follows_dns";

    /// <summary>Without those that are gone from DNS nothing would be left.</summary>
    public const string NoneLeft = "mx.none_left";

    /// <summary>Something could go, but not all servers of the zone say so.</summary>
    public const string Silent = "mx.silent_servers";

    /// <summary>Senders may still see the id of a former policy, and stay with its text.</summary>
    public const string IdNotOut = "mx.id_not_out";

    public static FieldError NotOut(string domain) => new(
        IdNotOut, "policy.mx", $"DNS is not known to give the id of the present policy for {domain}: senders that see another keep a text that lacks mail servers. Keep the old servers in DNS.", "RFC 8461 3.1");

    /// <summary>People look at as many domains as may be looked at at once.</summary>
    public const string Busy = "mx.busy";

    /// <summary>The domain is not active, or its proof is lost.</summary>
    public const string Paused = "mx.paused";
}
