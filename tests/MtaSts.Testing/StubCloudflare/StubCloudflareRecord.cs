namespace MtaSts.Testing;

/// <summary>A record as <see cref="StubCloudflare"/> keeps it; TXT in quotes, CAA as in a zone file.</summary>
public sealed record StubCloudflareRecord(string Id, string Name, string Type, string Content, int Ttl, bool Proxied = false);
