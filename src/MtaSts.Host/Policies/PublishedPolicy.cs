using Microsoft.Extensions.Primitives;

namespace MtaSts.Host.Policies;

/// <summary>What a sender gets for one host: ready bytes and headers. Immutable; equal texts of many hosts share one <paramref name="Body"/>.</summary>
internal sealed record PublishedPolicy(long DomainId, int Version, byte[] Body, StringValues ETag)
{
    public string PolicyId => ETag.ToString().Trim('"');
}
