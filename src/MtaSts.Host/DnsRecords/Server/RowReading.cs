using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>From rows to RRsets. Many hosts have the same addresses: those share one copy. For one thread.</summary>
internal sealed class RowReading(Zone zone)
{
    // A provider has few pools; beyond this they are not shared.
    private const int MaxShared = 10_000;

    private readonly Dictionary<(ZonePart, DnsType, int, string), RecordSet> _shared = [];

    /// <summary>Where the row's name stands; null: the zone has no such place.</summary>
    /// <exception cref="FormatException">It is no name, or no place for records.</exception>
    public ZonePlace? FindPlace(string name)
    {
        var place = zone.Find(DnsName.Parse(name).Wire);
        return place.Kind switch
        {
            ZonePlaceKind.Outside => null,
            ZonePlaceKind.Label => place,
            _ => throw new FormatException("It is not a label right below a part of the zone, of at most 31 characters."),
        };
    }

    /// <exception cref="FormatException">It is another type.</exception>
    public static DnsType TypeOf(string type) => type switch
    {
        "A" => DnsType.A,
        "AAAA" => DnsType.Aaaa,
        "CAA" => DnsType.Caa,
        "TXT" => DnsType.Txt,
        _ => throw new FormatException("The type is not one of A, AAAA, CAA and TXT."),
    };

    /// <exception cref="FormatException">A line is not data of that type.</exception>
    public RecordSet Read(ZonePart part, DnsType type, int timeToLive, string lines)
    {
        var key = (part, type, timeToLive, lines);
        if (_shared.TryGetValue(key, out var set))
        {
            return set;
        }

        set = RecordSet.Of(part, type, (uint)Math.Max(0, timeToLive), lines.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        // Ids and challenges are each domain's own.
        if (part is ZonePart.Hosts or ZonePart.Reports && _shared.Count < MaxShared)
        {
            _shared.Add(key, set);
        }

        return set;
    }
}
