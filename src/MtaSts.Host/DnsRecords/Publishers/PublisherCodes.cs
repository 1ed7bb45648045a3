namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>The stable codes of what the HTTP APIs of DNS servers fail with.</summary>
internal static class PublisherCodes
{
    /// <summary>The key or token is not accepted, or may not do this.</summary>
    public const string Key = "dns.api.key";

    /// <summary>There is no such zone.</summary>
    public const string Zone = "dns.api.zone";

    /// <summary>A record is refused.</summary>
    public const string Record = "dns.api.record";

    /// <summary>The zone may have no more records.</summary>
    public const string Quota = "dns.api.quota";

    /// <summary>Too many requests.</summary>
    public const string Limited = "dns.api.limited";

    public const string Unreachable = "dns.api.unreachable";
    public const string Timeout = "dns.api.timeout";

    /// <summary>Status 500 or more.</summary>
    public const string Fault = "dns.api.fault";

    /// <summary>Something else answers there.</summary>
    public const string Answer = "dns.api.answer";
}
