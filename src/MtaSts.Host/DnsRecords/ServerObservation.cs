namespace MtaSts.Host.DnsRecords;

/// <summary>What one server gave for one RRset, for the API.</summary>
/// <param name="Server">Its name and address.</param>
/// <param name="Values">As in a zone file.</param>
/// <param name="Error">Why it gave no word, such as `timeout`; null when it did.</param>
internal sealed record ServerObservation(string Server, IReadOnlyList<string> Values, string? Error = null);
