using System.Text.Json.Serialization;
using MtaSts.Host.Api;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords.Comparison;

/// <summary>The last comparison of `Dns:Zone` with what is published.</summary>
/// <param name="Zone">Null: there is none in the settings.</param>
/// <param name="Publisher">Who writes it.</param>
/// <param name="ComparedAt">When the last one that came to its end began; null: none did, or nobody but the service has the zone.</param>
/// <param name="Records">Records below the service's own parts that the zone held.</param>
/// <param name="Missing">Was published and is not there, or not as it was: it is written again.</param>
/// <param name="Unknown">Of names that neither a domain nor a former one has: it stays.</param>
/// <param name="Problem">Why the zone cannot be compared; null: it can.</param>
internal sealed record ZoneResource(
    string? Zone,
    [property: OneOf("manual", "rfc2136", "embedded", "powerDns", "cloudflare")] string Publisher,
    DateTimeOffset? ComparedAt,
    long Records,
    ZoneFinding Missing,
    ZoneFinding Unknown,
    ZoneProblem? Problem);

/// <param name="Count">Record sets.</param>
/// <param name="Items">The first 100.</param>
internal sealed record ZoneFinding(int Count, IReadOnlyList<ZoneItem> Items);

/// <param name="Name">Owner, no final dot.</param>
/// <param name="Type">Such as `TXT`.</param>
/// <param name="Data">As in a zone file, the first five: of a missing one what is to be there, of an unknown one what is.</param>
internal sealed record ZoneItem(string Name, string Type, IReadOnlyList<string> Data);

/// <param name="Code">Stable.</param>
/// <param name="Message">The same for people.</param>
/// <param name="Since">Since when.</param>
internal sealed record ZoneProblem(string Code, string Message, DateTimeOffset Since);

/// <summary>As <see cref="ZoneReport.Items"/> keeps them.</summary>
internal sealed record ZoneItems(IReadOnlyList<ZoneItem> Missing, IReadOnlyList<ZoneItem> Unknown)
{
    public const int Most = 100;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ZoneResource))]
[JsonSerializable(typeof(ZoneItems))]
internal sealed partial class ZoneJson : JsonSerializerContext;
