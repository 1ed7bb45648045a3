namespace MtaSts.Host.DnsRecords.Server;

/// <summary>Of a row what the zone is made of.</summary>
/// <param name="Name">Owner, lower case, no final dot.</param>
/// <param name="Type">`A`, `AAAA`, `CAA` or `TXT`.</param>
/// <param name="Ttl">Seconds.</param>
/// <param name="Offered">The data of each record as in a zone file, one a line; null: there are none.</param>
/// <param name="OfferedAt">Since when.</param>
internal sealed record OfferedRow(string Name, string Type, int Ttl, string? Offered, DateTimeOffset? OfferedAt);
