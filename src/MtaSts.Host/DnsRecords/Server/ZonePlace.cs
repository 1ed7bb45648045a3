namespace MtaSts.Host.DnsRecords.Server;

/// <summary>Where in the zone a name stands, whether or not there are records.</summary>
internal enum ZonePlaceKind
{
    /// <summary>Not in the zone.</summary>
    Outside,

    /// <summary>The zone's own name.</summary>
    Apex,

    /// <summary>A name without records of its own that others stand below, such as `_tls`: it is there (RFC 8020 §2).</summary>
    Empty,

    /// <summary>A label below a part.</summary>
    Label,

    /// <summary>In the zone, where nothing ever is.</summary>
    Nowhere,
}

/// <param name="Kind">What stands there.</param>
/// <param name="Part">Of a label.</param>
/// <param name="Label">The label.</param>
internal readonly record struct ZonePlace(ZonePlaceKind Kind, ZonePart Part = default, ZoneLabel Label = default);
