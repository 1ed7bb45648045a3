namespace MtaSts.Host.Lookups;

/// <summary>One CAA record (RFC 8659 §4.1). A backslash, a quote and what is not printable ASCII stands in <paramref name="Value"/> as in a zone file.</summary>
internal sealed record CaaProperty(byte Flags, string Tag, string Value);
