namespace MtaSts.Host.DnsRecords;

/// <summary>One RRset that is to be in `Dns:Zone`.</summary>
/// <param name="Name">Owner, lower case, no final dot.</param>
/// <param name="Type">`A`, `AAAA`, `CAA` or `TXT`.</param>
/// <param name="Ttl">Seconds.</param>
/// <param name="Data">Each record's data as in a zone file, sorted, at least one.</param>
/// <param name="DomainId">The domain it is for.</param>
/// <param name="Gate">The domain's revision that it announces, which every node has to serve first (RFC 8461 §8.1); 0: none.</param>
internal sealed record WantedRecord(string Name, string Type, int Ttl, IReadOnlyList<string> Data, long DomainId, long Gate);
